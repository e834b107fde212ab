import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE } from '@kraken/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { CallError, type EngineClient } from '../../engine/test/contract/engine-client.js';
import { WrtcParticipant } from '../../engine/test/contract/wrtc-participant.js';
import { PollingClient } from './polling-client.js';
import { RoomWatch } from './room-watch.js';
import { type LinkedEngine, SharedCluster } from './shared-cluster.js';
import { until } from './until.js';

const REGISTRY_UNREACHABLE = 5003105;
const ENGINE_CUT_OFF = 5003103;
const JOINED = 0;
/** As Kraken's clients do, ms. */
const POLL_INTERVAL = 3_000;
/** Within which a client hears the others again, ms. */
const BACK_WITHIN = 10_000;
const TIMEOUT = 90_000;

let cluster: SharedCluster;
let clients: PollingClient[] = [];
let watching: RoomWatch | null = null;

async function join(rid: string, uid: string): Promise<PollingClient> {
  const client = await PollingClient.join(cluster.client, rid, uid, POLL_INTERVAL);
  clients.push(client);
  return client;
}

async function call(rid: string): Promise<readonly [PollingClient, PollingClient]> {
  const [ann, bob] = [await join(rid, 'ann'), await join(rid, 'bob')];
  await untilTheyTalk(ann, bob);
  watching = new RoomWatch(cluster, rid);
  return [ann, bob];
}

async function untilTheyTalk(ann: PollingClient, bob: PollingClient, within = BACK_WITHIN): Promise<void> {
  const talk = () => ann.hears().includes(bob.uid) && bob.hears().includes(ann.uid);
  await until(`${ann.uid} and ${bob.uid} hear each other`, talk, within);
}

async function onlyHolder(rid: string): Promise<LinkedEngine> {
  const [holder, ...more] = await cluster.holdersOf(rid);
  if (holder === undefined || more.length > 0) throw new Error(`${rid} is on ${more.length + 1} engines`);
  return holder;
}

/** Has somebody join by each monitor, who does not stay. @returns the codes that they get */
function codesOfJoining(rid: string): Promise<readonly number[]> {
  return Promise.all(cluster.monitors.map(({ client }, i) => codeOfJoining(client, rid, `visitor-${i}`)));
}

async function codeOfJoining(client: EngineClient, rid: string, uid: string): Promise<number> {
  const visitor = new WrtcParticipant(client, rid, uid);
  try {
    await visitor.listen();
    await visitor.end();
    return JOINED;
  } catch (error) {
    if (error instanceof CallError) return error.code;
    throw error;
  } finally {
    visitor.close();
  }
}

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await watching?.end();
  for (const client of clients) client.close();
  clients = [];
  await cluster.stop();
  expect(watching?.splits ?? []).toEqual([]);
  watching = null;
}, TIMEOUT);

describe('two monitors that share Redis', () => {
  test(
    'put a room on one engine, whichever of them is asked, and each finds it there',
    async () => {
      cluster = await SharedCluster.start(2, 'direct');
      await call('room');
      const seen = new Set<string>();
      let rooms = 0;
      // Each room counts as load: one engine that is busier gets none until the other one is as busy.
      await until('both engines have rooms', async () => {
        const rids = Array.from({ length: 30 }, () => `room-${rooms++}`);
        const places = await Promise.all(
          rids.map((rid) => Promise.all(cluster.monitors.map(({ client }) => locate(client.url, rid)))),
        );
        for (const [one, other] of places) expect(one).toBe(other);
        for (const place of places.flat()) seen.add(place);
        return seen.size === 2;
      });
      for (const { client } of cluster.monitors) {
        expect((await client.call('list', 'room')).peers).toHaveLength(2);
      }
    },
    TIMEOUT,
  );

  test(
    'and one of which is killed disturb nobody: the other goes on, for clients and for engines',
    async () => {
      cluster = await SharedCluster.start(2, 'direct');
      const [ann, bob] = await call('room');
      await cluster.monitors[0]?.process.stop('SIGKILL');
      await sleep(ENGINE_SILENCE + 2_000);
      const eve = await join('room', 'eve');
      await untilTheyTalk(ann, eve);
      await untilTheyTalk(ann, bob);
      expect([ann.rejoins, bob.rejoins]).toEqual([0, 0]);
      for (const monitor of cluster.monitors.slice(0, 1)) await cluster.restart(monitor);
      await until('both know', () => cluster.knows(2));
      expect(await codesOfJoining('room')).toEqual([JOINED, JOINED]);
    },
    TIMEOUT,
  );

  test(
    'bring people together again whose engine was killed',
    async () => {
      cluster = await SharedCluster.start(2, 'direct');
      const [ann, bob] = await call('room');
      const dead = await onlyHolder('room');
      const killedAt = performance.now();
      await dead.process.stop('SIGKILL');
      await until('both are elsewhere', () => ann.rejoins === 1 && bob.rejoins === 1);
      await untilTheyTalk(ann, bob, BACK_WITHIN - (performance.now() - killedAt));
      expect((await onlyHolder('room')).url).not.toBe(dead.url);
    },
    TIMEOUT,
  );
});

