/** What those with fixed slots are told. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import type { TestEngine } from '../room/testing/test-engine.js';
import { type LiveRooms, OFFER_LIFETIME } from './live-rooms.js';
import { UPDATE_BURST } from './spaced-updates.js';
import { Channel, type Joined, LiveBench } from './testing/live-bench.js';

let bench: LiveBench;
let engine: TestEngine;
let live: LiveRooms;
beforeEach(() => {
  vi.useFakeTimers();
  bench = new LiveBench();
  ({ engine, live } = bench);
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

describe('a participant with fixed slots', () => {
  function joinWithSlots(uid: string, slots: number) {
    const client = new SimulatedClient('sendrecv');
    for (let line = 0; line < slots; line++) client.addLine('recvonly');
    const joined = engine.publish('room', uid, client.offer(), 0, null, slots);
    const channel = new Channel();
    live.attach(joined.name, channel);
    return { ...joined, channel };
  }

  function seat(...publishers: readonly (Joined | null)[]): void {
    const roomId = [...engine.worker.open.values()][0]?.roomId ?? 0;
    const seats = publishers.map((one) =>
      one === null ? null : (engine.publicationOf(one.transportId)?.publicationId ?? null),
    );
    engine.tell({ type: 'speakers', roomId, seats });
  }

  function speak(uid: string): Joined {
    const joined = bench.join(uid);
    engine.startMedia(joined.transportId);
    return joined;
  }

  const holderOf = ({ name: { uid, cid } }: Joined) => ({ uid, cid });

  test('is told who is there and who is heard, and offered nothing, whoever comes', () => {
    const ann = speak('ann');
    const eve = joinWithSlots('eve', 2);
    expect(eve.channel.methods).toEqual(['participants', 'slots']);
    expect(eve.channel.take('slots')).toEqual([{ rid: 'room', slots: [null, null] }]);
    speak('bob');
    seat(ann, null, null);
    vi.advanceTimersByTime(2 * OFFER_LIFETIME);
    expect(eve.channel.take('slots')).toEqual([{ rid: 'room', slots: [holderOf(ann), null] }]);
    expect(eve.channel.methods).not.toContain('offer');
    live.attach(eve.name, eve.channel);
    expect(eve.channel.take('slots')).toEqual([{ rid: 'room', slots: [holderOf(ann), null] }]);
  });

  test('is told of as many seats as it has slots, and others of none', () => {
    const [ann, bob] = [speak('ann'), speak('bob')];
    const [eve, mallory] = [joinWithSlots('eve', 1), joinWithSlots('mallory', 2)];
    for (const { channel } of [eve, mallory]) channel.take('slots');
    seat(ann, bob);
    expect(eve.channel.take('slots').map(({ slots }) => slots)).toEqual([[holderOf(ann)]]);
    expect(mallory.channel.take('slots').map(({ slots }) => slots)).toEqual([[holderOf(ann), holderOf(bob)]]);
    expect(ann.channel.take('slots')).toEqual([]);
    engine.control.end(ann.name);
    seat(null, bob);
    expect(mallory.channel.take('slots').map(({ slots }) => slots)).toEqual([[null, holderOf(bob)]]);
  });

  test('is told by its own worker alone', () => {
    const ann = speak('ann');
    const eve = joinWithSlots('eve', 1);
    eve.channel.take('slots');
    const roomId = [...engine.worker.open.values()][0]?.roomId ?? 0;
    const publicationId = engine.publicationOf(ann.transportId)?.publicationId ?? 0;
    engine.tell({ type: 'speakers', roomId, seats: [publicationId] }, 1);
    expect(eve.channel.take('slots')).toEqual([]);
  });

  test('seats that change all the time are told now and then, the newest state at last', () => {
    const [ann, bob] = [speak('ann'), speak('bob')];
    const eve = joinWithSlots('eve', 1);
    eve.channel.take('slots');
    for (let change = 0; change < 100; change++) seat(change % 2 === 0 ? ann : bob);
    vi.advanceTimersByTime(1_000);
    const told = eve.channel.take('slots');
    expect(told.length).toBeLessThan(2 * UPDATE_BURST);
    expect(told.at(-1)?.slots).toEqual([holderOf(bob)]);
  });
});
