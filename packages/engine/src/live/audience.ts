import type { Peer } from '../room/peer.js';
import type { Room } from '../room/room.js';

/** Which participants of each room have a socket, so that nobody has to look through those who have none. */
export class Audience<Attachment> {
  readonly #rooms = new Map<Room, Map<Peer, Attachment>>();
  #size = 0;

  /** Of all rooms. */
  get size(): number {
    return this.#size;
  }

  get(room: Room, peer: Peer): Attachment | undefined {
    return this.#rooms.get(room)?.get(peer);
  }

  of(room: Room): ReadonlyMap<Peer, Attachment> {
    return this.#rooms.get(room) ?? new Map();
  }

  *rooms(): Generator<readonly [Room, ReadonlyMap<Peer, Attachment>]> {
    yield* this.#rooms;
  }

  add(room: Room, peer: Peer, attachment: Attachment): void {
    const attachments = this.#rooms.get(room) ?? new Map<Peer, Attachment>();
    if (!attachments.has(peer)) this.#size++;
    this.#rooms.set(room, attachments.set(peer, attachment));
  }

  remove(room: Room, peer: Peer): void {
    const attachments = this.#rooms.get(room);
    if (attachments?.delete(peer) !== true) return;
    this.#size--;
    if (attachments.size === 0) this.#rooms.delete(room);
  }
}
