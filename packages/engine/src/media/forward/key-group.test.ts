import { beforeEach, describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { KEY_GROUP_SIZE, LANES } from '../srtp/index.js';
import { exhaust } from '../testing/scarcity.js';
import { KeyGroups } from './key-group.js';

let memory: WorkerMemory;
let groups: KeyGroups;
beforeEach(() => {
  memory = new WorkerMemory(4, null);
  groups = new KeyGroups(memory);
});

function take(roomId: number) {
  const lane = groups.take(roomId);
  if (lane === null) throw new Error('there is no lane');
  return lane;
}

describe('lanes', () => {
  test('of one room fill one group before the next one begins', () => {
    const lanes = Array.from({ length: 2 * LANES + 1 }, () => take(1));
    expect(lanes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0]);
    expect(new Set(lanes.map(({ group }) => group)).size).toBe(3);
    expect(lanes[0]?.group.size).toBe(LANES);
  });

  test('of two rooms are in groups of their own', () => {
    expect(take(1).group).not.toBe(take(2).group);
  });

  test('that are given back are the first to be taken', () => {
    const lanes = Array.from({ length: LANES + 1 }, () => take(1));
    const [, second] = lanes;
    if (second === undefined) throw new Error('there is no lane');
    groups.release(1, second);
    expect(take(1)).toEqual(second);
    expect(take(1).index).toBe(1);
  });

  test('give their memory back with the last one of a group', () => {
    const lanes = Array.from({ length: LANES + 1 }, () => take(1));
    expect(memory.used).toBe(2 * KEY_GROUP_SIZE);
    for (const lane of lanes.slice(0, LANES)) groups.release(1, lane);
    expect(memory.used).toBe(KEY_GROUP_SIZE);
    // The room goes on with the group that is left.
    expect(take(1).group).toBe(lanes[LANES]?.group);
  });

  test('are none when memory is full, but for those of groups that are there', () => {
    take(1);
    exhaust(memory);
    expect(groups.take(2)).toBeNull();
    expect(groups.take(2)).toBeNull();
    expect(take(1).index).toBe(1);
  });
});
