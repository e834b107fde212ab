/** Engines of a cluster are restarted one after the other, as an update does it, while people talk in many rooms. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type ClusterEngine, ClusterProcesses, isRunning } from './cluster-processes.js';
import { PollingClient } from './polling-client.js';
import { until } from './until.js';

const ENGINES = 3;
const ROOMS = 12;
const DRAIN_LIMIT = 'drain-limit = 1\n';
/** ms */
const POLL_INTERVAL = 1_000;
/** How often it is looked where the rooms are, ms. */
const WATCH_INTERVAL = 100;
/** For an engine to hand over all its rooms and to end, and for all to hear each other again, ms. */
const WITHIN = 30_000;
const TIMEOUT = 240_000;

interface Call {
  readonly rid: string;
  readonly people: readonly [PollingClient, PollingClient];
}

let cluster: ClusterProcesses;
let calls: Call[] = [];
const watching = new AbortController();

afterEach(async () => {
  watching.abort();
  for (const { people } of calls) for (const client of people) client.close();
  await cluster.stop();
});

async function startCall(rid: string): Promise<Call> {
  const ann = await PollingClient.join(cluster.client, rid, 'ann', POLL_INTERVAL);
  const bob = await PollingClient.join(cluster.client, rid, 'bob', POLL_INTERVAL);
  return { rid, people: [ann, bob] };
}

function untilAllHear(): Promise<void> {
  const hear = ({ people: [ann, bob] }: Call) => ann.hears().join() === 'bob' && bob.hears().join() === 'ann';
  return until('all hear each other', () => calls.every(hear), WITHIN);
}

/** @returns the rooms that an engine has now; none when it ends meanwhile */
async function roomsOf({ client }: ClusterEngine): Promise<ReadonlySet<string>> {
  try {
    const held = calls.map(async ({ rid }) =>
      (await client.call('list', rid)).peers.length > 0 ? [rid] : [],
    );
    return new Set((await Promise.all(held)).flat());
  } catch {
    return new Set();
  }
}

async function look(): Promise<ReadonlyMap<ClusterEngine, ReadonlySet<string>>> {
  const rooms = new Map<ClusterEngine, ReadonlySet<string>>();
  for (const engine of cluster.engines.filter(isRunning)) rooms.set(engine, await roomsOf(engine));
  return rooms;
}

/**
 * Looks all the time for rooms that are on two engines. One engine is asked after the other, and a room may move
 * between; but what is on both, twice in a row, was on both at the moment between.
 */
async function watch(doubled: Set<string>): Promise<void> {
  while (!watching.signal.aborted) {
    const first = await look();
    const second = await look();
    const seen = new Set<string>();
    for (const [engine, rooms] of first) {
      for (const rid of rooms) {
        if (second.get(engine)?.has(rid) !== true) continue;
        if (seen.has(rid)) doubled.add(rid);
        seen.add(rid);
      }
    }
    await sleep(WATCH_INTERVAL);
  }
}

const rejoinsOf = () => calls.map(({ people }) => people.map(({ rejoins }) => rejoins));

test('a rolling restart costs a call at most one rejoin for each engine that had it, and no call fails', {
  timeout: TIMEOUT,
}, async () => {
  cluster = await ClusterProcesses.start(ENGINES, DRAIN_LIMIT);
  calls = await Promise.all(Array.from({ length: ROOMS }, (_, i) => startCall(`room-${i}`)));
  await untilAllHear();
  const doubled = new Set<string>();
  const watched = watch(doubled);
  let moved = 0;
  for (const engine of [...cluster.engines]) {
    const held = await roomsOf(engine);
    const before = rejoinsOf();
    moved += held.size;
    engine.process.process.kill('SIGTERM');
    await until('ended', () => !isRunning(engine), WITHIN);
    expect((await engine.process.ended).exitCode).toBe(0);
    await cluster.replace(engine, DRAIN_LIMIT);
    await cluster.untilReady(ENGINES);
    await untilAllHear();
    const expected = calls.map(({ rid }, place) =>
      before[place]?.map((rejoins) => rejoins + (held.has(rid) ? 1 : 0)),
    );
    expect(rejoinsOf()).toEqual(expected);
  }
  watching.abort();
  await watched;
  expect(moved).toBeGreaterThanOrEqual(ROOMS);
  expect([...doubled]).toEqual([]);
  expect(calls.flatMap(({ people }) => people.flatMap(({ failures }) => failures))).toEqual([]);
  for (const { rid } of calls) expect(await cluster.holdersOf(rid)).toHaveLength(1);
});
