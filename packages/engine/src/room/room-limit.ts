import type { RoomId } from '../contract/messages.js';
import { LoudestPolicy, type LoudestSetting } from './loudest-policy.js';
import type { MediaWorkerPort } from './media-worker-port.js';

/** What a worker does with a room of which it was told nothing. */
const UNTOLD = toldOf(null, 0);

/** What of a room decides how many of it are forwarded, and who has to know. */
export interface LimitedRoom {
  readonly id: RoomId;
  /** Those whose media flows. */
  readonly heard: { readonly size: number };
  /** Those with fixed slots, and how many the one has who has most. */
  readonly slotSubscribers: { readonly most: number };
  /** On which its participants are. */
  workers(): Iterable<MediaWorkerPort>;
}

/** Keeps the workers of a room told how many of it are forwarded, and how many seats there are for fixed slots. */
export class RoomLimit {
  readonly #room: LimitedRoom;
  readonly #policy: LoudestPolicy;
  /** What each worker knows, where it is not the beginning's. */
  readonly #told = new Map<MediaWorkerPort, string>();
  #loudest: number | null = null;

  constructor(room: LimitedRoom, configured: LoudestSetting) {
    this.#room = room;
    this.#policy = new LoudestPolicy(configured);
  }

  /** How many are forwarded at a time, null for all. */
  get loudest(): number | null {
    return this.#loudest;
  }

  /** @param loudest what counts in this room in place of the configuration; null for that again */
  set(loudest: number | null): void {
    this.#policy.set(loudest);
    this.apply();
  }

  /** Somebody came or went, or the room came to another worker: tells workers what is new to them. */
  apply(): void {
    const { heard, slotSubscribers } = this.#room;
    this.#loudest = this.#policy.decide(heard.size);
    const told = toldOf(this.#loudest, slotSubscribers.most);
    for (const worker of this.#room.workers()) {
      if ((this.#told.get(worker) ?? UNTOLD) !== told)
        this.#tell(worker, this.#loudest, slotSubscribers.most);
    }
  }

  /** The room has nobody on that worker any longer: it need not remember anything of it. */
  withdraw(worker: MediaWorkerPort): void {
    if ((this.#told.get(worker) ?? UNTOLD) !== UNTOLD) this.#tell(worker, null, 0);
    this.#told.delete(worker);
  }

  #tell(worker: MediaWorkerPort, loudest: number | null, slots: number): void {
    this.#told.set(worker, toldOf(loudest, slots));
    worker.send({ type: 'limit-room', roomId: this.#room.id, loudest, slots });
  }
}

function toldOf(loudest: number | null, slots: number): string {
  return `${loudest} ${slots}`;
}
