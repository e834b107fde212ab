/** Chance from a seed: what happens when is the same in each run, as far as the machine's speed lets it. */
import { randomOf } from '@kraken/load/random';

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  /** @returns true in that share of the cases */
  is(share: number): boolean {
    return this.#random() < share;
  }

  between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  /** @returns an integer from 0 to below the limit */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** @throws Error for an empty list */
  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
