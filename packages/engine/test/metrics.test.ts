/** `GET /metrics` of a real engine, over HTTP. */
import { createSocket } from 'node:dgram';
import {
  parseConfig,
  type RunningEngine,
  type SpawnWorker,
  spawnMediaWorker,
  startEngine,
} from '@kraken/engine';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import type { ControlToMedia } from '../src/contract/messages.js';
import { DROP_REASONS } from '../src/media/drop-reason.js';
import { loadOffer } from '../src/sdp/fixtures/load.js';
import { EngineClient } from './contract/engine-client.js';
import { offerOf } from './contract/sdp.js';

let engine: RunningEngine;
const logged: string[] = [];
afterEach(async () => {
  await engine.close();
  logged.length = 0;
});

async function start(workers: number, spawn: SpawnWorker = spawnMediaWorker): Promise<void> {
  const config = parseConfig(
    `[engine]\ninterface = "lo"\nworkers = ${workers}\n[rpc]\nhost = "127.0.0.1"\nport = 0`,
    'engine.toml',
  );
  const logger = pino({ level: 'warn' }, { write: (line) => logged.push(line) });
  engine = await startEngine(config, logger, spawn);
}

async function scrape(): Promise<string> {
  const response = await fetch(new URL('/metrics', engine.url));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return await response.text();
}

function dropsOf(text: string, worker: number, reason: string): number | undefined {
  const sample = `kraken_dropped_packets_total{worker="${worker}",reason="${reason}"} `;
  const line = text.split('\n').find((candidate) => candidate.startsWith(sample));
  return line === undefined ? undefined : Number(line.slice(sample.length));
}

/** Sends datagrams to the media port of a worker. */
async function sendTo(worker: number, datagrams: readonly Buffer[]): Promise<void> {
  const udp = engine.mediaAddresses.filter(
    ({ transport, address }) => transport === 'udp' && address === '127.0.0.1',
  );
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((fulfil) =>
      socket.send(datagram, udp[worker]?.port, '127.0.0.1', () => fulfil()),
    );
  }
  socket.close();
}

test('every drop reason is there with 0 from the start, of each worker', async () => {
  await start(2);
  const text = await scrape();
  for (const worker of [0, 1]) {
    for (const reason of DROP_REASONS) expect([reason, dropsOf(text, worker, reason)]).toEqual([reason, 0]);
  }
  expect(text.match(/^kraken_dropped_packets_total\{/gm)).toHaveLength(2 * new Set(DROP_REASONS).size);
});

test('a dropped packet is counted under its reason and its worker', async () => {
  await start(2);
  await sendTo(1, [Buffer.alloc(25, 0xff), Buffer.alloc(25, 0x80), Buffer.alloc(20)]);
  await vi.waitFor(
    async () => {
      const text = await scrape();
      expect(dropsOf(text, 1, 'unknown-source')).toBe(2);
      expect(dropsOf(text, 1, 'stun-wrong-cookie')).toBe(1);
      expect(dropsOf(text, 0, 'unknown-source')).toBe(0);
      expect(text).toContain('kraken_received_packets_total{worker="1"} 3\n');
      expect(text).toContain('kraken_received_bytes_total{worker="1"} 70\n');
    },
    { timeout: 10_000 },
  );
});

/** Names with their labels; without what keeps node's event loop going at the moment, of whatever type that is. */
function seriesOf(text: string): readonly string[] {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const series = samples.map((line) => line.slice(0, line.lastIndexOf(' ')));
  return series.filter((name) => !name.startsWith('nodejs_active_resources'));
}

test('rooms and participants change numbers, never labels', async () => {
  await start(1);
  const client = new EngineClient(engine.url);
  const before = await scrape();
  for (const uid of ['alice', 'bob'])
    await client.call('publish', 'lobby', uid, offerOf(loadOffer('webkit-microphone')));
  const after = await scrape();
  expect(after).toContain('kraken_rooms 1\n');
  expect(after).toContain('kraken_participants 2\n');
  expect(after).toContain('kraken_worker_transports{worker="0"} 2\n');
  expect(after).not.toMatch(/lobby|alice|bob/);
  expect(seriesOf(after)).toEqual(seriesOf(before));
});

test('a worker that does not answer is left out and logged, and the scrape ends', async () => {
  await start(2, (options) => {
    const thread = spawnMediaWorker(options);
    if (options.index === 1) {
      const post = thread.postMessage.bind(thread);
      vi.spyOn(thread, 'postMessage').mockImplementation((message: ControlToMedia) => {
        if (message.type !== 'query-statistics') post(message);
      });
    }
    return thread;
  });
  const text = await scrape();
  expect(text).toContain('kraken_worker_up{worker="0"} 1\n');
  expect(text).toContain('kraken_worker_up{worker="1"} 0\n');
  expect(dropsOf(text, 0, 'send-refused')).toBe(0);
  expect(dropsOf(text, 1, 'send-refused')).toBeUndefined();
  expect(logged.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ worker: 1, msg: expect.stringContaining('did not answer') }),
  ]);
});

test('many scrapes at once all get the same kind of answer', async () => {
  await start(1);
  const texts = await Promise.all(Array.from({ length: 20 }, scrape));
  const names = texts.map((text) => text.replace(/ \S+$/gm, ''));
  expect(new Set(names).size).toBe(1);
  for (const text of texts) expect(text).toContain('kraken_worker_up{worker="0"} 1\n');
});
