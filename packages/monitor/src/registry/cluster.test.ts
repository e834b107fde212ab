import { CLAIM_LIFETIME, ENGINE_SILENCE, HEARTBEAT_INTERVAL, LEARNING_TIME } from '@kraken/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEARNT, newCluster, reportOf, seeded } from './cluster.fixture.js';
import { Cluster } from './cluster.js';
import { UrlTakenError } from './url-taken-error.js';

const idOf = (engine: { readonly report: { readonly engineId: string } } | null) => engine?.report.engineId;

describe('a room', () => {
  test('stays on the engine that it was given', () => {
    const cluster = newCluster(['a', 'b', 'c']);
    const engine = cluster.claim('room', 'eu', LEARNT);
    for (let i = 0; i < 20; i++) expect(cluster.claim('room', 'eu', LEARNT + i)).toBe(engine);
    expect(cluster.find('room', LEARNT)).toBe(engine);
  });

  test('that nobody has joined is not placed by asking for it', () => {
    const cluster = newCluster(['a']);
    for (let i = 0; i < 1000; i++) expect(cluster.find(`room-${i}`, LEARNT)).toBeNull();
    expect(cluster.roomCount).toBe(0);
  });

  test('that its engine does not report is released, but not while somebody may be on the way to it', () => {
    const cluster = newCluster(['a']);
    cluster.claim('room', 'eu', LEARNT);
    const later = LEARNT + CLAIM_LIFETIME;
    for (let at = LEARNT; at < later; at += HEARTBEAT_INTERVAL) cluster.heartbeat(reportOf('a'), at);
    cluster.heartbeat(reportOf('a'), later - 1);
    expect(idOf(cluster.find('room', later - 1))).toBe('a');
    cluster.heartbeat(reportOf('a'), later);
    expect(cluster.find('room', later)).toBeNull();
    expect(cluster.roomCount).toBe(0);
  });

  test('that has ended stays for whoever was sent there just before', () => {
    const cluster = newCluster(['a', 'b']);
    const engine = cluster.claim('room', 'eu', LEARNT);
    const engineId = engine.report.engineId;
    cluster.heartbeat(reportOf(engineId, { rooms: ['room'] }), LEARNT + 2000);
    expect(cluster.claim('room', 'eu', LEARNT + 3900)).toBe(engine);
    cluster.heartbeat(reportOf(engineId), LEARNT + 4000);
    expect(cluster.claim('room', 'eu', LEARNT + 4100)).toBe(engine);
  });

  test('of a dead engine is free, and goes to a living one', () => {
    const cluster = newCluster(['a', 'b']);
    const dead = cluster.claim('room', 'eu', LEARNT);
    const survivor = idOf(dead) === 'a' ? 'b' : 'a';
    const later = LEARNT + ENGINE_SILENCE;
    cluster.heartbeat(reportOf(survivor), later);
    expect(cluster.find('room', later)).toBeNull();
    expect(idOf(cluster.claim('room', 'eu', later))).toBe(survivor);
  });

  test('of an engine that has ended is free at once', () => {
    const cluster = newCluster(['a', 'b']);
    const ended = cluster.claim('room', 'eu', LEARNT).report.engineId;
    cluster.remove(ended);
    expect(idOf(cluster.claim('room', 'eu', LEARNT))).toBe(ended === 'a' ? 'b' : 'a');
  });

  test('that went elsewhere while its engine was cut off is lost to that engine', () => {
    const cluster = newCluster(['a', 'b']);
    const cutOff = cluster.claim('room', 'eu', LEARNT).report.engineId;
    const survivor = cutOff === 'a' ? 'b' : 'a';
    const later = LEARNT + ENGINE_SILENCE;
    cluster.heartbeat(reportOf(survivor), later);
    cluster.claim('room', 'eu', later);
    expect(cluster.heartbeat(reportOf(cutOff, { rooms: ['room', 'own'] }), later + 1)).toEqual({
      lost: ['room'],
      drain: false,
    });
    expect(idOf(cluster.find('room', later + 1))).toBe(survivor);
    expect(idOf(cluster.find('own', later + 1))).toBe(cutOff);
  });

  test('that an engine has kept while it was cut off, and that went nowhere else, is its own again', () => {
    const cluster = newCluster(['a']);
    cluster.claim('room', 'eu', LEARNT);
    const later = LEARNT + 10 * ENGINE_SILENCE;
    cluster.sweep(later - 1);
    expect(cluster.heartbeat(reportOf('a', { rooms: ['room'] }), later)).toEqual({ lost: [], drain: false });
    expect(idOf(cluster.find('room', later))).toBe('a');
  });
});

