/** Counts what is there at present, by whose it is. What is none takes no memory. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** How many have any. */
  get size(): number {
    return this.#counts.size;
  }

  of(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  add(owner: string): void {
    this.#counts.set(owner, this.of(owner) + 1);
  }

  remove(owner: string): void {
    const left = this.of(owner) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
  }
}
