import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Callers } from '@kraken/edge/auth/callers';
import { DEFAULT_HTTP_LIMITS } from '@kraken/edge/gate/limits';
import { MonitorCheck } from '@kraken/edge/gate/monitor-proof';
import { REFUSED_DRAINING, REFUSED_HEADER, RpcError } from '@kraken/protocol';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { OPEN_AUTH } from '../../../edge/src/auth/testing/tokens.js';
import { ClientHeaders } from '../api/client-headers.js';
import { EngineDrainsError } from '../api/engine-errors.js';
import { LiveMetrics } from './live-metrics.js';
import { type JoinRouter, LiveUpgrades } from './live-upgrades.js';
import { openGate } from './open-gate.fixture.js';

const MEBIBYTE = 1024 * 1024;
/** What kernel and monitor may hold of what nobody reads, octets. */
const MAX_HELD = 32 * MEBIBYTE;

let engine: Server;
let monitor: Server;
let upgrades: LiveUpgrades;
let metrics: Registry;
let sockets: WebSocketServer;
/** Sends to the engine, unless a test has it otherwise. */
const sendToJoin = vi.fn<JoinRouter['sendToJoin']>();

beforeEach(async () => {
  sockets = new WebSocketServer({ noServer: true });
  engine = createServer();
  await listen(engine);
  sendToJoin.mockReset();
  sendToJoin.mockImplementation((_rid, _headers, send) => send(urlOf(engine), { 'kraken-recalled': '1' }));
  metrics = new Registry();
  const logger = pino({ level: 'silent' });
  upgrades = new LiveUpgrades({
    router: { sendToJoin },
    callers: new Callers({ auth: OPEN_AUTH, logger }),
    metrics: new LiveMetrics(metrics),
    gate: openGate({ limits: { ...DEFAULT_HTTP_LIMITS, sockets: 2 } }),
    clientHeaders: new ClientHeaders('secret'),
    logger,
  });
  monitor = createServer();
  upgrades.serve(monitor);
  await listen(monitor);
});

afterEach(async () => {
  for (const client of sockets.clients) client.terminate();
  await upgrades.close();
  monitor.close();
  engine.close();
});

/** From here on the engine takes sockets. */
function takeSockets(take: (socket: WebSocket, request: IncomingMessage) => void): void {
  engine.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => take(client, request));
  });
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
}

function urlOf(server: Server): string {
  const address: string | AddressInfo | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

function connect(path = '/ws?room=room'): WebSocket {
  const url = new URL(path, urlOf(monitor));
  url.protocol = 'ws:';
  return new WebSocket(url).on('error', () => {});
}

async function refusalOf(socket: WebSocket): Promise<unknown> {
  const [, response]: IncomingMessage[] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const piece of response ?? []) text += piece;
  return [response?.statusCode, JSON.parse(text).error];
}

test('what either side says comes to the other, in frames of any length', async () => {
  let seen: IncomingMessage | undefined;
  takeSockets((socket, request) => {
    seen = request;
    socket.send('welcome');
    socket.on('message', (data) => socket.send(String(data)));
  });
  const socket = connect('/ws?room=r%25C3%25A9');
  const [welcome] = await once(socket, 'message');
  expect(String(welcome)).toBe('welcome');
  for (const length of [1, 200, 70_000, MEBIBYTE]) {
    socket.send('x'.repeat(length));
    const [echo] = await once(socket, 'message');
    expect(String(echo).length).toBe(length);
  }
  expect(sendToJoin.mock.calls[0]?.[0]).toBe('r%C3%A9');
  expect(seen?.url).toBe('/ws?room=r%25C3%25A9');
  expect(seen?.headers['kraken-recalled']).toBe('1');
});

test('a call that offers another protocol is answered as one that offers none', async () => {
  monitor.on('request', (_request, response) => response.end('answered'));
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
  const call = request(urlOf(monitor), { method: 'POST', headers }).end('{}');
  const [response]: IncomingMessage[] = await once(call, 'response');
  expect(response?.statusCode).toBe(200);
  response?.resume();
});

