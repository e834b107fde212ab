/** Numbers by chance that are the same for the same seed: sfc32. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) | 0;
    this.#c = 0x243f6a88;
    for (let i = 0; i < 16; i++) this.word();
  }

  /** @returns 32 bits, unsigned */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** @returns 0 up to, and without, 1 */
  fraction(): number {
    return this.word() / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.fraction() * (most - least);
  }

  /** @returns a whole number from 0 up to, and without, the limit */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** @param probability 0 to 1 */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** @returns one of them, or null when there is none */
  pick<Item>(items: readonly Item[]): Item | null {
    return items[this.below(items.length)] ?? null;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.word() >>> 11;
    return bytes;
  }
}
