/** How many rooms and participants an engine takes. */
import { RpcError } from '@kraken/protocol';
import type { JoinLimits } from './pending-joins.js';
import type { Room } from './room.js';

export interface Capacity extends JoinLimits {
  readonly rooms: number;
  /** Of one room. */
  readonly participants: number;
}

/**
 * Behind one address are an office, or some, whose people all come again when an engine has been restarted: a join is under way for
 * a second or two. One subject is one user, or one program that joins several rooms.
 */
export const DEFAULT_CAPACITY: Capacity = {
  rooms: 50_000,
  participants: 10_000,
  pendingJoins: 5_000,
  pendingJoinsPerAddress: 250,
  pendingJoinsPerSubject: 50,
};

/**
 * Who is there may always come again: their former connection goes.
 *
 * @param room the one that is published into, or null when nobody is in it
 * @param rooms how many there are
 * @throws RpcError ROOM_FULL, TOO_MANY_ROOMS
 */
export function checkCapacity(uid: string, room: Room | null, capacity: Capacity, rooms: number): void {
  if (room?.peers.has(uid) === true) return;
  if (room !== null && room.peers.size >= capacity.participants) {
    throw new RpcError('ROOM_FULL', `a room takes ${capacity.participants} participants`);
  }
  if (room === null && rooms >= capacity.rooms) {
    throw new RpcError('TOO_MANY_ROOMS', `the engine has ${capacity.rooms} rooms, and takes no more`);
  }
}
