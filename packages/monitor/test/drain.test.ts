import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { WrtcParticipant } from '../../engine/test/contract/wrtc-participant.js';
import { type ClusterEngine, ClusterProcesses, isRunning } from './cluster-processes.js';
import { PollingClient } from './polling-client.js';

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

async function join(rid: string, uid: string, interval = FAST_POLL_INTERVAL): Promise<PollingClient> {
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

async function until(what: string, within: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(50);
  }
}

function untilHears(one: PollingClient, other: string, within = BACK_WITHIN): Promise<void> {
  return until(`${one.uid} hears ${other}`, within, () => one.hears().includes(other));
}

async function call(rid: string, interval?: number): Promise<readonly [PollingClient, PollingClient]> {
  const [ann, bob] = [await join(rid, 'ann', interval), await join(rid, 'bob', interval)];
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
  return until('drains', 5_000, async () => (await state()) === 'draining');
}

async function untilEnded(engine: ClusterEngine, within = END_WITHIN): Promise<void> {
  await until('ends', within, () => !isRunning(engine));
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
    const eve = await join('room', 'eve');
    await Promise.all([untilHears(eve, 'ann'), untilHears(ann, 'eve')]);
    expect((await onlyHolder('room')).url).toBe(drained.url);
    const offer = JSON.stringify(participants[0]?.connection.localDescription);
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
    await until('handed over', 5_000, async () => (await cluster.holdersOf('room'))[0]?.url !== drained.url);
    const movedAt = performance.now();
    const left = () => BACK_WITHIN - (performance.now() - movedAt);
    await until('both have rejoined', left(), () => ann.rejoins === 1 && bob.rejoins === 1);
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
    await until('says so', 10_000, () => last.process.stdout.includes('no other engine takes rooms'));
    await sleep(2_000);
    expect([ann.hears(), bob.hears()]).toEqual([['bob'], ['ann']]);
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
