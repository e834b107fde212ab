import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { WrtcParticipant } from '../../engine/test/contract/wrtc-participant.js';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { type ClusterEngine, ClusterProcesses, isRunning } from './cluster-processes.js';
import { freePort } from './free-port.js';
import { PollingClient } from './polling-client.js';
import { until } from './until.js';

const ENGINE_DRAINING = 5003104;
/** As Kraken's clients do, ms. */
const POLL_INTERVAL = 3_000;
/** For those whose time is not measured, ms. */
const FAST_POLL_INTERVAL = 500;
/** Within which a client hears the others again whose room was handed over, ms. */
const BACK_WITHIN = 10_000;
/** Within which an engine ends that has no rooms, or is told to end at once, ms. */
const END_WITHIN = 8_000;
const START_TIMEOUT = 40_000;

let cluster: ClusterProcesses;
let clients: PollingClient[] = [];
let participants: WrtcParticipant[] = [];

afterEach(async () => {
  for (const client of [...clients, ...participants]) client.close();
  clients = [];
  participants = [];
  await cluster.stop();
});

async function joinRoom(rid: string, uid: string, interval = FAST_POLL_INTERVAL): Promise<PollingClient> {
  const client = await PollingClient.join(cluster.client, rid, uid, interval);
  clients.push(client);
  return client;
}

/** Joins and stays, without polling. */
async function enter(rid: string, uid: string): Promise<WrtcParticipant> {
  const participant = new WrtcParticipant(cluster.client, rid, uid);
  participants.push(participant);
  return participant.speak();
}

function untilHears(one: PollingClient, other: string, within = BACK_WITHIN): Promise<void> {
  return until(`${one.uid} hears ${other}`, () => one.hears().includes(other), within);
}

async function call(rid: string, interval?: number): Promise<readonly [PollingClient, PollingClient]> {
  const [ann, bob] = [await joinRoom(rid, 'ann', interval), await joinRoom(rid, 'bob', interval)];
  await Promise.all([untilHears(ann, 'bob'), untilHears(bob, 'ann')]);
  return [ann, bob];
}

async function onlyHolder(rid: string): Promise<ClusterEngine> {
  const [holder, ...more] = await cluster.holdersOf(rid);
  if (holder === undefined || more.length > 0) throw new Error(`${rid} is on ${more.length + 1} engines`);
  return holder;
}

function stateOf({ url }: ClusterEngine): () => Promise<string | undefined> {
  return async () => (await cluster.rows()).find((row) => row.url === url)?.state;
}

function untilDrains(engine: ClusterEngine): Promise<void> {
  const state = stateOf(engine);
  return until('drains', async () => (await state()) === 'draining', 5_000);
}

async function untilEnded(engine: ClusterEngine, within = END_WITHIN): Promise<void> {
  await until('ends', () => !isRunning(engine), within);
  const { exitCode, stdout } = await engine.process.ended;
  expect(exitCode).toBe(0);
  expect(stdout).toContain('"engine closed"');
}

const kill = ({ process }: ClusterEngine, signal: 'SIGTERM' | 'SIGINT') => process.process.kill(signal);

