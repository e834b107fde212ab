/** Upgrades through a monitor that demands tokens. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { promisify } from 'node:util';
import { Callers } from '@kraken/edge/auth/callers';
import type { Gate } from '@kraken/edge/gate/gate';
import { DEFAULT_HTTP_LIMITS } from '@kraken/edge/gate/limits';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { RpcError } from '@kraken/protocol';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SECRET_AUTH, tokenOf } from '../../../edge/src/auth/testing/tokens.js';
import { ClientHeaders } from '../api/client-headers.js';
import { LiveMetrics } from './live-metrics.js';
import { type JoinRouter, LiveUpgrades } from './live-upgrades.js';
import { openGate } from './open-gate.fixture.js';

const MISSING = 5004000;
const INVALID = 5004001;
const EXPIRED = 5004002;
const NOT_PERMITTED = 5004003;
const CLAIMS = { room: 'room', uid: 'alice' };

/** Octets of unfinished messages in all. */
const UNFINISHED = 20_000;
const HANDSHAKE =
  'GET /ws?room=room HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let engine: Server;
let monitor: Server;
let upgrades: LiveUpgrades;
let gate: Gate;
let sockets: WebSocketServer;
/** Requests that have come to the engine. */
let asked: IncomingMessage[];
const sendToJoin = vi.fn<JoinRouter['sendToJoin']>();

beforeEach(async () => {
  asked = [];
  sockets = new WebSocketServer({ noServer: true });
  engine = createServer();
  engine.on('upgrade', (incoming, socket, head) => {
    asked.push(incoming);
    sockets.handleUpgrade(incoming, socket, head, (client) => {
      client.on('message', (data) => client.send(`echo ${data}`));
    });
  });
  sendToJoin.mockReset();
  sendToJoin.mockImplementation((_rid, { authorization = '' }, send) =>
    send(urlOf(engine), { authorization }),
  );
  const logger = pino({ level: 'silent' });
  gate = openGate({
    limits: {
      ...DEFAULT_HTTP_LIMITS,
      sockets: 2,
      addressCalls: { perSecond: 1, burst: 3 },
      unfinishedBodies: UNFINISHED,
    },
    proxies: new TrustedProxies(['127.0.0.1']),
  });
  upgrades = new LiveUpgrades({
    router: { sendToJoin },
    callers: new Callers({ auth: SECRET_AUTH, logger }),
    metrics: new LiveMetrics(new Registry()),
    logger,
    gate,
    clientHeaders: new ClientHeaders('secret'),
  });
  monitor = createServer();
  upgrades.serve(monitor);
  for (const server of [engine, monitor]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterEach(async () => {
  for (const client of sockets.clients) client.terminate();
  await upgrades.close();
  monitor.close();
  engine.close();
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}/`;
}

function connect(headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${portOf(monitor)}/ws?room=room`, { headers }).on('error', () => {});
}

async function call(socket: WebSocket, method: string, ...params: readonly unknown[]): Promise<number> {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'i', method, params }));
  const [data] = await once(socket, 'message');
  expect(String(data), 'an answer of the monitor').toMatch(/^{/);
  const { id, error }: { id: string; error?: { code: number } } = JSON.parse(String(data));
  expect(id).toBe('i');
  return error?.code ?? 0;
}

async function closeOf(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, 'close');
  return code;
}

