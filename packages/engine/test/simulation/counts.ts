/** How often one thing has happened. */
export interface Count {
  count: number;
}

/** How often what has happened. */
export class Counts {
  readonly #counts = new Map<string, Count>();

  count(what: string): void {
    this.counter(what).count++;
  }

  /** @returns the counter of what happens often, to be counted up at each time */
  counter(what: string): Count {
    const known = this.#counts.get(what);
    if (known !== undefined) return known;
    const counter = { count: 0 };
    this.#counts.set(what, counter);
    return counter;
  }

  of(what: string): number {
    return this.#counts.get(what)?.count ?? 0;
  }

  /** @returns each that has happened, with how often, by their names */
  entries(): [what: string, count: number][] {
    const entries = [...this.#counts].map(([what, { count }]): [string, number] => [what, count]);
    return entries.filter(([, count]) => count > 0).sort(([one], [other]) => (one < other ? -1 : 1));
  }
}
