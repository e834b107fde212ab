/** Random numbers that a seed determines, so that a session can be repeated (sfc32, Chris Doty-Humphrey). */
export class Random {
  #a = 0;
  #b: number;
  #c = 1;
  #counter = 1;

  /** @param seed 32 bits */
  constructor(seed: number) {
    this.#b = seed | 0;
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** @returns an integer from 0 to `limit` - 1; 0 where there is none */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.#next() % limit;
  }

  /** @returns true once in so many times */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  octet(): number {
    return this.#next() & 0xff;
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