describe('an engine that drains', () => {
  test('because it was asked to gets no new rooms, keeps those that it has, and is told so until it is gone', () => {
    const cluster = newCluster(['a', 'b']);
    cluster.heartbeat(reportOf('a', { rooms: ['old'] }), LEARNT);
    expect(cluster.drain('a')).toBe(true);
    for (let i = 0; i < 50; i++) expect(idOf(cluster.claim(`room-${i}`, 'eu', LEARNT))).toBe('b');
    expect(idOf(cluster.claim('old', 'eu', LEARNT))).toBe('a');
    for (let i = 0; i < 2; i++) {
      expect(cluster.heartbeat(reportOf('a', { rooms: ['old'] }), LEARNT)).toEqual({ lost: [], drain: true });
    }
    expect(cluster.heartbeat(reportOf('b'), LEARNT)).toMatchObject({ drain: false });
    cluster.remove('a');
    expect(cluster.heartbeat(reportOf('a'), LEARNT)).toMatchObject({ drain: false });
  });

  test('and is not there cannot be asked', () => {
    expect(newCluster(['a']).drain('b')).toBe(false);
  });

  test('and refuses a room loses it, and gets no other', () => {
    const cluster = newCluster(['a', 'b']);
    const first = cluster.claim('room', 'eu', LEARNT).report.engineId;
    const other = first === 'a' ? 'b' : 'a';
    cluster.release('room', first);
    expect(cluster.find('room', LEARNT)).toBeNull();
    for (let i = 0; i < 50; i++) expect(idOf(cluster.claim(`room-${i}`, 'eu', LEARNT))).toBe(other);
  });

  test('and refuses a room that is elsewhere by now does not take it from there', () => {
    const cluster = newCluster(['a', 'b']);
    const first = cluster.claim('room', 'eu', LEARNT).report.engineId;
    cluster.release('room', first);
    const second = cluster.claim('room', 'eu', LEARNT);
    cluster.release('room', first);
    expect(cluster.find('room', LEARNT)).toBe(second);
  });

  test('and does not hold a room that somebody is on the way to loses it at once: it would not let them in', () => {
    const cluster = newCluster(['a', 'b']);
    const first = cluster.claim('room', 'eu', LEARNT).report.engineId;
    cluster.heartbeat(reportOf(first, { state: 'draining' }), LEARNT + 1);
    expect(cluster.find('room', LEARNT + 1)).toBeNull();
  });
});

describe('a registry that has just started', () => {
  test('learns from the first heartbeat on, however late that comes', () => {
    const cluster = new Cluster(
      { limits: { load: 0.85, participants: 0 }, nearest: {}, random: seeded(1) },
      0,
    );
    const late = 10 * LEARNING_TIME;
    expect(cluster.learningTime(late)).toBe(0);
    cluster.heartbeat(reportOf('a'), late);
    expect(cluster.learningTime(late)).toBe(LEARNING_TIME);
    cluster.heartbeat(reportOf('b', { rooms: ['room'] }), late + LEARNING_TIME - 1);
    expect(cluster.learningTime(late + LEARNING_TIME)).toBe(0);
    cluster.remove('a');
    cluster.remove('b');
    cluster.heartbeat(reportOf('c'), late + LEARNING_TIME);
    expect(cluster.learningTime(late + LEARNING_TIME)).toBe(0);
  });

  test('places no room that an engine may hold, and then knows whose it is', () => {
    const cluster = new Cluster(
      { limits: { load: 0.85, participants: 0 }, nearest: {}, random: seeded(1) },
      0,
    );
    cluster.heartbeat(reportOf('a'), 100);
    expect(() => cluster.claim('room', 'eu', LEARNING_TIME - 1)).toThrow('just started');
    cluster.heartbeat(reportOf('b', { rooms: ['room'] }), LEARNING_TIME - 1);
    expect(idOf(cluster.claim('room', 'eu', LEARNING_TIME - 1))).toBe('b');
  });
});

