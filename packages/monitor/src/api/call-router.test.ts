import { createServer, type Server } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Caller, OPEN_CALLER } from '@kraken/edge/auth/caller';
import { RelayedResponse } from '@kraken/edge/http/relayed-response';
import { LEARNING_TIME } from '@kraken/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { reportOf } from '../registry/cluster.fixture.js';
import { MemoryRegistry } from '../registry/memory-registry.js';
import { CallMetrics } from './call-metrics.js';
import { CallRouter } from './call-router.js';
import { EngineConnections } from './engine-connections.js';

/** More than what the collector leaves lying about, and far less than any note of a million rooms. */
const MAX_GROWTH = 8 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

let now = 0;
let registry: MemoryRegistry;
let connections: EngineConnections;
let metrics: CallMetrics;
let router: CallRouter;
let servers: Server[] = [];

beforeEach(async () => {
  now = 0;
  const logger = pino({ level: 'silent' });
  const clock = () => now;
  registry = new MemoryRegistry({
    newRooms: { perSecond: 1, burst: 3 },
    limits: { load: 0.85, participants: 0 },
    nearest: {},
    random: Math.random,
    logger,
    now: clock,
  });
  await registry.heartbeat(reportOf('a'));
  now = LEARNING_TIME;
  await registry.heartbeat(reportOf('a'));
  connections = new EngineConnections();
  metrics = new CallMetrics();
  router = new CallRouter({ registry, connections, turn: null, region: 'eu', metrics, logger, now: clock });
});
afterEach(async () => {
  await connections.close();
  for (const server of servers) server.close();
  servers = [];
  await registry.close();
});

const PARTICIPANT: Caller = {
  kind: 'granted',
  grant: {
    rid: 'r1',
    uid: 'u1',
    name: null,
    publish: true,
    subscribe: true,
    administer: false,
    expiresAt: 2_000_000_000,
    subject: 'u1',
  },
};

/** @returns what the monitor answers, or the text of what an engine does */
async function call(method: string, ...params: readonly unknown[]): Promise<unknown> {
  const answered = await router.answer({
    call: { id: 'i', method, params },
    caller: OPEN_CALLER,
    body: '',
    headers: {},
    client: null,
  });
  return answered instanceof RelayedResponse ? String(answered.body) : answered;
}

test.each([
  ['locate', ['r2']],
  ['publish', ['r2', 'u1', '{}']],
  ['publish', ['r1', 'u2', '{}']],
  ['list', ['r2']],
  ['subscribe', ['r1', 'u2', 'cid']],
  ['turn', ['u2']],
])(
  '%s %j is not carried out for a token of another room or user, and places no room',
  async (method, params) => {
    const claim = vi.spyOn(registry, 'claim');
    const incoming = {
      call: { id: 'i', method, params },
      caller: PARTICIPANT,
      body: '',
      headers: {},
      client: null,
    };
    expect(await router.answer(incoming)).toMatchObject({ id: 'i', error: { code: 5004003, status: 202 } });
    expect(claim).not.toHaveBeenCalled();
  },
);

test('a million rooms that are not there cost no memory when they are asked for', async () => {
  const calls = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await call('list', `room-${i}`);
      await call('subscribe', `room-${i}`, 'ann', 'cid');
    }
  };
  await calls(0, 10_000);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  await calls(10_000, 1_000_000);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_GROWTH);
  expect(registry.roomCount).toBe(0);
}, 120_000);

test('calls are counted by method and by who answered, and unknown methods share a name', async () => {
  await call('turn', 'ann');
  await call('list', 'room');
  await call('subscribe', 'room', 'ann', 'cid');
  await call('nothing', 'room');
  await call('nothing else', 'room');
  const text = await metrics.registry.metrics();
  expect(text).toContain('kraken_monitor_calls_total{method="turn",answer="monitor"} 1');
  expect(text).toContain('kraken_monitor_calls_total{method="list",answer="monitor"} 1');
  expect(text).toContain('kraken_monitor_calls_total{method="subscribe",answer="5002001"} 1');
  expect(text).toContain('kraken_monitor_calls_total{method="unknown",answer="5001000"} 2');
  expect(text).toContain('kraken_monitor_call_duration_seconds_count{method="turn"} 1');
});

