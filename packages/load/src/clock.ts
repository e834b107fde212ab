/** CLOCK_REALTIME to the nanosecond, which the kernel stamps received packets with and JavaScript has no call for. */
import koffi from 'koffi';

const CLOCK_REALTIME = 0;
const NANOSECONDS = 1e9;
/**
 * Times count from the start of this process: since 1970 there are more nanoseconds than a number holds exactly.
 * A day is taken off, so that a clock that is set back does not make them negative.
 */
const EPOCH_SECONDS = Math.floor(Date.now() / 1000) - 86_400;

export class RealTimeClock {
  readonly #clockGettime = koffi.load(null).func('int clock_gettime(int, void *)');
  /** struct timespec. */
  readonly #time = new Int32Array(4);

  /** @returns nanoseconds since the process's own epoch */
  now(): number {
    this.#clockGettime(CLOCK_REALTIME, this.#time);
    return toNanoseconds(this.#time, 0);
  }
}

/**
 * @param words with a struct timespec at `at`, of which the seconds' lower half will do until 2106
 * @returns nanoseconds since the process's own epoch
 */
export function toNanoseconds(words: Int32Array, at: number): number {
  return (((words[at] ?? 0) >>> 0) - EPOCH_SECONDS) * NANOSECONDS + (words[at + 2] ?? 0);
}
