/**
 * Sleeps to the microsecond, and wakes at once when an answer comes. Node's own timers count milliseconds, in which
 * several calls are due. Linux only: ppoll(2) on the descriptor by which the event loop itself waits.
 */

import { eventLoopDescriptor } from '@kraken/load/engine-modules';
import koffi from 'koffi';

const POLLIN = 1;
const NANOSECONDS_PER_MILLISECOND = 1e6;
/** A struct timespec of one second and more would need its other half. */
const LONGEST_MS = 999;

export class EventLoopSleep {
  readonly #ppoll = koffi.load(null).func('int ppoll(void *, unsigned long, void *, void *)');
  /** struct pollfd: the descriptor, then events and what came of them, 16 bits each. */
  readonly #polled: Int32Array;
  /** struct timespec. */
  readonly #timeout = new Int32Array(4);

  /** @throws Error where the runtime does not tell its event loop's descriptor */
  constructor() {
    const descriptor = eventLoopDescriptor();
    if (descriptor === null) throw new Error('this Node.js does not tell its event loop’s descriptor');
    this.#polled = Int32Array.of(descriptor, POLLIN);
  }

  /** Blocks this thread until the event loop has something to read, for so long at most. @param time ms */
  sleep(time: number): void {
    if (time <= 0) return;
    this.#timeout[2] = Math.min(time, LONGEST_MS) * NANOSECONDS_PER_MILLISECOND;
    this.#ppoll(this.#polled, 1, this.#timeout, null);
  }
}
