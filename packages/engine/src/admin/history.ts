/** The engine's figures of the last hour, in memory of a fixed size. */

/** How long figures are kept, s. */
export const HISTORY_SECONDS = 3_600;
/** What one slot stands for, s: as often as figures are taken when nobody looks. */
export const HISTORY_STEP_SECONDS = 5;
/** How many points of time are given at most; neighbours are merged where there are more. */
export const MAX_HISTORY_POINTS = 240;

const SLOTS = HISTORY_SECONDS / HISTORY_STEP_SECONDS;
const STEP = HISTORY_STEP_SECONDS * 1_000;

/** What becomes of several values of one slot or point. */
export type Merging = 'mean' | 'maximum';

/** Values by name, as long as there is anything to tell. */
export type HistoryValues = Readonly<Record<string, number | null>>;

export interface HistoryAnswer {
  /** How long ago the first point began, ms. */
  readonly age: number;
  /** From one point to the next, ms. */
  readonly step: number;
  /** All of one length; null where nothing is known. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

/** A ring of slots. */
class Series {
  readonly #values = new Float64Array(SLOTS);
  readonly #counts = new Uint16Array(SLOTS);
  readonly #merging: Merging;

  constructor(merging: Merging) {
    this.#merging = merging;
  }

  clear(slot: number): void {
    this.#values[slot % SLOTS] = 0;
    this.#counts[slot % SLOTS] = 0;
  }

  add(slot: number, value: number): void {
    const index = slot % SLOTS;
    const count = this.#counts[index] ?? 0;
    const former = this.#values[index] ?? 0;
    const isMaximum = this.#merging === 'maximum' && count > 0;
    this.#values[index] = isMaximum ? Math.max(former, value) : former + value;
    this.#counts[index] = count + 1;
  }

  /** @returns what is known of the slots from `first` on, `length` of them, as one value */
  read(first: number, length: number): number | null {
    let total = 0;
    let count = 0;
    let maximum = Number.NEGATIVE_INFINITY;
    for (let slot = first; slot < first + length; slot++) {
      const values = this.#counts[slot % SLOTS] ?? 0;
      if (values === 0) continue;
      total += this.#values[slot % SLOTS] ?? 0;
      maximum = Math.max(maximum, this.#values[slot % SLOTS] ?? 0);
      count += values;
    }
    if (count === 0) return null;
    return this.#merging === 'maximum' ? maximum : total / count;
  }
}

export class History {
  readonly #series: ReadonlyMap<string, Series>;
  #newest: number;
  /** The first slot that anything was told of. */
  readonly #oldest: number;

  /**
   * @param names with what becomes of several values of one time
   * @param now ms, monotonic
   */
  constructor(names: ReadonlyMap<string, Merging>, now: number) {
    this.#series = new Map([...names].map(([name, merging]) => [name, new Series(merging)]));
    this.#newest = slotOf(now);
    this.#oldest = this.#newest;
  }

  /** @param now ms, monotonic */
  add(values: HistoryValues, now: number): void {
    this.#advance(slotOf(now));
    for (const [name, series] of this.#series) {
      const value = values[name];
      if (typeof value === 'number' && Number.isFinite(value)) series.add(this.#newest, value);
    }
  }

  /**
   * @param minutes how far back, at most as far as anything is known
   * @param now ms, monotonic
   */
  read(minutes: number, now: number): HistoryAnswer {
    this.#advance(slotOf(now));
    const slots = Math.min(SLOTS, Math.ceil((minutes * 60) / HISTORY_STEP_SECONDS));
    const merged = Math.ceil(slots / MAX_HISTORY_POINTS);
    // Points begin at multiples, so that they do not change while time goes on.
    const first = Math.max(
      Math.ceil((this.#newest - slots + 1) / merged) * merged,
      Math.floor(this.#oldest / merged) * merged,
    );
    const starts: number[] = [];
    for (let slot = first; slot <= this.#newest; slot += merged) starts.push(slot);
    const read = (series: Series) =>
      starts.map((start) => series.read(start, Math.min(merged, this.#newest - start + 1)));
    const series = Object.fromEntries([...this.#series].map(([name, ring]) => [name, read(ring)]));
    return { age: now - first * STEP, step: merged * STEP, series };
  }

  #advance(slot: number): void {
    const first = Math.max(this.#newest + 1, slot - SLOTS + 1);
    for (let passed = first; passed <= slot; passed++) {
      for (const series of this.#series.values()) series.clear(passed);
    }
    this.#newest = Math.max(this.#newest, slot);
  }
}

function slotOf(now: number): number {
  return Math.floor(now / STEP);
}
