/** Rooms on several media workers, with real threads and Google's WebRTC library. */
import type { Worker } from 'node:worker_threads';
import { parseConfig, type RunningEngine, spawnMediaWorker, startEngine } from '@kraken/engine';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ControlToMedia, MediaToControl } from '../src/contract/messages.js';
import type { ParticipantStatistics } from '../src/contract/statistics.js';
import { loadLibC } from '../src/media/udp/libc.js';
import { RESTART_INTERVAL } from '../src/worker-handle.js';
import { EngineClient } from './contract/engine-client.js';
import { WrtcParticipant } from './contract/wrtc-participant.js';

const PEER_CLOSED = 5002002;
const PEER_NOT_FOUND = 5002001;

let engine: RunningEngine;
let client: EngineClient;
/** By index; of a worker that was started again the newest. */
let threads: Map<number, Worker>;
/** Descriptors of their media sockets. */
let sockets: Map<number, readonly number[]>;
let participants: WrtcParticipant[];
/** Added to the clock by which the engine judges how old a thread is. */
let clockOffset = 0;

async function start(io = 'auto'): Promise<void> {
  const engineSection = `interface = "lo"\nworkers = 2\nspread-room-at = 1\nio = "${io}"`;
  const config = parseConfig(
    `[engine]\n${engineSection}\n[rpc]\nhost = "127.0.0.1"\nport = 0`,
    'engine.toml',
  );
  engine = await startEngine(config, pino({ level: 'silent' }), (options) => {
    const thread = spawnMediaWorker(options);
    threads.set(options.index, thread);
    thread.on('message', (message: MediaToControl) => {
      if (message.type === 'ready') sockets.set(options.index, message.descriptors?.sockets ?? []);
    });
    return thread;
  });
  client = new EngineClient(engine.url);
}

beforeEach(() => {
  threads = new Map();
  sockets = new Map();
  participants = [];
  clockOffset = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + clockOffset);
});
afterEach(async () => {
  for (const participant of participants) participant.close();
  await engine.close();
  vi.restoreAllMocks();
});

function participant(uid: string): WrtcParticipant {
  const one = new WrtcParticipant(client, 'room', uid);
  participants.push(one);
  return one;
}

/** Which worker carries the participant, by the port that it was told. */
function workerOf({ connection }: WrtcParticipant): number {
  const port = Number(
    /a=candidate:\S+ \d+ udp \d+ \S+ (\d+)/i.exec(connection.remoteDescription.sdp)?.[1] ?? 0,
  );
  const ports = [...new Set(engine.mediaAddresses.map((address) => address.port))];
  return ports.indexOf(port);
}

/** Polls until the participant hears exactly these uids. */
function untilHears(one: WrtcParticipant, ...uids: readonly string[]): Promise<unknown> {
  return vi.waitUntil(
    async () => {
      await one.poll();
      return one.hears().join() === [...uids].sort().join();
    },
    { timeout: 15_000, interval: 50 },
  );
}

/** What a worker tells of its participants when it is asked. */
function askAfterParticipants(thread: Worker): Promise<readonly ParticipantStatistics[]> {
  return new Promise((fulfil) => {
    const listen = (message: MediaToControl): void => {
      if (message.type !== 'participants') return;
      thread.off('message', listen);
      fulfil(message.participants);
    };
    thread.on('message', listen);
    thread.postMessage({ type: 'query-participants', requestId: 0 } satisfies ControlToMedia);
  });
}

/** Has the worker's thread end at once, whatever it is doing. */
async function kill(worker: number): Promise<void> {
  await threads.get(worker)?.terminate();
}