describe('an engine that gets SIGTERM', { timeout: START_TIMEOUT + 60_000 }, () => {
  test('keeps its rooms, lets people join them, gets no new ones, and ends with the last', async () => {
    cluster = await ClusterProcesses.start(2, 'drain-limit = 60\n');
    const [ann, bob] = await call('room');
    const drained = await onlyHolder('room');
    kill(drained, 'SIGTERM');
    await untilDrains(drained);
    for (let i = 0; i < 5; i++) {
      await enter(`new-${i}`, 'eve');
      expect((await onlyHolder(`new-${i}`)).url).not.toBe(drained.url);
    }
    const eve = await joinRoom('room', 'eve');
    await Promise.all([untilHears(eve, 'ann'), untilHears(ann, 'eve')]);
    expect((await onlyHolder('room')).url).toBe(drained.url);
    const offer = participants[0]?.jsep;
    const body = JSON.stringify({ id: 'i', method: 'publish', params: ['another', 'eve', offer] });
    const { headers, text } = await drained.client.post(body);
    expect(headers.get('kraken-refused')).toBe('draining');
    expect(JSON.parse(text)).toMatchObject({ error: { code: ENGINE_DRAINING } });
    for (const client of [ann, bob, eve]) await client.end();
    await untilEnded(drained);
    expect(await cluster.rows()).toHaveLength(1);
    expect([ann, bob, eve].map(({ rejoins }) => rejoins)).toEqual([0, 0, 0]);
  });

  test('hands its rooms over after the limit: all rejoin once, meet elsewhere, and hear each other again', async () => {
    cluster = await ClusterProcesses.start(2, 'drain-limit = 2\n');
    const [ann, bob] = await call('room', POLL_INTERVAL);
    const drained = await onlyHolder('room');
    kill(drained, 'SIGTERM');
    await until('handed over', async () => (await cluster.holdersOf('room'))[0]?.url !== drained.url, 5_000);
    const movedAt = performance.now();
    const left = () => BACK_WITHIN - (performance.now() - movedAt);
    await until('both have rejoined', () => ann.rejoins === 1 && bob.rejoins === 1, left());
    await Promise.all([untilHears(ann, 'bob', left()), untilHears(bob, 'ann', left())]);
    expect((await onlyHolder('room')).url).not.toBe(drained.url);
    await untilEnded(drained);
    expect([...ann.failures, ...bob.failures]).toEqual([]);
    expect([ann.rejoins, bob.rejoins]).toEqual([1, 1]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('twice, or then %s, ends at once', async (second) => {
    cluster = await ClusterProcesses.start(2, 'drain-limit = 60\n');
    await enter('room', 'ann');
    const drained = await onlyHolder('room');
    kill(drained, 'SIGTERM');
    await untilDrains(drained);
    await sleep(500);
    kill(drained, second);
    await untilEnded(drained);
    expect(await cluster.rows()).toHaveLength(1);
  });

  test('and is the last one keeps its rooms, says so, and hands them over when another engine comes', async () => {
    cluster = await ClusterProcesses.start(1, 'drain-limit = 1\n');
    const [ann, bob] = await call('room');
    const last = await onlyHolder('room');
    kill(last, 'SIGTERM');
    await until('says so', () => last.process.stdout.includes('no other engine takes rooms'));
    await sleep(2_000);
    await Promise.all([untilHears(ann, 'bob'), untilHears(bob, 'ann')]);
    expect([ann.rejoins, bob.rejoins]).toEqual([0, 0]);
    const successor = await cluster.addEngine();
    await untilEnded(last, 15_000);
    await Promise.all([untilHears(ann, 'bob'), untilHears(bob, 'ann')]);
    expect((await onlyHolder('room')).url).toBe(successor.url);
    expect([ann.rejoins, bob.rejoins]).toEqual([1, 1]);
    expect([...ann.failures, ...bob.failures]).toEqual([]);
  });

  test('while its monitor is not there ends with its last room all the same', async () => {
    cluster = await ClusterProcesses.start(1, 'drain-limit = 60\n');
    const ann = await enter('room', 'ann');
    const drained = await onlyHolder('room');
    await cluster.monitor.stop('SIGKILL');
    kill(drained, 'SIGTERM');
    await sleep(1_000);
    expect(isRunning(drained)).toBe(true);
    await drained.client.call('end', 'room', 'ann', ann.cid);
    await untilEnded(drained);
  });
});

describe('kraken drain', { timeout: START_TIMEOUT + 60_000 }, () => {
  const kraken = (...args: readonly string[]) => new KrakenProcess(...args).ended;

  test('has an engine do what it does at SIGTERM, and cluster status shows it', async () => {
    cluster = await ClusterProcesses.start(2, 'drain-limit = 3\n');
    const [ann, bob] = await call('room');
    const drained = await onlyHolder('room');
    const config = cluster.monitorConfig;
    const untilCounted = (rooms: number) =>
      until(`${rooms} rooms`, async () => (await cluster.client.call('info')).active_rooms === rooms, 5_000);
    await untilCounted(1);
    const before = await kraken('cluster', 'status', '-c', config);
    expect(before).toMatchObject({ exitCode: 0, stderr: '' });
    expect(before.stdout).toContain('2 engines, 2 serving');

    const asked = await kraken('drain', drained.url, '-c', config);
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(asked.stdout).toMatch(/^engine \S+ at http:\S+ drains: rooms 1, participants 2; [^\n]+\n$/);
    const { stdout } = await kraken('cluster', 'status', '-c', drained.config);
    expect(stdout).toContain('2 engines, 1 draining, 1 serving');
    await enter('new', 'eve');
    expect((await onlyHolder('new')).url).not.toBe(drained.url);

    await untilEnded(drained, 20_000);
    await Promise.all([untilHears(ann, 'bob'), untilHears(bob, 'ann')]);
    expect([ann.rejoins, bob.rejoins]).toEqual([1, 1]);
    expect([...ann.failures, ...bob.failures]).toEqual([]);
    await untilCounted(2);
    const after = await kraken('cluster', 'status', '--json', '--monitor', cluster.client.url);
    expect(JSON.parse(after.stdout)).toMatchObject({ active_rooms: 2, engines: [{ state: 'serving' }] });
  });

  test('and cluster status say in one line what does not work', async () => {
    cluster = await ClusterProcesses.start(2);
    const config = cluster.monitorConfig;
    const [engine] = cluster.engines;
    const monitor = cluster.client.url;
    const engineUrl = engine?.url ?? '';
    const nowhere = `http://127.0.0.1:${await freePort()}/`;
    const failures: readonly [readonly string[], string][] = [
      [['drain', 'nobody', '-c', config], 'no engine "nobody" in the cluster (see kraken cluster status)'],
      [['drain', engineUrl, '--monitor', monitor], "the cluster's secret is not known"],
      [['drain', engineUrl, '--monitor', engineUrl, '-c', config], 'is no monitor'],
      [['cluster', 'status', '--monitor', engineUrl], 'is no monitor'],
      [['cluster', 'status', '--monitor', nowhere], 'cannot be reached (ECONNREFUSED)'],
    ];
    for (const [args, message] of failures) {
      const { exitCode, stdout, stderr } = await kraken(...args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(stderr).toContain(message);
    }
    const wrong = join(mkdtempSync(join(tmpdir(), 'kraken-wrong-')), 'monitor.toml');
    writeFileSync(wrong, '[monitor]\nsecret = "wrong"\n');
    expect(await kraken('drain', engineUrl, '-c', wrong, '--monitor', monitor)).toMatchObject({
      exitCode: 1,
      stderr: `the monitor at ${monitor} does not take the secret\n`,
    });
    rmSync(dirname(wrong), { recursive: true });
    expect((await cluster.rows()).map(({ state }) => state)).toEqual(['serving', 'serving']);
  });
});
