import type { RoomPlace } from '@kraken/shared-registry/reported-rooms';

/** How many rooms a monitor remembers the engine of. */
export const MAX_KNOWN_ROOMS = 100_000;

/** Where the rooms were that this monitor was asked for last: by these calls find their way without Redis, or while it is gone. */
export class KnownRooms {
  readonly #places = new Map<string, RoomPlace>();

  set(rid: string, place: RoomPlace): void {
    this.#places.delete(rid);
    this.#places.set(rid, place);
    if (this.#places.size <= MAX_KNOWN_ROOMS) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#places.delete(oldest);
  }

  get(rid: string): RoomPlace | null {
    return this.#places.get(rid) ?? null;
  }

  delete(rid: string): void {
    this.#places.delete(rid);
  }
}
