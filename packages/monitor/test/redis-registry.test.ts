import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE, type EngineReport, LEARNING_TIME } from '@kraken/protocol';
import { createClient } from '@redis/client';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseEngineSummary } from '../src/api/engine-report-body.js';
import { reportOf, seeded } from '../src/registry/cluster.fixture.js';
import type { EngineEntry } from '../src/registry/engine-entry.js';
import { RedisRegistry, ROUTE_LIFETIME } from '../src/registry/redis-registry.js';
import type { ClaimedPlace } from '../src/registry/registry.js';
import type { NewRoomLimit } from '../src/registry/room-allowance.js';
import { RedisProcess } from './redis-process.js';
import { until } from './until.js';

const LEARNT_WITHIN = 2 * ENGINE_SILENCE;
/** Where Redis has the registry's clock. */
const STATE = '{kraken}:state';

let redis: RedisProcess;
let registries: RedisRegistry[] = [];
let newRooms: NewRoomLimit;
/** By how much the monitors' clocks are ahead, ms. */
let ahead = 0;

function newRegistry(secret = 'secret'): RedisRegistry {
  const registry = new RedisRegistry({
    url: redis.url,
    newRooms,
    limits: { load: 0.85, participants: 0 },
    nearest: {},
    random: seeded(registries.length + 1),
    secret,
    parse: (summary) => parseEngineSummary(summary, secret),
    logger: pino({ level: 'silent' }),
    now: () => performance.now() + ahead,
  });
  registries.push(registry);
  return registry;
}

/** Two monitors' registries that know of the engines and need not wait until all is learnt. */
async function twoRegistries(...reports: readonly EngineReport[]): Promise<[RedisRegistry, RedisRegistry]> {
  const pair: [RedisRegistry, RedisRegistry] = [newRegistry(), newRegistry()];
  await until('connected', () => pair.every(({ status }) => status === 'learning'));
  await command('HSET', STATE, 'since', String(-LEARNING_TIME), 'heardNone', '0');
  for (const report of reports) await pair[0].heartbeat(report);
  await until('known', () =>
    pair.every((one) => one.engines.length === reports.length && one.status === 'ready'),
  );
  return pair;
}

/** Asks Redis itself. */
async function command(...words: readonly string[]): Promise<unknown> {
  const client = createClient({ url: redis.url });
  await client.connect();
  const reply = await client.sendCommand([...words]);
  client.destroy();
  return reply;
}

function idOf(place: EngineEntry | ClaimedPlace | string): string {
  if (typeof place === 'string') return place;
  return 'engine' in place ? place.engine.report.engineId : place.report.engineId;
}

beforeEach(async () => {
  ahead = 0;
  newRooms = { perSecond: 1_000_000, burst: 1_000_000 };
  redis = await RedisProcess.start();
});

afterEach(async () => {
  for (const registry of registries) await registry.close();
  registries = [];
  await redis.close();
});

function engineOf(registry: RedisRegistry, engineId: string): EngineEntry {
  const engine = registry.engines.find(({ report }) => report.engineId === engineId);
  if (engine === undefined) throw new Error(`${engineId} is not known`);
  return engine;
}