test('a token in the first message opens the socket, and goes to the engine with the upgrade', async () => {
  const token = await tokenOf(CLAIMS);
  const socket = connect();
  await once(socket, 'open');
  expect(asked).toEqual([]);
  expect(await call(socket, 'authenticate', token)).toBe(0);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`]);
  for (const text of ['x', 'y'.repeat(70_000)]) {
    socket.send(text);
    const [echo] = await once(socket, 'message');
    expect(String(echo)).toBe(`echo ${text}`);
  }
});

test('what comes right behind the token is passed on behind it', async () => {
  const socket = connect();
  await once(socket, 'open');
  const heard: string[] = [];
  socket.on('message', (data) => heard.push(String(data)));
  const authenticate = { jsonrpc: '2.0', id: 1, method: 'authenticate', params: [await tokenOf(CLAIMS)] };
  socket.send(JSON.stringify(authenticate));
  for (const text of ['a', 'b', 'c'.repeat(5_000)]) socket.send(text);
  await vi.waitUntil(() => heard.length === 4, { timeout: 5_000 });
  expect(heard).toEqual([
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    'echo a',
    'echo b',
    `echo ${'c'.repeat(5_000)}`,
  ]);
});

test('without a good token no room is placed and no engine asked', async () => {
  const socket = connect();
  await once(socket, 'open');
  expect(await call(socket, 'publish', 'room', 'alice', '{}')).toBe(MISSING);
  expect(await call(socket, 'ping')).toBe(MISSING);
  expect(await call(socket, 'authenticate')).toBe(MISSING);
  expect(await call(socket, 'authenticate', 'x.y.z')).toBe(INVALID);
  expect(await call(socket, 'authenticate', await tokenOf(CLAIMS, -60))).toBe(EXPIRED);
  expect(await call(socket, 'authenticate', await tokenOf({ ...CLAIMS, room: 'other' }))).toBe(NOT_PERMITTED);
  expect(sendToJoin).not.toHaveBeenCalled();
  expect(asked).toEqual([]);
  expect(await call(socket, 'authenticate', await tokenOf(CLAIMS))).toBe(0);
});

test('a token in the header is looked at before the engine is', async () => {
  const statusOf = async (authorization: string) => {
    const [, response] = await once(connect({ authorization }), 'unexpected-response');
    response.destroy();
    return response.statusCode;
  };
  expect(await statusOf('Bearer x.y.z')).toBe(401);
  expect(await statusOf(`Bearer ${await tokenOf(CLAIMS, -60)}`)).toBe(401);
  expect(await statusOf(`Bearer ${await tokenOf({ ...CLAIMS, room: 'other' })}`)).toBe(403);
  expect(sendToJoin).not.toHaveBeenCalled();
  const socket = connect({ authorization: `Bearer ${await tokenOf(CLAIMS)}` });
  await once(socket, 'open');
  expect(asked).toHaveLength(1);
});

test('who says anything long or broken before a token is closed', async () => {
  const [long, binary] = [connect(), connect()];
  await Promise.all([once(long, 'open'), once(binary, 'open')]);
  long.send('x'.repeat(20_000));
  binary.send(Buffer.from('x'), { binary: true });
  expect(await Promise.all([closeOf(long), closeOf(binary)])).toEqual([1009, 1003]);
});

test('tokens that are tried are counted as calls of their address', async () => {
  const socket = connect({ 'x-forwarded-for': '192.0.2.1' });
  await once(socket, 'open');
  const codes = [];
  for (let attempt = 0; attempt < 3; attempt++) codes.push(await call(socket, 'authenticate', 'x.y.z'));
  // One of the three has gone for the upgrade.
  expect(codes).toEqual([INVALID, INVALID, 5005000]);
});

test('who reads no answers is closed', async () => {
  const socket = connect();
  await once(socket, 'open');
  socket.pause();
  const closed = new Promise((fulfil) => socket.once('close', fulfil));
  const message = JSON.stringify({ jsonrpc: '2.0', id: 'x'.repeat(15_000), method: 'ping' });
  // What the kernel holds on both sides comes first.
  for (let sent = 0; sent < 2_000; sent++) socket.send(message);
  await vi.waitUntil(async () => (await promisify(monitor.getConnections.bind(monitor))()) === 0, {
    timeout: 10_000,
  });
  socket.resume();
  await closed;
});

test('when no engine has room the socket is closed, to be tried again', async () => {
  sendToJoin.mockRejectedValue(new RpcError('NO_ENGINE', 'no engine has room for another room'));
  const socket = connect();
  await once(socket, 'open');
  const closed = closeOf(socket);
  socket.send(
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'authenticate', params: [await tokenOf(CLAIMS)] }),
  );
  expect(await closed).toBe(1013);
});

test('who waits with its token is counted as an open socket, and ended with the monitor', async () => {
  const waiting = [connect(), connect()];
  await Promise.all(waiting.map((socket) => once(socket, 'open')));
  const [, response] = await once(connect(), 'unexpected-response');
  response.destroy();
  expect(response.statusCode).toBe(503);
  const closed = Promise.all(waiting.map(closeOf));
  await upgrades.close();
  expect(await closed).toEqual([1001, 1001]);
});

test('who ends, or breaks off, while its token is awaited leaves nothing behind', async () => {
  const socket = connect();
  await once(socket, 'open');
  socket.terminate();
  const half = connectTcp(portOf(monitor), '127.0.0.1');
  half.end(HANDSHAKE);
  half.resume();
  await once(half, 'close');
  const again = [connect(), connect()];
  await Promise.all(again.map((one) => once(one, 'open')));
});

test('first messages that are not whole are held to the budget: the oldest is given up with 1013', async () => {
  const unfinished = Buffer.concat([Buffer.from([0x81, 0xfe, 0x3e, 0x80]), Buffer.alloc(15_000)]);
  const received: Buffer[] = [];
  const first = connectTcp(portOf(monitor), '127.0.0.1');
  first.on('data', (piece: Buffer) => received.push(piece));
  first.write(HANDSHAKE);
  await once(first, 'data');
  first.write(unfinished);
  await vi.waitUntil(() => gate.unfinished >= 15_000, { timeout: 10_000 });
  const second = connectTcp(portOf(monitor), '127.0.0.1');
  second.resume();
  second.write(HANDSHAKE);
  await once(second, 'data');
  second.write(unfinished);
  await once(first, 'close');
  expect(Buffer.concat(received).includes(Buffer.from([0x03, 0xf5]))).toBe(true);
  expect(gate.unfinished).toBeLessThanOrEqual(UNFINISHED);
  expect(gate.refusals.requests.get('too-much-unfinished')).toBe(1);
  expect(second.closed).toBe(false);
  second.destroy();
  await vi.waitUntil(() => gate.unfinished === 0, { timeout: 10_000 });
});

test('a handshake that is not sound is refused', async () => {
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '99' };
  const outgoing = request({ port: portOf(monitor), path: '/ws?room=room', headers }).end();
  const [response] = await once(outgoing, 'response');
  response.destroy();
  expect(response.statusCode).toBe(400);
});
