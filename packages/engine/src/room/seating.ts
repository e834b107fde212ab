import type { PublicationId } from '../contract/messages.js';
import type { MediaWorkerPort } from './media-worker-port.js';

/** Who of a room is forwarded by one of its workers at present, seat by seat. */
export class Seating {
  #seats: readonly (PublicationId | null)[] = [];

  constructor(readonly worker: MediaWorkerPort) {}

  get seats(): readonly (PublicationId | null)[] {
    return this.#seats;
  }

  /** @returns how many seats somebody else got than had them before */
  take(seats: readonly (PublicationId | null)[]): number {
    const before = this.#seats;
    this.#seats = seats;
    return seats.filter((holder, seat) => holder !== null && holder !== before[seat]).length;
  }
}
