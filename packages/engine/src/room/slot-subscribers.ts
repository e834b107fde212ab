import { MAX_SLOTS } from '@kraken/protocol';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Peer } from './peer.js';

/** Counts those of a room who receive it on fixed slots. */
export class SlotSubscribers {
  /** How many have that many slots. */
  readonly #bySlots = new Array<number>(MAX_SLOTS + 1).fill(0);
  readonly #byWorker = new Map<MediaWorkerPort, number>();

  /** How many slots those have who have most; 0 when nobody has any. */
  get most(): number {
    for (let slots = MAX_SLOTS; slots > 0; slots--) {
      if (this.#bySlots[slots] !== 0) return slots;
    }
    return 0;
  }

  /** @returns the workers that any of them is on */
  workers(): Iterable<MediaWorkerPort> {
    return this.#byWorker.keys();
  }

  countOn(worker: MediaWorkerPort): number {
    return this.#byWorker.get(worker) ?? 0;
  }

  add({ worker, slots }: Peer): void {
    if (slots === 0) return;
    this.#bySlots[slots] = (this.#bySlots[slots] ?? 0) + 1;
    this.#byWorker.set(worker, this.countOn(worker) + 1);
  }

  remove({ worker, slots }: Peer): void {
    if (slots === 0) return;
    this.#bySlots[slots] = (this.#bySlots[slots] ?? 0) - 1;
    const left = this.countOn(worker) - 1;
    if (left > 0) this.#byWorker.set(worker, left);
    else this.#byWorker.delete(worker);
  }
}
