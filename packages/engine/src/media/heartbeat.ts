import type { WorkerOptions } from '../contract/worker-options.js';

/** Shows the watchdog that the worker turns. */
export class Heartbeat {
  readonly #words: Int32Array;
  readonly #index: number;

  /** @param place null when nobody watches */
  constructor(place: WorkerOptions['heartbeat']) {
    this.#words = new Int32Array(place?.buffer ?? new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#index = place?.index ?? 0;
  }

  beat(): void {
    Atomics.add(this.#words, this.#index, 1);
  }
}
