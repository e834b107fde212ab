/** What instrumented code tells of a trial: how often each block ran, and what was compared with what. */

/** Blocks of all modules of a target together. */
const MAX_BLOCKS = 1 << 18;
/** Comparisons that are remembered of a trial: the last ones. */
const MAX_COMPARISONS = 64;
/** Longest text of a comparison that is remembered, characters. */
const MAX_TEXT = 64;
/** A block that ran 1, 2, 3, 4-7, 8-15, 16-31, 32-127 or 128 times and more counts as so many different features. */
export const FEATURES_PER_BLOCK = 8;

export type Comparable = number | string;

/** Two that were compared and were not the same. */
export interface Comparison {
  readonly left: Comparable;
  readonly right: Comparable;
}

/** Its methods are called by instrumented code; see instrument.ts. */
export class Coverage {
  /** Texts that stand in the code. */
  readonly texts = new Set<string>();
  readonly #counts = new Uint8Array(MAX_BLOCKS);
  readonly #words = new Uint32Array(this.#counts.buffer);
  readonly #features = new Int32Array(MAX_BLOCKS);
  readonly #lefts: Comparable[] = new Array(MAX_COMPARISONS).fill(0);
  readonly #rights: Comparable[] = new Array(MAX_COMPARISONS).fill(0);
  #blocks = 0;
  #comparisons = 0;

  /** Blocks of all modules that were loaded. */
  get blocks(): number {
    return this.#blocks;
  }

  /**
   * Called by each module once.
   * @returns its counters
   * @throws RangeError when there are too many blocks
   */
  module(blocks: number, texts: readonly string[]): Uint8Array {
    const start = this.#blocks;
    this.#blocks += blocks;
    if (this.#blocks > MAX_BLOCKS) throw new RangeError('the target has too many blocks');
    for (const text of texts) this.texts.add(text);
    return this.#counts.subarray(start, this.#blocks);
  }

  equal(left: unknown, right: unknown): boolean {
    this.#compare(left, right);
    return left === right;
  }

  unequal(left: unknown, right: unknown): boolean {
    this.#compare(left, right);
    return left !== right;
  }

  less(left: number, right: number): boolean {
    this.#compare(left, right);
    return left < right;
  }

  atMost(left: number, right: number): boolean {
    this.#compare(left, right);
    return left <= right;
  }

  more(left: number, right: number): boolean {
    this.#compare(left, right);
    return left > right;
  }

  atLeast(left: number, right: number): boolean {
    this.#compare(left, right);
    return left >= right;
  }

  /** What a `switch` looks at, and its cases. */
  select<Value>(value: Value, cases: readonly unknown[]): Value {
    for (const one of cases) this.#compare(value, one);
    return value;
  }

  /** Forgets the last trial. */
  reset(): void {
    this.#counts.fill(0, 0, this.#blocks);
    this.#comparisons = 0;
  }

  /** @returns the features of the trial, ascending, until the next call */
  features(): Int32Array {
    let found = 0;
    const words = Math.ceil(this.#blocks / 4);
    for (let word = 0; word < words; word++) {
      if (this.#words[word] === 0) continue;
      for (let block = word * 4; block < word * 4 + 4; block++) {
        const count = this.#counts[block] ?? 0;
        if (count > 0) this.#features[found++] = block * FEATURES_PER_BLOCK + bucket(count);
      }
    }
    return this.#features.subarray(0, found);
  }

  /** @returns the last comparisons of the trial */
  comparisons(): Comparison[] {
    const count = Math.min(this.#comparisons, MAX_COMPARISONS);
    return Array.from({ length: count }, (_, i) => ({
      left: this.#lefts[i] ?? 0,
      right: this.#rights[i] ?? 0,
    }));
  }

  #compare(left: unknown, right: unknown): void {
    if (left === right) return;
    if (typeof left === 'number') {
      if (typeof right === 'number') this.#remember(left, right);
    } else if (typeof left === 'string') {
      if (typeof right === 'string' && left.length <= MAX_TEXT && right.length <= MAX_TEXT)
        this.#remember(left, right);
    }
  }

  #remember(left: Comparable, right: Comparable): void {
    const slot = this.#comparisons++ % MAX_COMPARISONS;
    this.#lefts[slot] = left;
    this.#rights[slot] = right;
  }
}

function bucket(count: number): number {
  if (count <= 3) return count - 1;
  if (count <= 7) return 3;
  if (count <= 15) return 4;
  if (count <= 31) return 5;
  return count <= 127 ? 6 : 7;
}
