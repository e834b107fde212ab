/** Bodies of requests that do not come whole, over real connections. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { Callers } from '../auth/callers.js';
import { OPEN_AUTH } from '../auth/testing/tokens.js';
import { Gate } from '../gate/gate.js';
import { DEFAULT_HTTP_LIMITS } from '../gate/limits.js';
import { RefusalCounts } from '../gate/refusal-counts.js';
import { TrustedProxies } from '../gate/trusted-proxies.js';
import { LARGE_BODY } from './large-body.js';
import { buildRpcServer } from './rpc-server.js';

const CALL = JSON.stringify({ id: '1', method: 'list', params: ['r'] });
const KIB = 1024;

let server: FastifyInstance;
let gate: Gate;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

/** @param unfinishedBodies octets @param relays whether long bodies are passed on, to nowhere, as they come */
async function serve(unfinishedBodies: number, relays = false): Promise<void> {
  const logger = pino({ enabled: false });
  gate = new Gate({
    limits: { ...DEFAULT_HTTP_LIMITS, unfinishedBodies },
    proxies: new TrustedProxies(['127.0.0.1']),
    monitor: null,
    refusals: new RefusalCounts(),
    logger,
    now: () => 0,
  });
  server = buildRpcServer({
    callers: new Callers({ auth: OPEN_AUTH, logger }),
    answer: () => ({ data: 'answered' }),
    ...(relays ? { relay: async () => null } : {}),
    isMethod: () => true,
    page: new Map(),
    metrics: async () => '',
    metricsContentType: 'text/plain',
    gate,
    certificate: null,
    logger,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
}

/** A connection behind a proxy that names the address, with all that it has received. */
class Client {
  readonly socket: Socket;
  received = '';

  constructor(readonly address: string) {
    const listening = server.server.address();
    const port = typeof listening === 'object' ? (listening?.port ?? 0) : 0;
    this.socket = connect(port, '127.0.0.1');
    sockets.push(this.socket);
    this.socket.on('error', () => {});
    this.socket.on('data', (data) => {
      this.received += String(data);
    });
  }

  /** Sends the beginning of a call. */
  begin(length: number, body: string): this {
    this.socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${this.address}\r\nContent-Length: ${length}\r\n\r\n${body}`,
    );
    return this;
  }

  get isGivenUp(): boolean {
    return this.socket.closed;
  }
}

/** @returns what a call is answered that comes whole, from an address of its own */
async function callFrom(address: string): Promise<string> {
  const client = new Client(address).begin(CALL.length, CALL);
  await vi.waitUntil(() => client.received.includes('answered'), { timeout: 10_000 });
  return client.received;
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 10_000, interval: 5 });
}

test('what is held of unfinished bodies stays below the budget in a flood of them, and calls are answered', async () => {
  await serve(512 * KIB);
  const flood: Client[] = [];
  for (let body = 0; body < 200; body++)
    flood.push(new Client('192.0.2.1').begin(40 * KIB, 'x'.repeat(30 * KIB)));
  await until(() => flood.filter(({ isGivenUp }) => isGivenUp).length >= 180);
  expect(gate.unfinished).toBeLessThanOrEqual(512 * KIB);
  expect(gate.unfinished).toBeGreaterThan(256 * KIB);
  for (let call = 0; call < 20; call++) expect(await callFrom(`198.51.100.${call}`)).toContain(' 200 ');
  // Who shares the address of the flood as well: what is whole soon is not the oldest.
  expect(await callFrom('192.0.2.1')).toContain(' 200 ');
}, 30_000);

test('a body that is given up gets 503 and is counted, and the newcomer stays', async () => {
  await serve(128 * KIB);
  const oldest = new Client('192.0.2.1').begin(40 * KIB, 'x'.repeat(30 * KIB));
  await until(() => gate.unfinished >= 30 * KIB);
  const others = Array.from({ length: 3 }, () =>
    new Client('192.0.2.1').begin(40 * KIB, 'x'.repeat(30 * KIB)),
  );
  await until(() => gate.unfinished >= 120 * KIB);
  const newcomer = new Client('192.0.2.2').begin(CALL.length, CALL.slice(0, 10));
  await until(() => gate.unfinished >= 120 * KIB + 10);
  const another = new Client('192.0.2.2').begin(20 * KIB, 'x'.repeat(10 * KIB));
  await once(oldest.socket, 'close');
  expect(oldest.received).toContain(' 503 ');
  expect(oldest.received).toMatch(/retry-after: 1/i);
  expect(JSON.parse(oldest.received.split('\r\n\r\n')[1] ?? '')).toEqual({ error: expect.any(String) });
  expect(gate.refusals.requests.get('too-much-unfinished')).toBe(1);
  newcomer.socket.write(CALL.slice(10));
  await until(() => newcomer.received.includes('answered'));
  for (const client of [...others, another]) expect(client.isGivenUp).toBe(false);
});

test('what is whole, broken off or refused is held no longer', async () => {
  await serve(1024 * KIB);
  await callFrom('192.0.2.1');
  expect(gate.unfinished).toBe(0);
  const broken = new Client('192.0.2.1').begin(40 * KIB, 'x'.repeat(30 * KIB));
  await until(() => gate.unfinished > 0);
  broken.socket.destroy();
  await until(() => gate.unfinished === 0);
  const long = new Client('192.0.2.1');
  long.socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `${(64 * KIB).toString(16)}\r\n${'x'.repeat(64 * KIB)}\r\n`;
  for (let sent = 0; sent < 3 * 1024 && !long.socket.closed; sent += 64) long.socket.write(chunk);
  await once(long.socket, 'close');
  await until(() => gate.unfinished === 0);
});

test('a body in many small pieces counts with what these take', async () => {
  await serve(100 * KIB);
  const client = new Client('192.0.2.1');
  client.socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  client.socket.write('1\r\nx\r\n'.repeat(2_000));
  await once(client.socket, 'close');
  expect(client.received).toContain(' 503 ');
});

test('long bodies that are passed on as they come count as well', async () => {
  await serve(3 * LARGE_BODY, true);
  const long = Array.from({ length: 4 }, () => new Client('192.0.2.1').begin(2 * LARGE_BODY, '{"id":"1",'));
  await until(() => long.filter(({ isGivenUp }) => isGivenUp).length > 0);
  expect(gate.unfinished).toBeLessThanOrEqual(3 * LARGE_BODY);
  expect(gate.refusals.requests.get('too-much-unfinished')).toBeGreaterThan(0);
  expect(await callFrom('192.0.2.2')).toContain(' 200 ');
});