describe('two monitors that share Redis', () => {
  test('put a room on one engine, however many ask both at the same time', async () => {
    const [one, other] = await twoRegistries(reportOf('a'), reportOf('b'), reportOf('c'));
    for (let i = 0; i < 200; i++) {
      const places = await Promise.all([
        one.claim(`room-${i}`, 'eu', 'join'),
        other.claim(`room-${i}`, 'eu', 'join'),
        one.claim(`room-${i}`, 'eu', 'locate'),
      ]);
      expect(new Set(places.map(idOf)).size).toBe(1);
      expect(idOf(await other.find(`room-${i}`))).toBe(idOf(places[0]));
    }
  });

  test('know the rooms that engines report, by whichever of them', async () => {
    const [one, other] = await twoRegistries(reportOf('a'), reportOf('b'));
    await one.heartbeat(reportOf('a', { rooms: ['r1', 'r2'] }));
    expect(idOf(await other.find('r1'))).toBe('a');
    await other.heartbeat(reportOf('a', { rooms: ['r2', 'r3'] }));
    expect(await one.find('r1')).toBe('none');
    await one.heartbeat(reportOf('a', { rooms: ['r3', 'r4'] }));
    expect(
      await Promise.all(['r1', 'r2', 'r3', 'r4'].map(async (rid) => idOf(await other.find(rid)))),
    ).toEqual(['none', 'none', 'a', 'a']);
    expect(await other.heartbeat(reportOf('b', { rooms: ['r3', 'r5'] }))).toEqual({
      lost: ['r3'],
      drain: false,
      registry: 'there',
    });
    await until('counted', () => one.roomCount === 3 && other.roomCount === 3);
  });

  test('place no more new rooms than they may, and find those that there are', async () => {
    newRooms = { perSecond: 1, burst: 3 };
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['held'] }), reportOf('b'));
    const claims = (registry: RedisRegistry, ...rids: readonly string[]) =>
      Promise.all(rids.map((rid) => registry.claim(rid, 'eu', 'join').then(idOf, ({ name }) => name)));
    for (const rid of ['r1', 'r2', 'r3']) await claims(one, rid);
    expect(await claims(one, 'r4', 'held')).toEqual(['TOO_MANY_NEW_ROOMS', 'a']);
    expect(await claims(one, 'r1')).toEqual([idOf(await other.find('r1'))]);
    expect(await other.find('r4')).toBe('none');
    expect(await claims(other, 'r4')).toEqual([idOf(await other.find('r4'))]);
    ahead = 1_000;
    expect(await claims(one, 'r5')).not.toContain('TOO_MANY_NEW_ROOMS');
  });

  test('keep nothing of rooms that are asked for and are not there', async () => {
    const [one] = await twoRegistries(reportOf('a'));
    await until('the probe is gone', async () => (await command('EXISTS', '{kraken}:probe')) === 0);
    const keys = await command('DBSIZE');
    for (let i = 0; i < 20_000; i++) expect(await one.find(`room-${i}`)).toBe('none');
    expect(await command('DBSIZE')).toBe(keys);
    expect(one.roomCount).toBe(0);
  });

  test('recall for a while where Redis said that a room is, unless that engine is gone', async () => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    expect(one.recall('room')).toBeNull();
    await one.find('room');
    expect(idOf(one.recall('room') ?? 'nowhere')).toBe('a');
    ahead = ROUTE_LIFETIME / 2;
    await until('surveyed', () => engineOf(one, 'a').isAlive(performance.now() + ahead));
    expect(idOf(one.recall('room') ?? 'nowhere')).toBe('a');
    ahead = ROUTE_LIFETIME;
    await until('surveyed', () => engineOf(one, 'a').isAlive(performance.now() + ahead));
    expect(one.recall('room')).toBeNull();
    await one.find('room');
    expect(idOf(one.recall('room') ?? 'nowhere')).toBe('a');
    await other.remove('a');
    await until('gone', () => one.recall('room') === null);
  });

  test('refuse an engine at whose URL another one lives', async () => {
    const [one, other] = await twoRegistries(reportOf('a'));
    const intruder = reportOf('b', { url: reportOf('a').url });
    await expect(other.heartbeat(intruder)).rejects.toThrow('another engine that is alive has registered');
    await one.remove('a');
    await expect(other.heartbeat(intruder)).resolves.toMatchObject({ lost: [] });
  });

  test('do not take for an engine what somebody writes who does not know the secret', async () => {
    const [one] = await twoRegistries(reportOf('a'));
    const intruder = newRegistry('wrong');
    await until('connected', () => intruder.status === 'no engine has room');
    await intruder.heartbeat(reportOf('intruder'));
    for (let i = 0; i < 50; i++) expect(idOf(await one.claim(`room-${i}`, 'eu', 'join'))).toBe('a');
    await sleep(1_500);
    expect(one.engines.map(idOf)).toEqual(['a']);
  });

  test('let go of what is claimed and never comes, and of what an engine had that has ended', async () => {
    const [one, other] = await twoRegistries(
      reportOf('a', { rooms: ['held'] }),
      reportOf('b', { state: 'draining' }),
    );
    await one.claim('claimed', 'eu', 'join');
    await one.heartbeat(reportOf('a', { rooms: ['held'] }));
    expect(idOf(await other.find('claimed'))).toBe('a');
    await other.remove('a');
    expect(await one.find('claimed')).toBe('none');
    expect(await one.find('held')).toBe('none');
  });

  test("count each other's joins as load until it shows", async () => {
    const [one, other] = await twoRegistries(reportOf('a'));
    for (let i = 0; i < 20; i++) await one.claim(`room-${i}`, 'eu', 'join');
    const [own] = one.engines;
    const [foreign] = other.engines;
    const load = own?.load(performance.now()) ?? 0;
    expect(load).toBeGreaterThan(0);
    await until('counted', () => foreign?.load(performance.now()) === load);
    await sleep(1_500);
    expect(own?.load(performance.now())).toBe(load);
  });

  test('drain an engine: neither gives it a room, those that it holds stay, and it is told so by both', async () => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['old'] }), reportOf('b'));
    expect(await one.drain('a')).toBe(true);
    expect(await one.drain('nobody')).toBe(false);
    for (let i = 0; i < 20; i++) expect(idOf(await other.claim(`room-${i}`, 'eu', 'join'))).toBe('b');
    expect(idOf(await other.claim('old', 'eu', 'join'))).toBe('a');
    expect(await other.heartbeat(reportOf('a', { rooms: ['old'] }))).toMatchObject({ drain: true });
    await until('seen', () => other.engines.some((engine) => engine.isDraining));
  });

  test('place a room elsewhere that a draining engine has refused', async () => {
    const [one, other] = await twoRegistries(reportOf('a'), reportOf('b'));
    const first = idOf(await one.claim('room', 'eu', 'join'));
    await one.release('room', first);
    const second = idOf(await other.claim('room', 'eu', 'join'));
    expect(second).not.toBe(first);
    await one.release('room', first);
    expect(idOf(await one.find('room'))).toBe(second);
  });

  test('forget an engine that is silent, and not one that could not be heard', async () => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    const beating = setInterval(() => void other.heartbeat(reportOf('b')), 1_000);
    expect(await one.removeSilent(engineOf(one, 'a'), ENGINE_SILENCE)).toBe(false);
    await until('forgotten', () => one.engines.length === 1 && other.engines.length === 1);
    clearInterval(beating);
    expect(await one.find('room')).toBe('none');
    expect(idOf(await one.claim('room', 'eu', 'join'))).toBe('b');
    expect(await one.heartbeat(reportOf('a', { rooms: ['room'] }))).toMatchObject({ lost: ['room'] });
  });

  test('learn anew when all engines fall silent at once, from the first heartbeat on', async () => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await until('forgotten', () => one.engines.length === 0);
    expect(await one.find('room')).toBe('learning');
    expect(await one.claim('other', 'eu', 'join')).toBe('learning');
    await until('nobody has been heard', () => other.status === 'no engine has room');
    await expect(one.find('room')).rejects.toMatchObject({ name: 'NO_ENGINE' });
    await one.heartbeat(reportOf('b'));
    expect(await one.find('room')).toBe('learning');
    await other.heartbeat(reportOf('a', { rooms: ['room'] }));
    expect(idOf(await one.find('room'))).toBe('a');
  });
});