test('the engine is told whom a socket comes from, and not what its client says of that', async () => {
  takeSockets(() => {});
  const url = new URL('/ws?room=room', urlOf(monitor));
  const headers = { 'X-Forwarded-For': '198.51.100.1', 'Kraken-Monitor': 'forged' };
  await once(new WebSocket(url, { headers }), 'open');
  const told = sendToJoin.mock.calls[0]?.[1];
  expect(told?.['x-forwarded-for']).toBe('127.0.0.1');
  expect(new MonitorCheck('secret').accepts(told?.['kraken-monitor'])).toBe(true);
});

test('a close and its code come to the other side', async () => {
  takeSockets((socket) => socket.once('message', () => socket.close(4001, 'replaced')));
  const socket = connect();
  await once(socket, 'open');
  socket.send('x');
  const [code] = await once(socket, 'close');
  expect(code).toBe(4001);
  await expect.poll(() => metrics.metrics()).toContain('kraken_monitor_live_sockets 0');
});

test('an engine that is gone takes its sockets with it', async () => {
  takeSockets((socket) => socket.once('message', () => socket.terminate()));
  const socket = connect();
  await once(socket, 'open');
  socket.send('x');
  const [code] = await once(socket, 'close');
  expect(code).toBe(1006);
});

test('an engine that is no longer known takes its sockets with it', async () => {
  takeSockets(() => {});
  const socket = connect();
  await once(socket, 'open');
  upgrades.keep(new Set([urlOf(engine)]));
  expect(socket.readyState).toBe(WebSocket.OPEN);
  upgrades.keep(new Set());
  await once(socket, 'close');
});

test('who reads nothing holds the engine up', async () => {
  let held = 0;
  takeSockets((socket) => {
    for (let i = 0; i < 64; i++) socket.send('x'.repeat(MEBIBYTE));
    setInterval(() => {
      held = socket.bufferedAmount;
    }, 50).unref();
  });
  const socket = connect();
  await once(socket, 'open');
  socket.pause();
  await expect.poll(() => held).toBeGreaterThan(0);
  await new Promise((fulfil) => setTimeout(fulfil, 500));
  expect(64 * MEBIBYTE - held).toBeLessThan(MAX_HELD);
});

test('refusals of the registry and of the engine are told in plain HTTP', async () => {
  sendToJoin.mockRejectedValueOnce(new RpcError('NO_ENGINE', 'no engine has room'));
  expect(await refusalOf(connect())).toEqual([503, 'no engine has room']);
  engine.once('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n{"error":"the engine ends"}');
  });
  expect(await refusalOf(connect())).toEqual([503, 'the engine ends']);
  expect(await refusalOf(connect('/ws'))).toEqual([400, 'room is missing in the query']);
  expect(await metrics.metrics()).toContain('kraken_monitor_live_upgrades_total{status="503"} 2');
});

test('the refusal of an engine that drains is one for the router', async () => {
  let refusal: unknown;
  sendToJoin.mockImplementationOnce(async (_rid, _headers, send) => {
    engine.once('upgrade', (_request, socket) => {
      socket.end(`HTTP/1.1 503 Service Unavailable\r\n${REFUSED_HEADER}: ${REFUSED_DRAINING}\r\n\r\n`);
    });
    refusal = await send(urlOf(engine), {}).catch((error: unknown) => error);
    takeSockets((socket) => socket.send('welcome'));
    return send(urlOf(engine), {});
  });
  const [welcome] = await once(connect(), 'message');
  expect(String(welcome)).toBe('welcome');
  expect(refusal).toBeInstanceOf(EngineDrainsError);
});

test('there are only so many sockets', async () => {
  takeSockets(() => {});
  await once(connect(), 'open');
  await once(connect(), 'open');
  expect(await refusalOf(connect())).toEqual([503, '2 sockets are open']);
});

test('a monitor that ends says so, and takes no more sockets', async () => {
  takeSockets((socket) => socket.send('welcome'));
  const socket = connect();
  await once(socket, 'message');
  const closed = once(socket, 'close');
  const ended = upgrades.close();
  expect((await closed)[0]).toBe(1001);
  await ended;
  expect(await refusalOf(connect())).toEqual([503, 'the monitor ends']);
});
