/** Inputs each of which reaches something that no shorter one of them does. */
import { FEATURES_PER_BLOCK } from '../coverage/coverage.js';
import type { Random } from '../input/random.js';

interface Entry {
  readonly input: Uint8Array;
  /** Features of which it is the shortest input. */
  owned: number;
}

export class Corpus {
  readonly #entries: Entry[] = [];
  readonly #owners = new Map<number, Entry>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get inputs(): Uint8Array[] {
    return this.#entries.map(({ input }) => input);
  }

  /** @returns its inputs, or those of them that most of its features rest on */
  best(limit: number): Uint8Array[] {
    const byWorth = this.#entries.toSorted((a, b) => b.owned - a.owned);
    return byWorth.slice(0, limit).map(({ input }) => input);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** How many features its inputs have together. */
  get features(): number {
    return this.#owners.size;
  }

  /** How many blocks its inputs run. */
  get blocks(): number {
    const blocks = new Set<number>();
    for (const feature of this.#owners.keys()) blocks.add(Math.floor(feature / FEATURES_PER_BLOCK));
    return blocks.size;
  }

  /** Whether the input has a feature that none of the corpus has. */
  isNew(features: Int32Array): boolean {
    for (const feature of features) if (!this.#owners.has(feature)) return true;
    return false;
  }

  /**
   * Takes the input if it has a feature that none has, or is shorter than an input all of whose own features it has. Inputs
   * that own nothing any more go.
   */
  add(input: Uint8Array, features: Int32Array, replaced: Uint8Array | null = null): boolean {
    if (!this.isNew(features) && !this.#replaces(input, features, replaced)) return false;
    const entry = { input: Uint8Array.from(input), owned: 0 };
    for (const feature of features) {
      const owner = this.#owners.get(feature);
      if (owner !== undefined && owner.input.length <= input.length) continue;
      if (owner !== undefined) owner.owned--;
      this.#owners.set(feature, entry);
      entry.owned++;
    }
    this.#entries.push(entry);
    this.#sweep();
    return true;
  }

  /** Rather one of the latest. @throws RangeError when there is none */
  pick(): Uint8Array {
    const { length } = this.#entries;
    const latest = Math.min(length, 1 + (length >> 2));
    const at = this.#random.oneIn(2) ? this.#random.below(length) : length - 1 - this.#random.below(latest);
    const entry = this.#entries[at];
    if (entry === undefined) throw new RangeError('the corpus is empty');
    return entry.input;
  }

  #replaces(input: Uint8Array, features: Int32Array, replaced: Uint8Array | null): boolean {
    if (replaced === null || input.length >= replaced.length) return false;
    const entry = this.#entries.find((one) => one.input === replaced);
    if (entry === undefined) return false;
    let owned = 0;
    for (const feature of features) if (this.#owners.get(feature) === entry) owned++;
    return owned === entry.owned;
  }

  #sweep(): void {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      if (this.#entries[i]?.owned === 0) this.#entries.splice(i, 1);
    }
  }
}
