const LEAST_SHARE = 0.1;

/** Waiting times that double, each with some chance in it, so that many clients do not come back at once. */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  #next: number;

  /** Both in milliseconds. */
  constructor(first: number, longest: number) {
    this.#first = first;
    this.#longest = longest;
    this.#next = first;
  }

  /** @returns milliseconds: between a tenth and all of what the turn allows */
  next(random: () => number = Math.random): number {
    const allowed = this.#next;
    this.#next = Math.min(this.#longest, allowed * 2);
    return allowed * (LEAST_SHARE + random() * (1 - LEAST_SHARE));
  }

  /** It worked: the next trouble begins anew. */
  reset(): void {
    this.#next = this.#first;
  }
}