describe('a registry that hears nobody', () => {
  test('because it stood still itself holds no silence against them', () => {
    const cluster = newCluster(['a', 'b']);
    cluster.sweep(LEARNT);
    const engine = cluster.claim('room', 'eu', LEARNT);
    const later = LEARNT + 10 * ENGINE_SILENCE;
    cluster.sweep(later);
    expect(cluster.find('room', later)).toBe(engine);
    expect(cluster.engines).toHaveLength(2);
  });

  test('because it was cut off learns anew before it places anything', () => {
    const cluster = newCluster(['a', 'b']);
    for (let at = LEARNT; at <= LEARNT + ENGINE_SILENCE; at += 1000) cluster.sweep(at);
    expect(cluster.engines).toHaveLength(0);
    const back = LEARNT + ENGINE_SILENCE + 1000;
    cluster.heartbeat(reportOf('a'), back);
    expect(() => cluster.claim('room', 'eu', back)).toThrow('does not know all rooms');
    cluster.heartbeat(reportOf('b', { rooms: ['room'] }), back);
    expect(idOf(cluster.claim('room', 'eu', back))).toBe('b');
  });
});

test('a region that is named as what every object has is as unknown as any', () => {
  const cluster = newCluster(['a']);
  expect(idOf(cluster.claim('room', 'constructor', LEARNT))).toBe('a');
});

test('an engine with as many participants as it may have, counting those on their way, gets no new rooms', () => {
  const cluster = newCluster(['a'], { limits: { load: 1, participants: 10 } });
  cluster.heartbeat(reportOf('a', { participants: 8 }), LEARNT);
  cluster.claim('1', 'eu', LEARNT).joined(LEARNT);
  cluster.claim('2', 'eu', LEARNT).joined(LEARNT);
  expect(() => cluster.claim('3', 'eu', LEARNT)).toThrow('no engine has room');
  cluster.heartbeat(reportOf('a', { participants: 9, rooms: ['1', '2'] }), LEARNT + 1);
  expect(idOf(cluster.claim('3', 'eu', LEARNT + 1))).toBe('a');
});

describe('an engine', () => {
  test('that announces a URL at which another one lives is refused, and taken when that one is dead', () => {
    const cluster = newCluster(['a']);
    const report = reportOf('a2', { url: reportOf('a').url });
    expect(() => cluster.heartbeat(report, LEARNT + 1)).toThrow(UrlTakenError);
    expect(cluster.engines).toHaveLength(1);
    cluster.heartbeat(report, LEARNT + ENGINE_SILENCE);
    expect(cluster.engines.map(idOf)).toEqual(['a2']);
  });

  test.each([
    ['drains', { state: 'draining' as const }],
    ['has a process too busy', { cpu: 0.9 }],
    ['has a media worker too busy', { workers: [0.1, 0.9] }],
    ['has as many participants as it may', { participants: 100 }],
  ])('that %s gets no new rooms and keeps those that it has', (_, more) => {
    const cluster = newCluster(['a', 'b'], { limits: { load: 0.85, participants: 100 } });
    cluster.heartbeat(reportOf('a', { rooms: ['old'], ...more }), LEARNT);
    for (let i = 0; i < 50; i++) expect(idOf(cluster.claim(`room-${i}`, 'eu', LEARNT))).toBe('b');
    expect(idOf(cluster.claim('old', 'eu', LEARNT))).toBe('a');
  });

  test('is not filled by what newcomers may add, however many they are', () => {
    const cluster = newCluster(['a']);
    cluster.heartbeat(reportOf('a', { cpu: 0.8, workers: [0.8] }), LEARNT);
    for (let i = 0; i < 1000; i++) cluster.claim(`room-${i}`, 'eu', LEARNT).joined(LEARNT);
    expect(cluster.hasRoom(LEARNT)).toBe(true);
  });

  test('that has just got many joins counts as busier than it says', () => {
    const cluster = newCluster(['a', 'b']);
    const counts = new Map<string | undefined, number>();
    for (let i = 0; i < 200; i++) {
      const engine = cluster.claim(`room-${i}`, 'eu', LEARNT);
      engine.joined(LEARNT);
      const id = idOf(engine);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts.get('a')).toBe(100);
    expect(counts.get('b')).toBe(100);
  });

  test('of the region is preferred, then the nearest, then any', () => {
    const cluster = newCluster([], { nearest: { eu: ['us'] } });
    const at = LEARNT;
    for (const [engineId, region] of [
      ['a', 'eu'],
      ['b', 'us'],
      ['c', 'ap'],
    ] as const) {
      for (const now of [0, at]) cluster.heartbeat(reportOf(engineId, { region }), now);
    }
    expect(idOf(cluster.claim('1', 'eu', at))).toBe('a');
    cluster.heartbeat(reportOf('a', { state: 'draining' }), at);
    expect(idOf(cluster.claim('2', 'eu', at))).toBe('b');
    cluster.heartbeat(reportOf('b', { state: 'draining' }), at);
    expect(idOf(cluster.claim('3', 'eu', at))).toBe('c');
    expect(idOf(cluster.claim('4', 'nowhere', at))).toBe('c');
  });

  test('that could take a room is not there: an error that says what is', () => {
    const cluster = newCluster(['a', 'b']);
    cluster.heartbeat(reportOf('a', { state: 'draining' }), LEARNT);
    cluster.heartbeat(reportOf('b', { cpu: 1 }), LEARNT);
    expect(() => cluster.claim('room', 'eu', LEARNT)).toThrow('2 engines: 1 draining, 1 full');
    expect(cluster.roomCount).toBe(0);
  });
});

