import type { MediaWorkerPort } from './media-worker-port.js';
import type { Room } from './room.js';

/** Share of its time from which on a worker gets no more participants of the rooms that it has, if another can. */
export const BUSY_LIMIT = 0.7;
/** How long the cost of a newcomer may take to show in what its worker reports, ms. */
export const UNSEEN_INTERVAL = 3_000;
/** What a newcomer counts for until then, as a share of a worker's time: that of one who speaks in a room of 30. */
export const UNSEEN_SHARE = 0.005;
/** Shares that differ by less are noise: then other things decide. */
const RESOLUTION = 0.02;

interface Candidate {
  readonly worker: MediaWorkerPort;
  /** When participants were placed on it whose cost does not show yet, ms; the oldest first. */
  unseen: number[];
}

/**
 * Decides which worker takes a participant. A new room goes to the least busy one. A room stays on the workers that it
 * has, filling one after the other, until they are full or busy; then it gets one more.
 */
export class Placement {
  readonly #candidates: readonly Candidate[];
  readonly #spreadRoomAt: number;
  readonly #now: () => number;

  /**
   * @param workers at least one
   * @param spreadRoomAt participants of one room that a worker takes before the next ones go to another
   * @param now milliseconds
   */
  constructor(workers: readonly MediaWorkerPort[], spreadRoomAt: number, now: () => number) {
    this.#candidates = workers.map((worker) => ({ worker, unseen: [] }));
    this.#spreadRoomAt = spreadRoomAt;
    this.#now = now;
  }

  /**
   * @param room that the participant enters, null for a new one
   * @returns the worker that takes the participant, which counts as placed there
   */
  place(room: Room | null): MediaWorkerPort {
    this.#forget();
    const usable = this.#candidates.filter(({ worker }) => worker.isAvailable);
    const candidates = usable.length > 0 ? usable : this.#candidates;
    const chosen = room === null ? leastBusy(candidates) : this.#forRoom(room, candidates);
    if (chosen === null) throw new Error('the control plane has no media worker');
    chosen.unseen.push(this.#now());
    return chosen.worker;
  }

  #forRoom(room: Room, candidates: readonly Candidate[]): Candidate | null {
    const hasRoom = ({ worker }: Candidate) => room.countOn(worker) < this.#spreadRoomAt;
    for (const worker of room.workers()) {
      const candidate = candidates.find((one) => one.worker === worker);
      if (candidate !== undefined && hasRoom(candidate) && share(candidate) < BUSY_LIMIT) return candidate;
    }
    return leastBusy(candidates.filter(hasRoom)) ?? leastBusy(candidates);
  }

  /** What was placed long enough ago shows in what the workers report. */
  #forget(): void {
    const since = this.#now() - UNSEEN_INTERVAL;
    for (const candidate of this.#candidates) {
      candidate.unseen = candidate.unseen.filter((placedAt) => placedAt > since);
    }
  }
}

/** @returns the first of equals, or null of none */
function leastBusy(candidates: readonly Candidate[]): Candidate | null {
  let least: Candidate | null = null;
  for (const candidate of candidates) {
    if (least === null || compare(candidate, least) < 0) least = candidate;
  }
  return least;
}

/** By share of time, then by packets sent, then by transports held. */
function compare(one: Candidate, other: Candidate): number {
  return (
    Math.round(share(one) / RESOLUTION) - Math.round(share(other) / RESOLUTION) ||
    one.worker.packetsPerSecond - other.worker.packetsPerSecond ||
    one.worker.transports - other.worker.transports
  );
}

function share({ worker, unseen }: Candidate): number {
  return worker.busy + unseen.length * UNSEEN_SHARE;
}
