/** Ways in which load grows, from a few packets per second to more than an SFU carries. */
import type { RoomShape } from '@kraken/load/participants';

const PACKETS_PER_SECOND = 50;
const SMALL_ROOM = 10;

export interface LoadShape {
  /** What the report calls it. */
  readonly name: string;
  /** What a size counts. */
  readonly unit: string;
  readonly smallest: number;
  readonly roomsOf: (size: number) => readonly RoomShape[];
  /** Packets/s that the SFU sends when it forwards everything. */
  readonly packetsPerSecond: (size: number) => number;
}

/** One room in which everybody speaks and hears all others. */
export const MESH: LoadShape = {
  name: 'one mesh room',
  unit: 'participants',
  smallest: 3,
  roomsOf: (size) => [{ publishers: size, listeners: 0 }],
  packetsPerSecond: (size) => PACKETS_PER_SECOND * size * (size - 1),
};

/** Many rooms in which ten speak and hear all others. */
export const ROOMS_OF_TEN: LoadShape = {
  name: 'mesh rooms of 10',
  unit: 'rooms',
  smallest: 1,
  roomsOf: (size) => Array.from({ length: size }, () => ({ publishers: SMALL_ROOM, listeners: 0 })),
  packetsPerSecond: (size) => PACKETS_PER_SECOND * SMALL_ROOM * (SMALL_ROOM - 1) * size,
};

/** @returns the greatest size that makes no more packets than that, or the smallest of all */
export function sizeFor(shape: LoadShape, packetsPerSecond: number): number {
  let size = shape.smallest;
  while (shape.packetsPerSecond(size + 1) <= packetsPerSecond) size++;
  return size;
}
