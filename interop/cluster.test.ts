import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE } from '@kraken/protocol';
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterEngine, ClusterProcesses } from '../packages/monitor/test/cluster-processes.js';
import { RoomWatch, type WatchedCluster } from '../packages/monitor/test/room-watch.js';
import { SharedCluster } from '../packages/monitor/test/shared-cluster.js';
import { until } from '../packages/monitor/test/until.js';
import { PageCall } from './page-call.js';
import { newRoom } from './participant.js';
import { Cleanup, startChromium, startFirefox } from './test-room.js';
import { toneOf } from './tones.js';
import { Visitor } from './visitor.js';

const DRAINING_SOON = 'drain-limit = 2\n';
/** Within which people hear each other again whose engine is no more, ms. */
const BACK_WITHIN = 10_000;
/** Longest silence that is no interruption, ms: several times what a lost packet or a busy machine makes. */
const SILENCE_MAX = 400;
/** In a call in which nothing happens the page asks for news every 3 s, from 20 s on. */
const SLOW_POLL_INTERVAL = 2_900;
const SLOW_WITHIN = 30_000;
/** In which all that depends on a process has noticed that it is no more, ms. */
const NOTICED_WITHIN = ENGINE_SILENCE + 2_000;

const file = new Cleanup();
let chromium: Browser;

beforeAll(async () => {
  chromium = await startChromium(file);
});
afterAll(() => file.run());

async function beginCall(url: string, cleanup: Cleanup): Promise<PageCall> {
  const call = new PageCall(url, cleanup);
  await call.join(chromium, 'Ann');
  await call.join(chromium, 'Bob');
  await call.untilAllTalk();
  return call;
}

async function expectNoBreak(call: PageCall, joins: readonly number[]): Promise<void> {
  await call.untilAllTalk();
  expect(await call.joins()).toEqual(joins);
  expect(await call.longestSilence()).toBeLessThan(SILENCE_MAX);
}

/** @param cluster whose engines are asked all the time whether more than one has the room */
function watchRoom(cluster: WatchedCluster, room: string, cleanup: Cleanup): void {
  const watch = new RoomWatch(cluster, room);
  cleanup.defer(async () => {
    await watch.end();
    expect(watch.looks).toBeGreaterThan(0);
    expect(watch.splits).toEqual([]);
  });
}

describe('visitors of a monitor’s page', () => {
  const group = new Cleanup();
  const each = new Cleanup();
  let cluster: ClusterProcesses;
  let call: PageCall;

  async function onlyHolder(): Promise<ClusterEngine> {
    const [holder, ...more] = await cluster.holdersOf(call.room);
    if (holder === undefined || more.length > 0) throw new Error(`on ${more.length + 1} engines`);
    return holder;
  }

  beforeAll(async () => {
    cluster = await ClusterProcesses.start(2, DRAINING_SOON);
    group.defer(() => cluster.stop());
  });
  afterEach(() => each.run());
  afterAll(() => group.run());

  test('join the same room and hear each other', async () => {
    call = await beginCall(cluster.client.url, group);
    watchRoom(cluster, call.room, group);
  });

  test('hear each other without a break while the monitor is killed and started anew, and are told', async () => {
    const joins = await call.joins();
    await call.watchSilences();
    await cluster.monitor.stop('SIGKILL');
    await sleep(NOTICED_WITHIN);
    for (const visitor of call.visitors) {
      await visitor.untilState('unanswered');
      expect(await visitor.text('#banner-text')).toContain('The server does not answer.');
    }
    await cluster.restartMonitor();
    await cluster.untilReady(2);
    for (const visitor of call.visitors) {
      await visitor.untilState('connected');
      expect(await visitor.text('#banner-text')).toBe('');
    }
    await expectNoBreak(call, joins);
  });

  test('meet on another engine when theirs is killed', async () => {
    await call.untilAllPollEvery(SLOW_POLL_INTERVAL, SLOW_WITHIN);
    const joins = await call.joins();
    const dead = await onlyHolder();
    await call.visitors[0]?.forgetSpeakers();
    const killedAt = performance.now();
    await dead.process.stop('SIGKILL');
    await call.untilAllAreBack(joins, BACK_WITHIN);
    console.log(`killed: all are back after ${Math.round(performance.now() - killedAt)} ms`);
    expect((await onlyHolder()).url).not.toBe(dead.url);
    // The streams of the dead engine were watched till now: had they been interrupted before, it would have shown.
    expect(await call.longestSilence()).toBeGreaterThan(SILENCE_MAX);
    await call.visitors[0]?.untilTiles({ Ann: 'talking', Bob: 'talking' });
    await call.visitors[0]?.untilSpeaking(['Ann']);
    await cluster.replace(dead, DRAINING_SOON);
  });

  test('rejoin once when their engine drains, and meet on another one', async () => {
    const serving = async () => (await cluster.rows()).filter(({ state }) => state === 'serving').length;
    await until('two engines serve', async () => (await serving()) === 2);
    const joins = await call.joins();
    const drained = await onlyHolder();
    drained.process.process.kill('SIGTERM');
    const isHandedOver = async () => (await cluster.holdersOf(call.room))[0]?.url !== drained.url;
    await until('handed over', isHandedOver);
    const movedAt = performance.now();
    await call.untilAllAreBack(joins, BACK_WITHIN);
    console.log(`drained: all are back after ${Math.round(performance.now() - movedAt)} ms`);
    expect((await drained.process.ended).exitCode).toBe(0);
    expect((await onlyHolder()).url).not.toBe(drained.url);
    expect(await call.joins()).toEqual(joins.map((count) => count + 1));
  });

  test('hear each other when one has Chromium and the other Firefox', async () => {
    const mixed = new PageCall(cluster.client.url, each);
    await mixed.join(chromium, 'Ann');
    await mixed.joinFromFirefox(await startFirefox(each), 'Bob');
    await mixed.untilAllTalk();
  });
});

describe('visitors of a page behind two monitors that share Redis', () => {
  const group = new Cleanup();
  let cluster: SharedCluster;
  let call: PageCall;

  beforeAll(async () => {
    cluster = await SharedCluster.start(2, 'direct');
    group.defer(() => cluster.stop());
  });
  afterAll(() => group.run());

  test('hear each other without a break when a monitor is killed, and who comes then', async () => {
    call = await beginCall(cluster.client.url, group);
    watchRoom(cluster, call.room, group);
    await call.watchSilences();
    await cluster.monitors[0]?.process.stop('SIGKILL');
    await sleep(NOTICED_WITHIN);
    expect(await call.longestSilence()).toBeLessThan(SILENCE_MAX);
    await call.join(chromium, 'Eve');
    await call.untilAllTalk();
    expect(await call.joins()).toEqual([1, 1, 1]);
  });

  test('hear each other without a break while Redis is gone', async () => {
    await call.watchSilences();
    await cluster.redis.kill();
    await sleep(NOTICED_WITHIN);
    await expectNoBreak(call, [1, 1, 1]);
  });

  test('and while a monitor that comes anew does not know where rooms are; others are told to wait', async () => {
    for (const monitor of cluster.monitors.slice(1)) await cluster.restart(monitor);
    await sleep(NOTICED_WITHIN);
    const { url } = cluster.client;
    const late = { browser: chromium, url, room: newRoom(), name: 'Late', tone: toneOf(9) };
    expect(await (await Visitor.open(group, late)).joinInVain()).toContain('Try again in a moment.');
    await expectNoBreak(call, [1, 1, 1]);
  });
});
