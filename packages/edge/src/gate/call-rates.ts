/** Token buckets, one for each of those who call, in memory that does not grow however many these are. */
import type { CallRate } from './limits.js';

/** Of how many it is known what they have left; of more, those are forgotten who have not called for longest. */
export const MAX_CALLERS = 65_536;
const MS_PER_SECOND = 1000;

interface Bucket {
  left: number;
  /** When that was reckoned, ms. */
  at: number;
}

export class CallRates {
  readonly #rate: CallRate;
  /** In the order of their last calls. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: CallRate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /**
   * @param caller named by whatever calls are counted by
   * @param now ms, monotonic
   * @returns whether the caller may make one more call, which is counted then
   */
  take(caller: string, now: number): boolean {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return true;
    const bucket = this.#bucketOf(caller, now);
    const passed = Math.max(0, now - bucket.at);
    bucket.left = Math.min(burst, bucket.left + (passed * perSecond) / MS_PER_SECOND);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  #bucketOf(caller: string, now: number): Bucket {
    const bucket = this.#buckets.get(caller) ?? { left: this.#rate.burst, at: now };
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MAX_CALLERS) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
