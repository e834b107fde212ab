import { LoudestPolicy, type LoudestSetting } from './loudest-policy.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Room } from './room.js';

/** What a worker does with a room of which it was told nothing. */
const UNTOLD = toldOf(null, 0);

/** Keeps the workers of a room told how many of it are forwarded, and how many seats there are for fixed slots. */
export class RoomLimit {
  readonly #policy: LoudestPolicy;
  /** What each worker knows, where it is not the beginning's. */
  readonly #told = new Map<MediaWorkerPort, string>();
  #loudest: number | null = null;

  constructor(configured: LoudestSetting) {
    this.#policy = new LoudestPolicy(configured);
  }

  /** How many are forwarded at a time, null for all. */
  get loudest(): number | null {
    return this.#loudest;
  }

  /** @param loudest what counts in this room in place of the configuration; null for that again */
  set(room: Room, loudest: number | null): void {
    this.#policy.set(loudest);
    this.apply(room);
  }

  /** Somebody came or went, or the room came to another worker: tells workers what is new to them. */
  apply(room: Room): void {
    this.#loudest = this.#policy.decide(room.heard.size);
    const told = toldOf(this.#loudest, room.slotSubscribers.most);
    for (const worker of room.workers()) {
      if ((this.#told.get(worker) ?? UNTOLD) !== told)
        this.#tell(room, worker, this.#loudest, room.slotSubscribers.most);
    }
  }

  /** The room has nobody on that worker any longer: it need not remember anything of it. */
  withdraw(room: Room, worker: MediaWorkerPort): void {
    if ((this.#told.get(worker) ?? UNTOLD) !== UNTOLD) this.#tell(room, worker, null, 0);
    this.#told.delete(worker);
  }

  #tell(room: Room, worker: MediaWorkerPort, loudest: number | null, slots: number): void {
    this.#told.set(worker, toldOf(loudest, slots));
    worker.send({ type: 'limit-room', roomId: room.id, loudest, slots });
  }
}

function toldOf(loudest: number | null, slots: number): string {
  return `${loudest} ${slots}`;
}
