/** What is told of who may do what. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TestEngine } from '../room/testing/test-engine.js';
import type { LiveRooms } from './live-rooms.js';
import { UPDATE_SPACING } from './spaced-updates.js';
import { LiveBench } from './testing/live-bench.js';

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

describe('permissions', () => {
  test('are told to the participant at once, and to everybody with its state', () => {
    const [alice, bob] = [bench.join('alice'), bench.join('bob')];
    for (const { channel } of [alice, bob]) channel.take('participants');
    const permissions = { publish: false, subscribe: true };
    engine.control.permit(alice.name, { publish: false });
    expect(alice.channel.take('permitted')).toEqual([{ ...alice.name, permissions }]);
    expect(bob.channel.take('permitted')).toEqual([]);
    vi.advanceTimersByTime(UPDATE_SPACING);
    expect(bob.channel.take('updated').at(-1)?.participant).toMatchObject({ uid: 'alice', permissions });
  });

  test('who may not be heard any longer does not count as publishing', () => {
    const [alice, bob] = [bench.join('alice'), bench.join('bob')];
    engine.startMedia(alice.transportId);
    engine.control.permit(alice.name, { publish: false });
    vi.advanceTimersByTime(UPDATE_SPACING);
    expect(bob.channel.take('updated').at(-1)?.participant).toMatchObject({
      uid: 'alice',
      publishing: false,
    });
  });

  test('to hear bring offers: of the others when they are given, of nobody when they are taken', () => {
    const [alice, bob] = [bench.join('alice'), bench.join('bob', null)];
    engine.startMedia(bob.transportId);
    for (const offer of bench.offersOf(alice)) bench.answer(alice, offer);
    engine.control.permit(alice.name, { subscribe: false });
    const [taken] = bench.offersOf(alice);
    expect(taken?.sdp).not.toContain('a=msid:bob ');
    if (taken !== undefined) bench.answer(alice, taken);
    expect(bench.offersOf(alice)).toEqual([]);
    engine.control.permit(alice.name, { subscribe: true });
    expect(bench.offersOf(alice)[0]?.sdp).toContain('a=msid:bob ');
  });
});
