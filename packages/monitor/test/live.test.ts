/** Live sockets through the monitor, to real engines that are processes of their own. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { WrtcParticipant } from '../../engine/test/contract/wrtc-participant.js';
import { LiveClient } from '../../engine/test/live-client.js';
import { ClusterProcesses } from './cluster-processes.js';
import { until } from './until.js';

/** A monitor learns for five seconds. */
const START_TIMEOUT = 40_000;
const GOING_AWAY = 1001;

let cluster: ClusterProcesses;
const clients: LiveClient[] = [];
const participants: WrtcParticipant[] = [];

beforeAll(async () => {
  cluster = await ClusterProcesses.start(3);
}, START_TIMEOUT);
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const participant of participants.splice(0)) participant.close();
});
afterAll(() => cluster.stop());

/** Joins through the monitor, and answers each offer that is pushed. */
async function join(rid: string, uid: string): Promise<{ client: LiveClient; participant: WrtcParticipant }> {
  const client = await LiveClient.open(cluster.client.url, rid);
  clients.push(client);
  const participant = new WrtcParticipant(client, rid, uid);
  participants.push(participant);
  await client.join(participant);
  return { client, participant };
}

async function holderOf(rid: string) {
  const [holder, ...more] = await cluster.holdersOf(rid);
  if (holder === undefined || more.length > 0) throw new Error(`${rid} is on ${more.length + 1} engines`);
  return holder;
}

async function metric(name: string): Promise<number> {
  const { text } = await cluster.client.request('GET', '/metrics');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

describe('sockets through the monitor', () => {
  test('lead all of a room to one engine, and bring them together with who polls', async () => {
    const ann = await join('room', 'ann');
    const bob = await join('room', 'bob');
    const eve = new WrtcParticipant(cluster.client, 'room', 'eve');
    participants.push(eve);
    await eve.speak();
    await ann.client.notified('joined', ({ participant }) => participant.uid === 'bob');
    await until('all hear each other', async () => {
      await eve.poll();
      const heard = [ann.participant, bob.participant, eve].map((one) => one.hears().join());
      return heard.join(' ') === 'bob,eve ann,eve ann,bob';
    });
    await holderOf('room');
    expect(await metric('kraken_monitor_live_sockets')).toBe(2);
    ann.client.socket.close();
    await until('one is gone', async () => (await metric('kraken_monitor_live_sockets')) === 1);
  });

  test('are resumed on another one, while media goes on', async () => {
    const { client, participant } = await join('resumed', 'ann');
    const other = await LiveClient.open(cluster.client.url, 'resumed');
    clients.push(other);
    await other.request('resume', ['resumed', 'ann', participant.cid]);
    await other.notified('participants');
    expect(await client.closed).toBe(4001);
  });

  test('end with their engine, and whoever comes again meets the others on another one', async () => {
    const { client } = await join('killed', 'ann');
    const dead = await holderOf('killed');
    await dead.process.stop('SIGKILL');
    await client.closed;
    await join('killed', 'ann');
    await join('killed', 'bob');
    expect((await holderOf('killed')).url).not.toBe(dead.url);
  });

  test('go to another engine when the one that drains does not have the room', async () => {
    const [first, ...others] = (await cluster.rows()).map(({ url }) => url);
    if (first === undefined) throw new Error('no engine');
    const draining = cluster.engines.find(({ url }) => url === first);
    draining?.process.process.kill('SIGTERM');
    for (let i = 0; i < 4; i++) {
      await join(`after-${i}`, 'ann');
      expect(others).toContain((await holderOf(`after-${i}`)).url);
    }
  });

  test.each([
    ['/ws', 400],
    ['/ws?room=a%20b', 400],
    ['/elsewhere?room=room', 404],
  ])('at %s are refused with %i', async (path, status) => {
    const url = new URL(path, cluster.client.url);
    url.protocol = 'ws:';
    const answered = await new Promise((fulfil) => {
      new WebSocket(url)
        .on('unexpected-response', (_request, { statusCode }) => fulfil(statusCode))
        .on('error', () => {});
    });
    expect(answered).toBe(status);
  });

  test('are told when the monitor ends', async () => {
    const { client, participant } = await join('ending', 'ann');
    const ended = cluster.monitor.stop('SIGTERM');
    expect(await client.closed).toBe(GOING_AWAY);
    expect((await ended).exitCode).toBe(0);
    expect(participant.connection.connectionState).toBe('connected');
  });
});