test.each([
  ['list', ['room', 'more'], 'expected 1 params (rid), got 2'],
  ['subscribe', ['room'], 'expected 3 params (rid, uid, cid), got 1, uid is missing'],
  ['subscribe', [], 'expected 3 params (rid, uid, cid), got 0, rid is missing'],
  ['trickle', ['room', 'ann', 'cid', 7], 'candidate is not a string'],
  ['restart', ['room', 'a b', 'cid', '{}'], 'uid holds white space or control characters'],
  ['mute', ['room', 'ann', 'cid', 'yes'], 'muted is not a boolean'],
  ['loudest', ['room', 'ann', 'cid', 'all'], 'loudest is neither null nor an integer from 0 to 100'],
  ['permit', ['room', 'ann', { publish: 'yes' }], 'permissions.publish is not a boolean'],
  ['silence', ['room', 'ann'], 'expected 3 params (rid, uid, silenced), got 2, silenced is missing'],
  ['remove', ['room', 'ann', 'cid'], 'expected 2 params (rid, uid), got 3'],
  [
    'publish',
    ['room', 'ann'],
    'expected 3 or 5 params (rid, uid, jsep, limit, callback), got 2, jsep is missing',
  ],
  ['locate', [7], 'rid is not a string'],
])(
  '%s with the parameters %j of a room that is not there says what is wrong',
  async (method, params, description) => {
    expect(await call(method, ...params)).toMatchObject({ error: { code: 5001000, description } });
    expect(registry.roomCount).toBe(0);
  },
);

test('more new rooms than a monitor may place are refused, and rooms that there are never', async () => {
  const codeOf = async (rid: string) => JSON.stringify(await call('locate', rid));
  for (const rid of ['r1', 'r2', 'r3']) expect(await codeOf(rid)).toContain('"url"');
  expect(await codeOf('r4')).toContain(
    '"code":5003106,"description":"a monitor places at most 1 new rooms per second: try again in some seconds"',
  );
  expect(await codeOf('r1')).toContain('"url"');
  now += 1_000;
  expect(await codeOf('r4')).toContain('"url"');
  expect(registry.roomCount).toBe(4);
});

describe('a call that goes where the room was a moment ago', () => {
  /** Bodies that came to each engine. */
  let asked: string[] = [];

  beforeEach(() => {
    asked = [];
  });

  /** An engine that says by whom a call was answered, and whether it has the room. */
  async function addEngine(engineId: string, hasRoom: boolean): Promise<void> {
    const server = createServer((_request, response) => {
      asked.push(engineId);
      if (!hasRoom) response.setHeader('kraken-refused', 'no-room');
      response.end(engineId);
    });
    servers.push(server);
    await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = `http://127.0.0.1:${address.port}/`;
    await registry.heartbeat(reportOf(engineId, { url, rooms: hasRoom ? ['room'] : [] }));
  }

  function recall(engineId: string): void {
    const engine = registry.engines.find(({ report }) => report.engineId === engineId);
    vi.spyOn(registry, 'recall').mockReturnValue(engine ?? null);
  }

  test('finds a room that moved behind the back of the monitor', async () => {
    await addEngine('old', false);
    await addEngine('new', true);
    recall('old');
    expect(await call('subscribe', 'room', 'ann', 'cid')).toBe('new');
    expect(asked).toEqual(['old', 'new']);
  });

  test('finds a room whose former engine is gone', async () => {
    await addEngine('new', true);
    await registry.heartbeat(reportOf('old', { url: 'http://127.0.0.1:1/' }));
    recall('old');
    expect(await call('list', 'room')).toBe('new');
  });

  test('is answered once by an engine that lacks the room where no other has it', async () => {
    await addEngine('old', false);
    recall('old');
    expect(await call('list', 'room')).toBe('old');
    expect(asked).toEqual(['old']);
  });

  test('is answered once by an engine that lacks the room and is still to have it', async () => {
    await addEngine('old', false);
    await registry.heartbeat(reportOf('a', { state: 'draining' }));
    await registry.claim('room', 'eu', 'locate');
    expect(await call('list', 'room')).toBe('old');
    expect(asked).toEqual(['old']);
  });

  test('joins nobody: who does is sent where the registry says', async () => {
    await addEngine('old', false);
    await addEngine('new', true);
    recall('old');
    expect(await call('publish', 'room', 'ann', '{}')).toBe('new');
    expect(asked).toEqual(['new']);
  });
});

test('a call that is under way to an engine that leaves the cluster is told that nobody is there, to join again', async () => {
  let called = () => {};
  const hasCome = new Promise<void>((fulfil) => {
    called = fulfil;
  });
  const server = createServer(() => called());
  servers.push(server);
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}/`;
  await registry.heartbeat(reportOf('leaving', { url, rooms: ['room'] }));
  const answered = call('subscribe', 'room', 'ann', 'cid');
  await hasCome;
  await registry.remove('leaving');
  connections.keep(new Set());
  expect(await answered).toMatchObject({ error: { code: 5002001 } });
});
