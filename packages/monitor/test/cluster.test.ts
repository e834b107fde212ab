import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE } from '@kraken/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WrtcParticipant } from '../../engine/test/contract/wrtc-participant.js';
import { SECRET } from './cluster-files.js';
import { type ClusterEngine, ClusterProcesses } from './cluster-processes.js';

const PEER_NOT_FOUND = 5002001;
const NO_ENGINE = 5003100;
const ENGINE_CUT_OFF = 5003103;
/** As Kraken's clients do, ms. */
const POLL_INTERVAL = 3_000;
/** Within which a client is back in its call after an engine's death, ms. */
const BACK_WITHIN = 10_000;
/** A monitor learns for five seconds. */
const START_TIMEOUT = 40_000;

let cluster: ClusterProcesses;
let participants: WrtcParticipant[] = [];

async function startCluster(): Promise<void> {
  cluster = await ClusterProcesses.start(2);
}

async function stopCluster(): Promise<void> {
  for (const participant of participants) participant.close();
  participants = [];
  await cluster.stop();
}

async function speak(rid: string, uid: string): Promise<WrtcParticipant> {
  const participant = new WrtcParticipant(cluster.client, rid, uid);
  participants.push(participant);
  return participant.speak();
}

async function listen(rid: string, uid: string): Promise<WrtcParticipant> {
  const participant = new WrtcParticipant(cluster.client, rid, uid);
  participants.push(participant);
  return participant.listen();
}

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = BACK_WITHIN,
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(50);
  }
}

/** Polls faster than clients do, so that tests take less time. */
async function untilHears(listener: WrtcParticipant, uids: readonly string[]): Promise<void> {
  await until(`hears ${uids.join()}`, async () => {
    await listener.poll();
    return JSON.stringify(listener.hears()) === JSON.stringify(uids);
  });
}

async function onlyHolder(rid: string): Promise<ClusterEngine> {
  const [holder, ...more] = await cluster.holdersOf(rid);
  if (holder === undefined || more.length > 0) throw new Error(`${rid} is on ${more.length + 1} engines`);
  return holder;
}

describe('a client of the monitor', () => {
  beforeEach(startCluster, START_TIMEOUT);
  afterEach(stopCluster);

  test('joins, hears the others and leaves as with one engine, and each room is on one engine', async () => {
    const ann = await speak('room', 'ann');
    const bob = await speak('room', 'bob');
    const eve = await speak('other', 'eve');
    await Promise.all([untilHears(ann, ['bob']), untilHears(bob, ['ann'])]);
    await onlyHolder('room');
    await onlyHolder('other');
    expect((await cluster.client.call('list', 'room')).peers.map(({ id }) => id).sort()).toEqual([
      'ann',
      'bob',
    ]);
    expect(eve.hears()).toEqual([]);
    await bob.end();
    expect((await cluster.client.call('list', 'room')).peers.map(({ id }) => id)).toEqual(['ann']);
  });

  test('gets the sums of all engines from info, and TURN credentials', async () => {
    await speak('room', 'ann');
    await speak('other', 'bob');
    await until('counted', async () => (await cluster.client.call('info')).active_peers === 2);
    expect(await cluster.client.call('info')).toMatchObject({ active_rooms: 2 });
    expect(await cluster.rows()).toHaveLength(2);
    expect(await cluster.client.call('turn', 'ann')).toHaveLength(2);
  });

  test('places nothing by asking for rooms that are not there', async () => {
    for (let i = 0; i < 200; i++) {
      expect(await cluster.client.call('list', `room-${i}`)).toEqual({ peers: [] });
      expect(await cluster.client.codeOf('subscribe', `room-${i}`, 'ann', 'cid')).toBe(PEER_NOT_FOUND);
    }
    const { text } = await cluster.client.request('GET', '/metrics');
    expect(text).toContain('\nkraken_cluster_rooms 0\n');
  });
});

describe('a call to the monitor', () => {
  beforeAll(startCluster, START_TIMEOUT);
  afterAll(stopCluster);

  test('locate tells where a room is, for who talks to the engine itself', async () => {
    const { text } = await cluster.client.post(
      JSON.stringify({ id: 'i', method: 'locate', params: ['room'] }),
    );
    const { url } = JSON.parse(text).data;
    const engine = cluster.engines.find((one) => one.url === url);
    expect(engine).toBeDefined();
    await speak('room', 'ann');
    expect((await onlyHolder('room')).url).toBe(url);
  });

  test.each([
    ['an id of 257 bytes', 'list', ['x'.repeat(257)], 5001000],
    ['no parameters', 'publish', [], 5001000],
    ['an unknown method', 'nothing', ['room'], 5001000],
    ['a peer that is nowhere', 'subscribe', ['nowhere', 'ann', 'cid'], PEER_NOT_FOUND],
    [
      'SDP that is none, which an engine refuses',
      'publish',
      ['room', 'ann', '{"type":"offer","sdp":""}'],
      5001001,
    ],
  ])('is answered with the code of %s', async (_, method, params, code) => {
    expect(await cluster.client.codeOf(method, ...params)).toBe(code);
  });
});

