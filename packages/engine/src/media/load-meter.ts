import type { WorkerLoad } from '../contract/messages.js';

/** Milliseconds over which the load is taken, and between two reports. */
export const LOAD_INTERVAL = 1_000;
/** A share of time that differs by less from what was told last is not worth a message. */
const BUSY_CHANGE = 0.02;

/** Measures which share of its time a worker is busy: all of it but the sleep. */
export class LoadMeter {
  #since: number;
  #slept = 0;
  #packets = 0;
  #told: WorkerLoad = { type: 'load', busy: 0, packetsPerSecond: 0 };

  /** @param now ms */
  constructor(now: number) {
    this.#since = now;
  }

  /** @param duration of a sleep, ms */
  slept(duration: number): void {
    this.#slept += duration;
  }

  /**
   * @param packets handed to the sockets since the worker started
   * @param now ms
   * @returns what to tell control, or null when it is not time or there is no news
   */
  report(packets: number, now: number): WorkerLoad | null {
    const elapsed = now - this.#since;
    if (elapsed < LOAD_INTERVAL) return null;
    const busy = Math.min(1, Math.max(0, 1 - this.#slept / elapsed));
    const packetsPerSecond = Math.round(((packets - this.#packets) * 1000) / elapsed);
    this.#since = now;
    this.#slept = 0;
    this.#packets = packets;
    const hasEnded = packetsPerSecond === 0 && this.#told.packetsPerSecond > 0;
    if (Math.abs(busy - this.#told.busy) < BUSY_CHANGE && !hasEnded) return null;
    this.#told = { type: 'load', busy, packetsPerSecond };
    return this.#told;
  }
}
