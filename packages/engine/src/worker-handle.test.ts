import { Worker } from 'node:worker_threads';
import { StartError } from '@kraken/edge/config/start-error';
import { Heartbeats } from '@kraken/edge/watchdog/heartbeats';
import { WatchedPlace } from '@kraken/edge/watchdog/watchdog';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MediaAddress } from './contract/messages.js';
import type { WorkerOptions } from './contract/worker-options.js';
import {
  LONGEST_REST,
  type MediaEvent,
  RESTART_INTERVAL,
  STUCK_AFTER,
  WorkerHandle,
} from './worker-handle.js';
import { QUERY_TIMEOUT } from './worker-queries.js';

const ADDRESS: MediaAddress = { transport: 'udp', family: 'IPv4', address: '192.0.2.1', port: 7100 };
const OPTIONS: WorkerOptions = {
  index: 3,
  bind: [],
  portMin: 7100,
  portMax: 7199,
  tcp: true,
  tcpLimits: { octets: 1_000, perAddress: 1, connections: 1 },
  io: 'auto',
  recovery: { retransmission: true, redundancy: true },
  certificate: { certificate: new Uint8Array(), privateKey: new Uint8Array() },
  inherited: null,
  heartbeat: null,
};
const TRANSPORT = {
  type: 'open-transport',
  roomId: 1,
  ice: { localUfrag: '', localPassword: '', remoteUfrag: '', remotePassword: '' },
  dtlsRole: 'server',
  fingerprints: [],
  permissions: { publish: true, subscribe: true },
} as const;

/** A thread that listens at once, and does with each message what `onMessage` says. */
function listening(onMessage: string, addresses: readonly MediaAddress[] = [ADDRESS]): string {
  return `
    parentPort.postMessage({ type: 'ready', addresses: ${JSON.stringify(addresses)}, cappedBuffers: [] });
    parentPort.on('message', (message) => { ${onMessage} });`;
}
const STOP = `if (message.type === 'stop') { parentPort.postMessage({ type: 'stopped' }); parentPort.close(); }`;

let handle: WorkerHandle | null = null;
/** The system has none of what a thread takes. */
let cannotSpawn = false;
/** Threads that were started, and those of them that have ended. */
let spawned = 0;
let ended = 0;
const events: MediaEvent[] = [];
const onFailure = vi.fn<(message: string) => void>();
afterEach(async () => {
  await handle?.stop();
  handle = null;
  events.length = 0;
  spawned = 0;
  ended = 0;
  onFailure.mockReset();
  vi.restoreAllMocks();
});

async function start(
  code: string,
  logger = pino({ level: 'silent' }),
  place: WatchedPlace | null = null,
): Promise<WorkerHandle> {
  const source = `import { parentPort, workerData } from 'node:worker_threads';\n${code}`;
  handle = await WorkerHandle.start({
    worker: OPTIONS,
    place,
    logger,
    onEvent: (event) => events.push(event),
    onFailure,
    spawn: (workerData) => {
      if (cannotSpawn) throw new Error('no thread');
      spawned++;
      const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
      return new Worker(url, { workerData }).once('exit', () => ended++);
    },
  });
  return handle;
}

