/** How long a join may take to show in what its engine reports, s. */
export const JOIN_MEMORY = 20;
const MS_PER_SECOND = 1000;

/** Counts the joins of the last JOIN_MEMORY seconds, in one number for each second. */
export class RecentJoins {
  readonly #counts = new Uint32Array(JOIN_MEMORY);
  #total = 0;
  /** The second that was counted in last. */
  #second = 0;

  /** @param now ms */
  add(now: number, count = 1): void {
    this.#advance(now);
    this.#counts[this.#second % JOIN_MEMORY] = (this.#counts[this.#second % JOIN_MEMORY] ?? 0) + count;
    this.#total += count;
  }

  /**
   * @param now ms; a clock that went back counts as one that stood still
   * @returns joins of the last seconds, the current one included
   */
  count(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  #advance(now: number): void {
    const second = Math.floor(now / MS_PER_SECOND);
    if (second <= this.#second) return;
    const passed = Math.min(second - this.#second, JOIN_MEMORY);
    for (let i = 1; i <= passed; i++) {
      const place = (second - passed + i) % JOIN_MEMORY;
      this.#total -= this.#counts[place] ?? 0;
      this.#counts[place] = 0;
    }
    this.#second = second;
  }
}