describe('the clock of Redis that leaps', () => {
  test.each([3_600_000, -3_600_000])('by %i ms lets no engine seem silent', async (leap) => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await command('HINCRBY', STATE, 'wall', String(-leap));
    expect(idOf(await one.claim('room', 'eu', 'join'))).toBe('a');
    await sleep(1_200);
    expect(other.engines).toHaveLength(2);
    expect(idOf(await other.find('room'))).toBe('a');
    await until('forgotten all the same', () => other.engines.length === 0);
  });
});

describe('Redis that is killed', () => {
  test('leaves known rooms where they are, and new ones to an error', async () => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['reported'] }), reportOf('b'));
    const place = idOf(await other.claim('asked', 'eu', 'join'));
    await redis.kill();
    expect(idOf(await one.find('reported'))).toBe('a');
    const recalled = await other.claim('asked', 'eu', 'join');
    expect(idOf(recalled)).toBe(place);
    expect(recalled).toMatchObject({ isRecalled: true });
    await expect(other.claim('asked', 'eu', 'locate')).rejects.toMatchObject({
      name: 'REGISTRY_UNREACHABLE',
    });
    await expect(one.claim('new', 'eu', 'join')).rejects.toMatchObject({ name: 'REGISTRY_UNREACHABLE' });
    await expect(one.find('new')).rejects.toMatchObject({ name: 'REGISTRY_UNREACHABLE' });
    await until('noticed', () => one.status === 'the registry is gone');
    expect(await one.heartbeat(reportOf('a', { rooms: ['reported'] }))).toEqual({
      lost: [],
      drain: false,
      registry: 'gone',
    });
  });

  test('is not needed by a monitor that starts then to find the rooms of engines that it hears', async () => {
    await redis.kill();
    const late = newRegistry();
    await until('noticed', () => late.status === 'the registry is gone');
    await late.heartbeat(reportOf('a', { rooms: ['room'] }));
    expect(idOf(await late.find('room'))).toBe('a');
    expect(late.engines.map(idOf)).toEqual(['a']);
  });

  test('is found by whoever has heard of the room last: the engine, or the one that asked', async () => {
    const [one, other] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await other.heartbeat(reportOf('a'));
    await other.heartbeat(reportOf('b', { rooms: ['room'] }));
    expect(idOf(await one.find('room'))).toBe('b');
    await redis.kill();
    expect(idOf(await one.find('room'))).toBe('b');
    await until('noticed', () => one.status === 'the registry is gone');
    await one.heartbeat(reportOf('a', { rooms: ['room'] }));
    expect(idOf(await one.find('room'))).toBe('a');
  });

  test('learns from the heartbeats when it is back, and places nothing before', async () => {
    const [one, other] = await twoRegistries(reportOf('a'), reportOf('b'));
    const place = idOf(await one.claim('room', 'eu', 'join'));
    await redis.kill();
    await redis.start();
    await until('back', () => one.status === 'learning' && other.status === 'learning');
    expect(await other.claim('room', 'eu', 'join')).toBe('learning');
    await one.heartbeat(reportOf(place, { rooms: ['room'] }));
    expect(idOf(await other.claim('room', 'eu', 'join'))).toBe(place);
    const isLearnt = async () => {
      await one.heartbeat(reportOf(place, { rooms: ['room'] }));
      return one.status === 'ready';
    };
    await until('learnt', isLearnt, LEARNT_WITHIN);
  });

  test('and comes back with an old snapshot knows nothing of what that says', async () => {
    const [one] = await twoRegistries(reportOf('a', { rooms: ['moved'] }), reportOf('b'));
    await command('SAVE');
    await one.heartbeat(reportOf('a'));
    await redis.kill();
    await redis.start();
    await until('back', () => one.status === 'learning');
    await one.heartbeat(reportOf('a'));
    expect(await one.heartbeat(reportOf('b', { rooms: ['moved'] }))).toMatchObject({ lost: [] });
    expect(idOf(await one.find('moved'))).toBe('b');
  });
});