describe('a worker that starts', () => {
  test('gets its options and tells its addresses, none twice', async () => {
    const code = `parentPort.postMessage({ type: 'ready', addresses: [
      { transport: 'tcp', family: 'IPv4', address: 'a', port: workerData.portMin },
      ${JSON.stringify(ADDRESS)}, ${JSON.stringify(ADDRESS)} ], cappedBuffers: [] });
      parentPort.on('message', (message) => { ${STOP} });`;
    const { addresses, index, transports } = await start(code);
    expect(addresses).toEqual([{ transport: 'tcp', family: 'IPv4', address: 'a', port: 7100 }, ADDRESS]);
    expect([index, transports]).toEqual([3, 0]);
  });

  test('has the operator told of socket buffers that the system caps', async () => {
    const lines: string[] = [];
    const buffer = { sysctl: 'net.core.rmem_max', granted: 212_992, wanted: 4_194_304 };
    const code = `parentPort.postMessage({ type: 'ready', addresses: [], cappedBuffers: [${JSON.stringify(buffer)}] });
      parentPort.on('message', (message) => { ${STOP} });`;
    await start(code, pino({ level: 'info' }, { write: (line: string) => lines.push(line) }));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 40, worker: 3, ...buffer, msg: expect.stringContaining('sysctl') }),
    ]);
  });

  test('reports events and counts its transports', async () => {
    const code = `${STOP} if (message.type === 'open-transport') {
      parentPort.postMessage({ type: 'transport-connected', transportId: message.transportId });
      if (message.transportId === 2)
        parentPort.postMessage({ type: 'transport-closed', transportId: 2, reason: 'dtls-closed', detail: '' });
    }`;
    const worker = await start(listening(code));
    worker.send({ ...TRANSPORT, transportId: 1 });
    worker.send({ ...TRANSPORT, transportId: 2 });
    worker.send({ ...TRANSPORT, transportId: 3 });
    expect(worker.transports).toBe(3);
    worker.send({ type: 'close-transport', transportId: 3 });
    await vi.waitFor(() => expect(events).toHaveLength(4), { timeout: 10_000 });
    expect(events[2]).toEqual({
      type: 'transport-closed',
      transportId: 2,
      reason: 'dtls-closed',
      detail: '',
    });
    expect(worker.transports).toBe(1);
  });

  test('is as busy as it says, and not at all when it has died', async () => {
    const code = `${STOP} if (message.type === 'close-publication') throw new Error('bug');
      parentPort.postMessage({ type: 'load', busy: 0.5, packetsPerSecond: 7 });`;
    const worker = await start(listening(code));
    expect([worker.busy, worker.packetsPerSecond]).toEqual([0, 0]);
    worker.send({ ...TRANSPORT, transportId: 1 });
    await vi.waitFor(() => expect([worker.busy, worker.packetsPerSecond]).toEqual([0.5, 7]), {
      timeout: 10_000,
    });
    worker.send({ type: 'close-publication', publicationId: 1 });
    await vi.waitFor(() => expect([worker.busy, worker.packetsPerSecond]).toEqual([0, 0]), {
      timeout: 10_000,
    });
  });

  test('answers each query for statistics with its own', async () => {
    const code = `${STOP} if (message.type === 'query-statistics') parentPort.postMessage({
      type: 'statistics', requestId: message.requestId, transports: message.requestId });`;
    const worker = await start(listening(code));
    const [first, second] = await Promise.all([worker.statistics(), worker.statistics()]);
    expect([first?.transports, second?.transports]).toEqual([1, 2]);
  });

  test('tells of its participants, and of nobody when it does not answer in time', async () => {
    const code = `${STOP} if (message.type === 'query-participants' && message.requestId === 1)
      parentPort.postMessage({ type: 'participants', requestId: 1, participants: [{ transportId: 5 }] });`;
    const worker = await start(listening(code));
    expect(await worker.participants()).toEqual([{ transportId: 5 }]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const unanswered = worker.participants();
      vi.advanceTimersByTime(QUERY_TIMEOUT);
      expect(await unanswered).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  test('is terminated when it does not stop', async () => {
    const worker = await start(listening(''));
    await worker.stop();
    expect(onFailure).not.toHaveBeenCalled();
  });
});

describe('a worker that cannot start is a StartError of one line', () => {
  test.each([
    [
      "parentPort.postMessage({ type: 'failed', message: '[engine] port-min = 7100: taken' })",
      '[engine] port-min',
    ],
    ["throw new Error('first line\\nsecond line')", 'media worker 3 cannot start: first line'],
    ['parentPort.close()', 'media worker 3 ended before it listened'],
  ])('%s', async (code, message) => {
    const error: unknown = await start(code).catch((reason) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('\n');
  });
});

describe('a worker that dies', () => {
  const DYING = `${STOP} if (message.type === 'close-publication') throw new Error('bug');
    if (message.type === 'query-statistics')
      parentPort.postMessage({ type: 'statistics', requestId: message.requestId, transports: 7 });`;
  const die = { type: 'close-publication', publicationId: 1 } as const;

  test('long after its start is started again, and its transports are reported closed', async () => {
    const worker = await start(listening(DYING));
    worker.send({ ...TRANSPORT, transportId: 5 });
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + RESTART_INTERVAL);
    worker.send(die);
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 10_000 });
    expect(events[0]).toMatchObject({
      type: 'transport-closed',
      transportId: 5,
      detail: 'media worker 3 died',
    });
    expect(worker.transports).toBe(0);
    expect((await worker.statistics())?.transports).toBe(7);
    expect(onFailure).not.toHaveBeenCalled();
  });

  test('soon after its start is started again when it has rested', async () => {
    const worker = await start(listening(DYING));
    expect(worker.isAvailable).toBe(true);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      worker.send(die);
      await vi.waitFor(() => expect(onFailure).toHaveBeenCalledOnce(), { timeout: 10_000 });
      expect([worker.isAvailable, worker.generation]).toEqual([false, 0]);
      vi.advanceTimersByTime(RESTART_INTERVAL);
    } finally {
      vi.useRealTimers();
    }
    expect([worker.isAvailable, worker.generation]).toEqual([true, 1]);
    expect((await worker.statistics())?.transports).toBe(7);
    expect(onFailure).toHaveBeenCalledOnce();
  });

  test('and for which the system has no new thread rests, and is started again later', async () => {
    const worker = await start(listening(DYING));
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + RESTART_INTERVAL);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      cannotSpawn = true;
      worker.send(die);
      await vi.waitFor(() => expect(onFailure).toHaveBeenCalledOnce(), { timeout: 10_000 });
      expect([worker.isAvailable, onFailure.mock.calls[0]?.[0]]).toEqual([false, 'no thread']);
      cannotSpawn = false;
      vi.advanceTimersByTime(RESTART_INTERVAL);
    } finally {
      cannotSpawn = false;
      vi.useRealTimers();
    }
    expect((await worker.statistics())?.transports).toBe(7);
  });

  test('and whose successor does not listen in time rests as well, and has no two successors', async () => {
    const code = `if (workerData.portMax === ${OPTIONS.portMax}) { ${listening(DYING)} } else setInterval(() => {}, 1_000);`;
    const worker = await start(code);
    const startedAt = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(startedAt + RESTART_INTERVAL);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      worker.send(die);
      await vi.waitFor(() => expect(spawned).toBe(2), { timeout: 10_000 });
      clock.mockReturnValue(startedAt + 3 * RESTART_INTERVAL);
      vi.advanceTimersByTime(RESTART_INTERVAL);
      await vi.waitFor(() => expect(ended).toBe(2), { timeout: 10_000 });
      expect(onFailure.mock.calls).toEqual([['media worker 3 did not start in time']]);
      expect([spawned, worker.isAvailable, worker.generation]).toEqual([2, false, 1]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('again and again rests for twice as long each time', async () => {
    const worker = await start(listening(DYING));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let rest = RESTART_INTERVAL;
      for (let deaths = 1; deaths <= 7; deaths++) {
        worker.send(die);
        await vi.waitFor(() => expect(onFailure).toHaveBeenCalledTimes(deaths), { timeout: 10_000 });
        // Waiting has moved the clock on by a little.
        vi.advanceTimersByTime(0.7 * rest);
        expect(worker.isAvailable).toBe(false);
        vi.advanceTimersByTime(0.3 * rest);
        expect(worker.isAvailable).toBe(true);
        rest = Math.min(2 * rest, LONGEST_REST);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  test('hands its port and what it left open to its successor', async () => {
    const code = `parentPort.postMessage({ type: 'ready', addresses: [${JSON.stringify(ADDRESS)}],
        descriptors: { sockets: [7, 8], wake: 9 }, cappedBuffers: [] });
      parentPort.on('message', (message) => { ${DYING}
        if (message.type === 'open-transport') parentPort.postMessage(
          { type: 'transport-closed', transportId: 1, reason: '', detail: JSON.stringify(workerData) }); });`;
    const worker = await start(code);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + RESTART_INTERVAL);
    worker.send(die);
    await vi.waitFor(() => expect(worker.generation).toBe(1), { timeout: 10_000 });
    worker.send({ ...TRANSPORT, transportId: 1 });
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 10_000 });
    const [event] = events;
    expect(JSON.parse(event?.type === 'transport-closed' ? event.detail : '')).toMatchObject({
      portMin: ADDRESS.port,
      portMax: ADDRESS.port,
      inherited: { sockets: [7, 8], wake: 9 },
    });
  });

  test('soon after its start is given up', async () => {
    const worker = await start(listening(DYING));
    worker.send({ ...TRANSPORT, transportId: 5 });
    const unanswered = [worker.statistics(), worker.participants()];
    worker.send(die);
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalledOnce(), { timeout: 10_000 });
    expect(onFailure.mock.calls[0]?.[0]).toMatch(/^media worker 3 died \d+ ms after its start$/);
    expect(events).toHaveLength(1);
    expect((await Promise.all(unanswered))[1]).toBeNull();
  });
});

test('a worker that stands still for long is ended and started again', async () => {
  const heartbeats = Heartbeats.allocate(1);
  const place = new WatchedPlace(heartbeats, 0);
  const code = `${STOP} if (message.type === 'close-publication') for (;;);
    if (message.type === 'query-statistics')
      parentPort.postMessage({ type: 'statistics', requestId: message.requestId, transports: 7 });`;
  const worker = await start(listening(code), undefined, place);
  expect(heartbeats.isWatched(0)).toBe(true);
  worker.send({ ...TRANSPORT, transportId: 5 });
  worker.send({ type: 'close-publication', publicationId: 1 });
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + RESTART_INTERVAL);
  heartbeats.report(0, STUCK_AFTER);
  await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 10_000 });
  expect(events[0]).toMatchObject({ type: 'transport-closed', transportId: 5 });
  expect((await worker.statistics())?.transports).toBe(7);
  expect([worker.generation, heartbeats.isWatched(0)]).toEqual([1, true]);
  await worker.stop();
  expect(heartbeats.isWatched(0)).toBe(false);
});
