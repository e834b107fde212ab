/** How many rooms and participants an engine takes. */
import { RpcError } from '@kraken/protocol';
import type { Room } from './room.js';

export interface Capacity {
  readonly rooms: number;
  /** Of one room. */
  readonly participants: number;
  /** Participants that have published and are not connected yet, at the same time. */
  readonly pendingJoins: number;
}

export const DEFAULT_CAPACITY: Capacity = { rooms: 50_000, participants: 10_000, pendingJoins: 5_000 };

/** What there is. */
export interface Occupancy {
  readonly rooms: number;
  readonly pendingJoins: number;
}

/**
 * Who is there may always come again: their former connection goes.
 *
 * @param room the one that is published into, or null when nobody is in it
 * @throws RpcError ROOM_FULL, TOO_MANY_ROOMS, TOO_MANY_JOINS
 */
export function checkCapacity(uid: string, room: Room | null, capacity: Capacity, there: Occupancy): void {
  if (room?.peers.has(uid) === true) return;
  if (room !== null && room.peers.size >= capacity.participants) {
    throw new RpcError('ROOM_FULL', `a room takes ${capacity.participants} participants`);
  }
  if (room === null && there.rooms >= capacity.rooms) {
    throw new RpcError('TOO_MANY_ROOMS', `the engine has ${capacity.rooms} rooms, and takes no more`);
  }
  if (there.pendingJoins >= capacity.pendingJoins) {
    const problem = `${capacity.pendingJoins} participants are about to connect: try again in some seconds`;
    throw new RpcError('TOO_MANY_JOINS', problem);
  }
}