describe('an engine that is killed', () => {
  beforeEach(startCluster, START_TIMEOUT);
  afterEach(stopCluster);

  test('loses its rooms: who polls is told to rejoin, and all meet on a living engine', async () => {
    const ann = await speak('room', 'ann');
    const bob = await listen('room', 'bob');
    await untilHears(bob, ['ann']);
    const dead = await onlyHolder('room');
    const diedAt = performance.now();
    await dead.process.stop('SIGKILL');
    for (const { uid, cid } of [ann, bob]) {
      expect(await cluster.client.codeOf('subscribe', 'room', uid, cid)).toBe(PEER_NOT_FOUND);
    }
    await speak('room', 'ann');
    const back = await listen('room', 'bob');
    await untilHears(back, ['ann']);
    expect(performance.now() - diedAt + POLL_INTERVAL).toBeLessThan(BACK_WITHIN);
    expect((await onlyHolder('room')).url).not.toBe(dead.url);
  });

  test('and was the last one leaves a clear error', async () => {
    for (const engine of cluster.engines) await engine.process.stop('SIGKILL');
    const error = await cluster.client.failureOf('publish', 'room', 'ann', '{"type":"offer","sdp":""}');
    expect(error).toMatchObject({ code: NO_ENGINE, description: expect.stringContaining('0 engines') });
  });

  test('that hangs is dead after five seconds of silence', async () => {
    await speak('room', 'ann');
    const hung = await onlyHolder('room');
    hung.process.process.kill('SIGSTOP');
    await until('forgotten', async () => (await cluster.rows()).every(({ url }) => url !== hung.url));
    const back = await speak('room', 'ann');
    expect(back.cid).not.toBe('');
    hung.process.process.kill('SIGCONT');
    await until('one holder', async () => (await cluster.holdersOf('room')).length === 1);
    expect((await onlyHolder('room')).url).not.toBe(hung.url);
  });
});

describe('the monitor', () => {
  beforeEach(startCluster, START_TIMEOUT);
  afterEach(stopCluster);

  test('that is killed disturbs no call, and its successor knows the rooms before it places any', async () => {
    const ann = await speak('room', 'ann');
    const bob = await listen('room', 'bob');
    await untilHears(bob, ['ann']);
    const holder = await onlyHolder('room');
    await cluster.restartMonitor();
    const eve = await listen('room', 'eve');
    await until('bob hears on', () => bob.hears().join() === 'ann');
    await untilHears(eve, ['ann']);
    expect((await onlyHolder('room')).url).toBe(holder.url);
    expect(ann.connection.connectionState).toBe('connected');
  });

  test('refuses engines that do not know its secret, and bodies that are no heartbeats', async () => {
    const post = async (secret: string, body: string) => {
      const { status } = await cluster.client.request('POST', '/engines', {
        body,
        headers: { authorization: `Bearer ${secret}` },
      });
      return status;
    };
    expect(await post('wrong', '{}')).toBe(401);
    expect(await post(SECRET, '{')).toBe(400);
    expect(await post(SECRET, '{"engineId":"x"}')).toBe(400);
    expect(await cluster.rows()).toHaveLength(2);
  });

  test('lets an engine that ends go at once', async () => {
    const [first] = cluster.engines;
    await first?.process.stop('SIGTERM');
    expect(await cluster.rows()).toHaveLength(1);
  });
});

describe('an engine without its monitor', () => {
  beforeEach(startCluster, START_TIMEOUT);
  afterEach(stopCluster);

  test('plays on and takes nobody new', async () => {
    const ann = await speak('room', 'ann');
    const bob = await listen('room', 'bob');
    await untilHears(bob, ['ann']);
    const holder = await onlyHolder('room');
    await cluster.monitor.stop('SIGKILL');
    await sleep(ENGINE_SILENCE + 1000);
    await until('bob hears on', () => bob.hears().join() === 'ann');
    const offer = ann.jsep;
    expect(await holder.client.codeOf('publish', 'room', 'eve', offer)).toBe(ENGINE_CUT_OFF);
    expect(await holder.client.codeOf('publish', 'room', 'ann', offer)).toBe(0);
  });
});