describe('an engine that announces itself in Redis', () => {
  test(
    'gets calls without a monitor hearing it, keeps them while none is there, and leaves them when it is cut off',
    async () => {
      cluster = await SharedCluster.start(0, 'direct');
      const first = await cluster.addEngine('redis');
      await until('known', () => cluster.knows(1));
      const [ann, bob] = await call('room');
      await Promise.all(cluster.monitors.map(({ process }) => process.stop('SIGKILL')));
      await sleep(ENGINE_SILENCE + 2_000);
      expect(await codeOfJoining(first.client, 'room', 'eve')).toBe(JOINED);
      for (const monitor of cluster.monitors) await cluster.restart(monitor);
      await until('both know', () => cluster.knows(1));
      await untilTheyTalk(ann, bob);
      expect([ann.rejoins, bob.rejoins]).toEqual([0, 0]);
      const second = await cluster.addEngine('redis');
      await until('both are known', () => cluster.knows(2));
      watching?.except(first);
      first.wayToMonitors.cut();
      await until('both are elsewhere', () => ann.rejoins === 1 && bob.rejoins === 1, 2 * BACK_WITHIN);
      await untilTheyTalk(ann, bob);
      expect(await codeOfJoining(first.client, 'room', 'eve')).toBe(ENGINE_CUT_OFF);
      expect((await second.client.call('list', 'room')).peers).toHaveLength(2);
      await second.process.stop('SIGINT');
      await until('it has left', () => cluster.knows(0));
    },
    TIMEOUT,
  );
});

describe('Redis that is killed', () => {
  test(
    'disturbs no call; people join calls that there are, and none that is new until it is back',
    async () => {
      cluster = await SharedCluster.start(2, 'direct');
      const [ann, bob] = await call('room');
      const holder = await onlyHolder('room');
      await cluster.redis.kill();
      await sleep(ENGINE_SILENCE + 2_000);
      expect(await codesOfJoining('new')).toEqual([REGISTRY_UNREACHABLE, REGISTRY_UNREACHABLE]);
      await until(
        'both know',
        async () => (await codesOfJoining('room')).every((code) => code === JOINED),
        2 * BACK_WITHIN,
      );
      const eve = await join('room', 'eve');
      await untilTheyTalk(ann, eve);
      await cluster.redis.start();
      await until('new rooms', async () => (await codesOfJoining('new')).every((code) => code === JOINED));
      await untilTheyTalk(ann, bob);
      expect([ann, bob, eve].map(({ rejoins }) => rejoins)).toEqual([0, 0, 0]);
      expect((await onlyHolder('room')).url).toBe(holder.url);
    },
    TIMEOUT,
  );
});

describe('a network that stops passing bytes', () => {
  test(
    'between an engine and the monitors moves its calls, and it takes nobody new',
    async () => {
      cluster = await SharedCluster.start(2, 'direct');
      const [ann, bob] = await call('room');
      const lonely = await onlyHolder('room');
      watching?.except(lonely);
      lonely.wayToMonitors.cut();
      const cutAt = performance.now();
      await until('both are elsewhere', () => ann.rejoins === 1 && bob.rejoins === 1, 2 * BACK_WITHIN);
      await untilTheyTalk(ann, bob);
      expect(performance.now() - cutAt).toBeLessThan(ENGINE_SILENCE + BACK_WITHIN);
      expect(await codeOfJoining(lonely.client, 'room', 'eve')).toBe(ENGINE_CUT_OFF);
      lonely.wayToMonitors.heal();
      await until('heard again', () => cluster.knows(2));
      await untilTheyTalk(ann, bob);
      expect((await onlyHolder('room')).url).not.toBe(lonely.url);
    },
    TIMEOUT,
  );

  test(
    'between one monitor and Redis leaves the other, to which clients and engines go',
    async () => {
      cluster = await SharedCluster.start(2, 'cuttable');
      const [ann, bob] = await call('room');
      const holder = await onlyHolder('room');
      cluster.monitors[0]?.wayToRedis?.cut();
      await sleep(2 * ENGINE_SILENCE);
      const eve = await join('room', 'eve');
      await untilTheyTalk(ann, eve);
      await join('new', 'zoe');
      cluster.monitors[0]?.wayToRedis?.heal();
      await until('ready again', () => cluster.isReady());
      expect(await codesOfJoining('room')).toEqual([JOINED, JOINED]);
      await untilTheyTalk(ann, bob);
      expect([ann, bob, eve].map(({ rejoins }) => rejoins)).toEqual([0, 0, 0]);
      expect((await onlyHolder('room')).url).toBe(holder.url);
    },
    TIMEOUT,
  );

  test(
    'between all monitors and Redis lets calls go on, and nobody join, until it passes them again',
    async () => {
      cluster = await SharedCluster.start(2, 'cuttable');
      const [ann, bob] = await call('room');
      const holder = await onlyHolder('room');
      for (const { wayToRedis } of cluster.monitors) wayToRedis?.cut();
      await sleep(ENGINE_SILENCE + 3_000);
      expect(await codesOfJoining('new')).toEqual([REGISTRY_UNREACHABLE, REGISTRY_UNREACHABLE]);
      for (const code of await codesOfJoining('room')) {
        expect([ENGINE_CUT_OFF, REGISTRY_UNREACHABLE]).toContain(code);
      }
      for (const { wayToRedis } of cluster.monitors) wayToRedis?.heal();
      await until('open again', async () => (await codesOfJoining('room')).every((code) => code === JOINED));
      await untilTheyTalk(ann, bob);
      expect([ann.rejoins, bob.rejoins]).toEqual([0, 0]);
      expect((await onlyHolder('room')).url).toBe(holder.url);
    },
    TIMEOUT,
  );
});

async function locate(url: string, rid: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ id: 'i', method: 'locate', params: [rid] }),
  });
  return JSON.parse(await response.text()).data.url;
}
