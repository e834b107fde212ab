/** Named counts, for drop reasons and RTCP packets: the names are few and come from the code, never from packets. */
export class Counters {
  readonly #counts: Map<string, number>;

  /** @param names counted from 0, so that they are there before the first of them arises */
  constructor(names: readonly string[] = []) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  count(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