describe('Redis that answers that it cannot', () => {
  test.each([
    ['is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    ['is out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    [
      'lacks replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ])('since it %s counts as silent, and all heals', async (_, fault, remedy) => {
    const [one] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await command(...fault);
    await expect(one.heartbeat(reportOf('a', { rooms: ['room'] }))).rejects.toMatchObject({
      reason: 'silent',
    });
    await until('noticed', () => one.status === 'the registry is silent');
    expect(idOf(await one.find('room'))).toBe('a');
    await command(...remedy);
    await until('back', () => one.status === 'ready');
    expect(await one.heartbeat(reportOf('a', { rooms: ['room'] }))).toMatchObject({ registry: 'there' });
  });
});

describe('Redis that hangs', () => {
  test('is silent: the engines are told that they were not heard, and all heals', async () => {
    const [one] = await twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    redis.process.kill('SIGSTOP');
    await expect(one.heartbeat(reportOf('a', { rooms: ['room'] }))).rejects.toMatchObject({
      reason: 'silent',
    });
    expect(one.status).toBe('the registry is silent');
    expect(idOf(await one.find('room'))).toBe('a');
    await expect(one.claim('new', 'eu', 'join')).rejects.toMatchObject({ name: 'REGISTRY_UNREACHABLE' });
    redis.process.kill('SIGCONT');
    await until('back', () => one.status === 'ready');
    expect(await one.heartbeat(reportOf('a', { rooms: ['room'] }))).toMatchObject({ registry: 'there' });
    expect(idOf(await one.claim('room', 'eu', 'join'))).toBe('a');
  });
});

test('whatever happens in whatever order, no room is on two engines, nor moves while its engine holds it', async () => {
  const pair = await twoRegistries(reportOf('engine-0'), reportOf('engine-1'));
  const engine = fc.constantFrom('engine-0', 'engine-1', 'engine-2');
  const rid = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
  const monitor = fc.constantFrom(0, 1);
  const step = fc.oneof(
    fc.record({ type: fc.constant('join' as const), rid, monitor }),
    fc.record({ type: fc.constant('heartbeat' as const), engine, monitor }),
    fc.record({ type: fc.constant('end' as const), rid, monitor }),
    fc.record({ type: fc.constant('remove' as const), engine, monitor }),
    fc.record({ type: fc.constant('drain' as const), engine, monitor }),
  );
  const run = async (steps: readonly Step[]) => {
    for (const id of ['engine-0', 'engine-1', 'engine-2']) await pair[0].remove(id);
    for (const id of ['engine-0', 'engine-1']) await pair[0].heartbeat(reportOf(id));
    await carryOut(pair, steps);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), run), { numRuns: 60 });
});

