import type { LeaveReason } from '@kraken/protocol';
import type { Peer } from './peer.js';
import type { Room } from './room.js';
import type { Seating } from './seating.js';

/** Is told what happens in rooms, after it has happened. Asks nothing back and throws nothing. */
export interface RoomObserver {
  joined(room: Room, peer: Peer): void;
  /** Another connection of a uid takes the place of the former one. */
  replaced(room: Room, former: Peer, peer: Peer): void;
  left(room: Room, peer: Peer, reason: LeaveReason): void;
  /** Everybody of the room is going to leave it, for this reason: `left` follows for each of them. */
  closing(room: Room, reason: LeaveReason): void;
  /** ICE and DTLS are done. */
  connected(room: Room, peer: Peer): void;
  /** What the others see of a participant has changed: whether it publishes, speaks, is muted or silenced. */
  updated(room: Room, peer: Peer): void;
  /** What the peer may do has changed. */
  permitted(room: Room, peer: Peer): void;
  /** The peer has answered an offer, or made one of its own: what was pushed to it before is over. */
  negotiated(room: Room, peer: Peer): void;
  /** There may be something new to offer to those in the room. */
  changed(room: Room): void;
  /** Others than before are forwarded to those who have fixed slots. */
  seated(room: Room, seating: Seating): void;
}

/** Passes on to all that are there what happens in rooms. */
export class RoomObservers implements RoomObserver {
  readonly #observers: RoomObserver[] = [];

  add(observer: RoomObserver): void {
    this.#observers.push(observer);
  }

  joined(room: Room, peer: Peer): void {
    for (const observer of this.#observers) observer.joined(room, peer);
  }

  replaced(room: Room, former: Peer, peer: Peer): void {
    for (const observer of this.#observers) observer.replaced(room, former, peer);
  }

  left(room: Room, peer: Peer, reason: LeaveReason): void {
    for (const observer of this.#observers) observer.left(room, peer, reason);
  }

  closing(room: Room, reason: LeaveReason): void {
    for (const observer of this.#observers) observer.closing(room, reason);
  }

  connected(room: Room, peer: Peer): void {
    for (const observer of this.#observers) observer.connected(room, peer);
  }

  updated(room: Room, peer: Peer): void {
    for (const observer of this.#observers) observer.updated(room, peer);
  }

  permitted(room: Room, peer: Peer): void {
    for (const observer of this.#observers) observer.permitted(room, peer);
  }

  negotiated(room: Room, peer: Peer): void {
    for (const observer of this.#observers) observer.negotiated(room, peer);
  }

  changed(room: Room): void {
    for (const observer of this.#observers) observer.changed(room);
  }

  seated(room: Room, seating: Seating): void {
    for (const observer of this.#observers) observer.seated(room, seating);
  }
}
