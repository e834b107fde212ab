import type { WorkerMemory } from '../memory.js';
import { KEY_GROUP_SIZE, LANES } from '../srtp/index.js';

/** Four places in worker memory for the SRTP keys of four subscribers of one room, who are served together. */
export class KeyGroup {
  readonly #taken: boolean[] = new Array(LANES).fill(false);

  constructor(readonly offset: number) {}

  get size(): number {
    return this.#taken.filter(Boolean).length;
  }

  /** @returns a free lane, now taken, or -1 */
  take(): number {
    const lane = this.#taken.indexOf(false);
    if (lane >= 0) this.#taken[lane] = true;
    return lane;
  }

  release(lane: number): void {
    this.#taken[lane] = false;
  }
}

/** A subscriber's place: one lane of one group. */
export interface Lane {
  readonly group: KeyGroup;
  readonly index: number;
}

/** The key groups of each room. Free lanes are filled first: a packet costs by the group, not by the lane. */
export class KeyGroups {
  readonly #memory: WorkerMemory;
  readonly #rooms = new Map<number, KeyGroup[]>();

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
  }

  /** @returns a lane for one more subscriber of the room, or null when the memory is full */
  take(roomId: number): Lane | null {
    const groups = this.#rooms.get(roomId) ?? [];
    for (const group of groups) {
      const index = group.take();
      if (index >= 0) return { group, index };
    }
    const offset = this.#memory.allocate(KEY_GROUP_SIZE);
    if (offset === 0) return null;
    const group = new KeyGroup(offset);
    groups.push(group);
    this.#rooms.set(roomId, groups);
    return { group, index: group.take() };
  }

  /** Gives a lane back; its keys have to be cleared before. */
  release(roomId: number, lane: Lane): void {
    lane.group.release(lane.index);
    if (lane.group.size > 0) return;
    this.#memory.free(lane.group.offset, KEY_GROUP_SIZE);
    const rest = (this.#rooms.get(roomId) ?? []).filter((group) => group !== lane.group);
    if (rest.length > 0) this.#rooms.set(roomId, rest);
    else this.#rooms.delete(roomId);
  }
}
