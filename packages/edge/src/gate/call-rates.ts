/** Token buckets, one for each of those who have called of late, in memory that is bounded however many these are. */
import type { CallRate } from './limits.js';

/** Of how many it is known at most what they have left; of more, those are forgotten who have not called for longest. */
export const MAX_CALLERS = 65_536;
const MS_PER_SECOND = 1000;

interface Bucket {
  left: number;
  /** When that was reckoned, ms. */
  at: number;
}

export class CallRates {
  readonly #rate: CallRate;
  /** Of those who have called since the last turn. */
  #recent = new Map<string, Bucket>();
  /** Of those who have called since the turn before, but not since the last one. */
  #former = new Map<string, Bucket>();
  /** When the last turn was, ms. */
  #turnedAt = 0;

  constructor(rate: CallRate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#recent.size + this.#former.size;
  }

  /**
   * @param caller named by whatever calls are counted by
   * @param now ms, monotonic
   * @param cost so many calls it counts as; no more than can be made at once
   * @returns whether the caller may make one more call, which is counted then
   */
  take(caller: string, now: number, cost = 1): boolean {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return true;
    this.#forget(now);
    const bucket = this.#bucketOf(caller, now);
    const passed = Math.max(0, now - bucket.at);
    bucket.left = Math.min(burst, bucket.left + (passed * perSecond) / MS_PER_SECOND);
    bucket.at = now;
    const price = Math.min(cost, burst);
    if (bucket.left < price) return false;
    bucket.left -= price;
    return true;
  }

  /**
   * Turns: whoever has not called since the last turn is forgotten with the next. Between two turns an empty bucket gets full, so
   * that whoever is forgotten has as much left as somebody new, unless there are too many.
   */
  #forget(now: number): void {
    const { perSecond, burst } = this.#rate;
    const isOver = now - this.#turnedAt >= (burst / perSecond) * MS_PER_SECOND;
    if (!isOver && this.#recent.size < MAX_CALLERS / 2) return;
    this.#former = this.#recent;
    this.#recent = new Map();
    this.#turnedAt = now;
  }

  #bucketOf(caller: string, now: number): Bucket {
    const recent = this.#recent.get(caller);
    if (recent !== undefined) return recent;
    const bucket = this.#former.get(caller) ?? { left: this.#rate.burst, at: now };
    this.#former.delete(caller);
    this.#recent.set(caller, bucket);
    return bucket;
  }
}