test('whatever happens, a room is on one living engine, and it does not move while that lives', () => {
  const engine = fc.integer({ min: 0, max: 4 }).map((i) => `engine-${i}`);
  const rid = fc.integer({ min: 0, max: 6 }).map((i) => `room-${i}`);
  const step = fc.oneof(
    fc.record({ type: fc.constant('join' as const), rid }),
    fc.record({ type: fc.constant('heartbeat' as const), engine }),
    fc.record({ type: fc.constant('end' as const), rid }),
    fc.record({ type: fc.constant('remove' as const), engine }),
    fc.record({ type: fc.constant('drain' as const), engine }),
    fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const cluster = newCluster(['engine-0', 'engine-1']);
      const held = new Map<string, Set<string>>();
      const draining = new Set<string>();
      let now = LEARNT;
      const roomsOf = (id: string) => held.get(id) ?? held.set(id, new Set()).get(id) ?? new Set();
      for (const action of steps) {
        if (action.type === 'wait') now += action.ms;
        if (action.type === 'end') for (const rooms of held.values()) rooms.delete(action.rid);
        if (action.type === 'remove') {
          held.delete(action.engine);
          draining.delete(action.engine);
          cluster.remove(action.engine);
        }
        if (action.type === 'drain') draining.add(action.engine);
        if (action.type === 'heartbeat') {
          const rooms = roomsOf(action.engine);
          const state = draining.has(action.engine) ? 'draining' : 'serving';
          const { lost } = cluster.heartbeat(reportOf(action.engine, { rooms: [...rooms], state }), now);
          for (const id of lost) rooms.delete(id);
          for (const id of rooms) expect(idOf(cluster.find(id, now))).toBe(action.engine);
        }
        if (action.type === 'join') {
          const before = cluster.find(action.rid, now);
          if (before === null && !cluster.hasRoom(now)) continue;
          const after = cluster.claim(action.rid, 'eu', now);
          const engineId = after.report.engineId;
          expect(after.isAlive(now)).toBe(true);
          if (before !== null) expect(after).toBe(before);
          const isRefused = draining.has(engineId) && !roomsOf(engineId).has(action.rid);
          if (isRefused) cluster.release(action.rid, engineId);
          else roomsOf(engineId).add(action.rid);
        }
      }
      const places = cluster.engines.flatMap(({ rooms }) => [...rooms.keys()]);
      expect(new Set(places).size).toBe(places.length);
      expect(places).toHaveLength(cluster.roomCount);
    }),
    { numRuns: 300 },
  );
});
