import { expect, test } from 'vitest';
import { BUSY_LIMIT, Placement, UNSEEN_INTERVAL, UNSEEN_SHARE } from './placement.js';
import { WorkerLinks } from './relays.js';
import { Room } from './room.js';
import { FakeMediaWorker } from './testing/fake-media-worker.js';
import { newPeer } from './testing/new-peer.js';

const SPREAD_AT = 4;

class Placing {
  now = 1_000_000;
  readonly workers: readonly FakeMediaWorker[];
  readonly placement: Placement;

  constructor(...busy: readonly number[]) {
    this.workers = busy.map((share, index) => Object.assign(new FakeMediaWorker(index), { busy: share }));
    this.placement = new Placement(this.workers, SPREAD_AT, () => this.now);
  }

  place(room: Room | null = null): number {
    return this.placement.place(room).index;
  }

  places(count: number, room: Room | null = null): number[] {
    return Array.from({ length: count }, () => this.place(room));
  }

  /** A room whose participants are on these workers. */
  room(...on: readonly number[]): Room {
    const room = new Room('room', 1, new WorkerLinks(), 0);
    for (const [uid, index] of on.entries()) {
      const worker = this.workers[index];
      if (worker === undefined) throw new Error(`there is no worker ${index}`);
      room.add(newPeer({ uid: String(uid), worker }));
    }
    return room;
  }
}

test('a new room goes to the least busy worker', () => {
  expect(new Placing(0.3, 0.1, 0.2).place()).toBe(1);
});

test('of workers that are equally busy it goes to the one that sends less, then holds less, then comes first', () => {
  const placing = new Placing(0.1, 0.1, 0.1);
  const [first, second, third] = placing.workers;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three workers');
  first.packetsPerSecond = second.packetsPerSecond = 100;
  expect(placing.place()).toBe(2);
  third.packetsPerSecond = 100;
  third.open.set(1, expect.anything());
  placing.now += UNSEEN_INTERVAL;
  expect(placing.place()).toBe(0);
});

test('rooms that begin at once spread before any worker tells that it is busier', () => {
  const counts = [0, 0, 0, 0];
  for (const index of new Placing(0, 0, 0, 0).places(400)) counts[index] = (counts[index] ?? 0) + 1;
  for (const count of counts) expect(Math.abs(count - 100)).toBeLessThanOrEqual(4);
});

test('they make up for a difference first, and are forgotten when they show', () => {
  const placing = new Placing(0.2, 0);
  const untilEven = Math.round(0.2 / UNSEEN_SHARE);
  expect(new Set(placing.places(untilEven - 4))).toEqual(new Set([1]));
  expect(new Set(placing.places(20))).toEqual(new Set([0, 1]));
  placing.now += UNSEEN_INTERVAL;
  expect(new Set(placing.places(untilEven - 4))).toEqual(new Set([1]));
});

test('a room stays where it is, until its worker has as many of it as it takes; then it gets the least busy other', () => {
  const placing = new Placing(0.5, 0.2, 0.1);
  expect(placing.place(placing.room(0, 0, 0))).toBe(0);
  expect(placing.place(placing.room(0, 0, 0, 0))).toBe(2);
  expect(placing.place(placing.room(0, 0, 0, 0, 2))).toBe(2);
  expect(placing.place(placing.room(0, 0, 0, 2))).toBe(0);
});

test('a room leaves a worker that is busy, if another one is less so', () => {
  const placing = new Placing(BUSY_LIMIT, 0.1);
  expect(placing.place(placing.room(0))).toBe(1);
  const all = new Placing(0.8, 0.9);
  expect(all.place(all.room(0))).toBe(0);
});

test('a room that fills all workers goes on with the least busy one', () => {
  const placing = new Placing(0.2, 0.1);
  expect(placing.place(placing.room(0, 0, 0, 0, 1, 1, 1, 1))).toBe(1);
});

test('a worker whose thread is dead takes nobody, unless there is no other', () => {
  const placing = new Placing(0.5, 0);
  const [first, second] = placing.workers;
  if (first === undefined || second === undefined) throw new Error('two workers');
  second.isAvailable = false;
  expect([placing.place(), placing.place(placing.room(1))]).toEqual([0, 0]);
  first.isAvailable = false;
  expect(placing.place()).toBe(1);
});
