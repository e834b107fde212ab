/**
 * Counts durations in buckets whose width grows with the duration: 64 equal ones to each doubling, so a quantile is
 * exact to 1.6 %. All buckets exist from the start; counting allocates nothing.
 */

/** Buckets to each doubling, as a power of two. */
const PRECISION_BITS = 6;
const LINEAR = 1 << PRECISION_BITS;
/** Longest duration that is told apart, in ns: 2.1 s. */
const LONGEST = 0x7fff_ffff;
const BUCKETS = bucketOf(LONGEST) + 1;

/** Microseconds; null where nothing was counted. */
export interface LatencyFigures {
  readonly samples: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  /** Number, sum and maximum: in an array, since V8 would box numbers above 2^31 in fields. */
  readonly #totals = new Float64Array(3);

  /** @param nanoseconds counted as 0 when negative */
  count(nanoseconds: number): void {
    const duration = Math.min(Math.max(nanoseconds, 0), LONGEST);
    const bucket = bucketOf(duration | 0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#totals[0] = (this.#totals[0] ?? 0) + 1;
    this.#totals[1] = (this.#totals[1] ?? 0) + duration;
    this.#totals[2] = Math.max(this.#totals[2] ?? 0, duration);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#totals.fill(0);
  }

  figures(): LatencyFigures {
    const [samples = 0, sum = 0, max = 0] = this.#totals;
    const none = samples === 0;
    return {
      samples,
      p50: this.#quantile(0.5),
      p99: this.#quantile(0.99),
      p999: this.#quantile(0.999),
      max: none ? null : max / 1000,
      mean: none ? null : sum / samples / 1000,
    };
  }

  /** @returns in us the upper end of the bucket below which the share of all durations lies */
  #quantile(share: number): number | null {
    const [samples = 0, , max = 0] = this.#totals;
    if (samples === 0) return null;
    let below = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      below += this.#counts[bucket] ?? 0;
      if (below >= share * samples) return Math.min(upperEndOf(bucket), max) / 1000;
    }
    return max / 1000;
  }
}

function bucketOf(nanoseconds: number): number {
  if (nanoseconds < LINEAR) return nanoseconds;
  const shift = 31 - Math.clz32(nanoseconds) - PRECISION_BITS;
  return shift * LINEAR + (nanoseconds >>> shift);
}

/** @returns the greatest duration of the bucket */
function upperEndOf(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const shift = Math.floor(bucket / LINEAR) - 1;
  return (bucket - shift * LINEAR + 1) * 2 ** shift - 1;
}