test.each(['batched', 'dgram'])(
  'participants of one room hear each other across workers, by %s',
  async (io) => {
    await start(io);
    const [alice, bob, carol] = [participant('alice'), participant('bob'), participant('carol')];
    await alice.speak();
    await bob.speak();
    await carol.listen();
    expect(workerOf(alice)).not.toBe(workerOf(bob));
    await Promise.all([
      untilHears(alice, 'bob'),
      untilHears(bob, 'alice'),
      untilHears(carol, 'alice', 'bob'),
    ]);
    const known = (await Promise.all([...threads.values()].map(askAfterParticipants))).flat();
    expect(known).toHaveLength(3);
    for (const { packetsOut } of known) expect(packetsOut).toBeGreaterThan(0);
    for (const { packetsIn, uplinkExpected } of known)
      expect(uplinkExpected).toBeGreaterThanOrEqual(packetsIn);
    expect(known.filter(({ packetsIn }) => packetsIn > 0)).toHaveLength(2);
    await bob.end();
    await Promise.all([untilHears(alice), untilHears(carol, 'alice')]);
  },
);

test('a worker that dies takes its own participants with it, who can rejoin, and the others play on', async () => {
  await start();
  const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(participant) as [
    WrtcParticipant,
    WrtcParticipant,
    WrtcParticipant,
    WrtcParticipant,
  ];
  for (const one of [alice, bob, carol, dave]) await one.speak();
  const lost = workerOf(alice);
  const stays = [alice, bob, carol, dave].filter((one) => workerOf(one) !== lost);
  const gone = [alice, bob, carol, dave].filter((one) => workerOf(one) === lost);
  // Of four, the second is elsewhere than the first; the others are where there is less to do.
  expect(stays.length).toBeGreaterThan(0);
  for (const one of [alice, bob, carol, dave]) {
    await untilHears(one, ...['alice', 'bob', 'carol', 'dave'].filter((uid) => uid !== one.uid));
  }

  clockOffset = RESTART_INTERVAL;
  await kill(lost);
  for (const { rid, uid, cid } of gone) {
    expect(await client.codeOf('subscribe', rid, uid, cid)).toBe(PEER_CLOSED);
  }
  const { peers } = await client.call('list', 'room');
  expect(peers.map(({ id }) => id).sort()).toEqual(stays.map(({ uid }) => uid).sort());
  for (const one of stays)
    await untilHears(one, ...stays.flatMap(({ uid }) => (uid === one.uid ? [] : [uid])));

  const again = gone.map(({ uid }) => participant(uid));
  for (const one of again) await one.speak();
  expect(again.map(workerOf)).toContain(lost);
  const all = [...stays, ...again];
  for (const one of all) await untilHears(one, ...all.flatMap(({ uid }) => (uid === one.uid ? [] : [uid])));
});

test('a worker whose media socket somebody has closed is replaced, on the same port, and its participants rejoin', async () => {
  await start();
  const calls = loadLibC();
  const alice = await participant('alice').speak();
  const lost = workerOf(alice);
  clockOffset = RESTART_INTERVAL;
  for (const descriptor of sockets.get(lost) ?? []) calls.close(descriptor);
  await vi.waitUntil(
    async () => (await client.codeOf('subscribe', 'room', 'alice', alice.cid)) === PEER_CLOSED,
    { timeout: 5_000 },
  );
  const again = [participant('alice'), participant('bob')];
  for (const one of again) await one.speak();
  expect(again.map(workerOf)).toContain(lost);
  await Promise.all(again.map((one) => untilHears(one, one.uid === 'alice' ? 'bob' : 'alice')));
});

test('a worker that dies again at once rests, and rooms go to the others', async () => {
  await start();
  const failed = vi.fn();
  void engine.failed.then(failed);
  const alice = await participant('alice').speak();
  await kill(workerOf(alice));
  const again = [participant('alice'), participant('bob')];
  for (const one of again) await one.speak();
  expect(workerOf(again[0] ?? alice)).toBe(1 - workerOf(alice));
  expect(workerOf(again[1] ?? alice)).toBe(1 - workerOf(alice));
  await untilHears(again[1] ?? alice, 'alice');
  expect(await client.codeOf('subscribe', 'room', 'stranger', 'cid')).toBe(PEER_NOT_FOUND);
  expect(failed).not.toHaveBeenCalled();
  await kill(1 - workerOf(alice));
  await vi.waitUntil(() => failed.mock.calls.length > 0, { timeout: 5_000 });
});
