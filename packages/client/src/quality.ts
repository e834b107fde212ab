import type { Quality } from './api.js';

/** What people would notice, of one direction of a connection. */
export interface Impairment {
  /** Share of packets lost, or of the sound made up, 0 to 1: whichever is known to be worse. */
  readonly loss: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** Milliseconds. */
  readonly roundTripTime: number;
}

type Grade = Exclude<Quality, 'unknown'>;

/** From these on speech is hard to follow, or people begin to interrupt each other (ITU-T G.114 for the delay). */
const POOR: Impairment = { loss: 0.1, jitter: 100, roundTripTime: 600 };
const FAIR: Impairment = { loss: 0.03, jitter: 40, roundTripTime: 300 };
const GRADES: readonly Grade[] = ['good', 'fair', 'poor'];
/** Measurements on end before the grade gets worse, and before it gets better. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 3;

export function gradeOf(measured: Impairment): Grade {
  if (isBeyond(measured, POOR)) return 'poor';
  return isBeyond(measured, FAIR) ? 'fair' : 'good';
}

function isBeyond(measured: Impairment, limit: Impairment): boolean {
  return (
    measured.loss > limit.loss ||
    measured.jitter > limit.jitter ||
    measured.roundTripTime > limit.roundTripTime
  );
}

/** Turns measurements into a grade that does not flicker. */
export class QualityMeter {
  #quality: Quality = 'unknown';
  #differing = 0;

  get quality(): Quality {
    return this.#quality;
  }

  /** @param measured null while nothing flows */
  take(measured: Impairment | null): Quality {
    const now = measured === null ? 'unknown' : gradeOf(measured);
    if (now === this.#quality) {
      this.#differing = 0;
    } else if (now === 'unknown' || this.#quality === 'unknown') {
      this.#become(now);
    } else {
      this.#differing += 1;
      const isWorse = GRADES.indexOf(now) > GRADES.indexOf(this.#quality);
      if (this.#differing >= (isWorse ? WORSE_AFTER : BETTER_AFTER)) this.#become(now);
    }
    return this.#quality;
  }

  #become(quality: Quality): void {
    this.#quality = quality;
    this.#differing = 0;
  }
}