type Step =
  | { readonly type: 'join' | 'end'; readonly rid: string; readonly monitor: number }
  | { readonly type: 'heartbeat' | 'remove' | 'drain'; readonly engine: string; readonly monitor: number };

/** Engines that do as they are told, and what must hold after each step. */
async function carryOut(
  pair: readonly [RedisRegistry, RedisRegistry],
  steps: readonly Step[],
): Promise<void> {
  const held = new Map<string, Set<string>>();
  const draining = new Set<string>();
  const roomsOf = (id: string) => held.get(id) ?? held.set(id, new Set()).get(id) ?? new Set<string>();
  for (const action of steps) {
    const registry = pair[action.monitor] ?? pair[0];
    switch (action.type) {
      case 'end':
        for (const rooms of held.values()) rooms.delete(action.rid);
        break;
      case 'remove':
        held.delete(action.engine);
        draining.delete(action.engine);
        await registry.remove(action.engine);
        break;
      case 'drain':
        if (await registry.drain(action.engine)) draining.add(action.engine);
        break;
      case 'heartbeat': {
        const rooms = roomsOf(action.engine);
        const state = draining.has(action.engine) ? 'draining' : 'serving';
        const { lost } = await registry.heartbeat(reportOf(action.engine, { rooms: [...rooms], state }));
        for (const id of lost) rooms.delete(id);
        for (const id of rooms) expect(idOf(await registry.find(id))).toBe(action.engine);
        break;
      }
      case 'join':
        await joinAt(registry, action.rid, roomsOf, draining);
    }
    const places = [...held.values()].flatMap((rooms) => [...rooms]);
    expect(new Set(places).size).toBe(places.length);
  }
}

async function joinAt(
  registry: RedisRegistry,
  rid: string,
  roomsOf: (engineId: string) => Set<string>,
  draining: ReadonlySet<string>,
): Promise<void> {
  const before = await registry.find(rid).catch(unlessNoEngine);
  const after = await registry.claim(rid, 'eu', 'join').catch(unlessNoEngine);
  if (after === 'none') return;
  const engineId = idOf(after);
  if (before !== 'none') expect(engineId).toBe(idOf(before));
  if (draining.has(engineId) && !roomsOf(engineId).has(rid)) await registry.release(rid, engineId);
  else roomsOf(engineId).add(rid);
}

function unlessNoEngine(error: unknown): 'none' {
  expect(error).toMatchObject({ name: 'NO_ENGINE' });
  return 'none';
}
