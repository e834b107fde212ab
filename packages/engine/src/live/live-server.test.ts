import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Callers } from '@kraken/edge/auth/callers';
import type { Gate } from '@kraken/edge/gate/gate';
import { DEFAULT_HTTP_LIMITS } from '@kraken/edge/gate/limits';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { OPEN_AUTH } from '../../../edge/src/auth/testing/tokens.js';
import { DEFAULT_CAPACITY } from '../room/capacity.js';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import { TestEngine } from '../room/testing/test-engine.js';
import { LiveRooms } from './live-rooms.js';
import { LiveServer, PING_INTERVAL, SOCKET_SILENCE, UNUSED_LIFETIME } from './live-server.js';
import { MAX_BACKLOG } from './live-socket.js';
import { openGate } from './open-gate.fixture.js';

/** ms */
const OPENS_ROOM_FOR = 5_000;
/** Of the event loop, in which a ping and its answer come through whatever else the machine does: some more than it takes. */
const TURNS = 20;
/** Octets of unfinished messages in all. */
const UNFINISHED = 1_200_000;

let engine: TestEngine;
let server: Server;
let live: LiveServer;
let now: number;
let isDraining: boolean;
let gate: Gate;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  now = 0;
  isDraining = false;
  engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, pendingJoinsPerAddress: 1 } });
  const rooms = new LiveRooms(
    engine.control,
    () => now,
    (error) => expect.unreachable(String(error)),
  );
  gate = openGate({
    limits: {
      ...DEFAULT_HTTP_LIMITS,
      addressCalls: { perSecond: 1, burst: 5 },
      socketsPerAddress: 2,
      unfinishedBodies: UNFINISHED,
    },
    proxies: new TrustedProxies(['127.0.0.1']),
  });
  const backend = { signalling: engine.control, turnServers: () => [] };
  live = new LiveServer({
    backend,
    callers: new Callers({ auth: OPEN_AUTH, logger: pino({ enabled: false }) }),
    rooms,
    isDraining: () => isDraining,
    gate,
    opensRoomFor: OPENS_ROOM_FOR,
    logger: pino({ enabled: false }),
    now: () => now,
  });
  server = createServer();
  live.serve(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await live.close();
  vi.useRealTimers();
  server.close();
});

/** @param options none for a program on this machine, which no limit of an address holds */
function connect(options: WebSocket.ClientOptions = { autoPong: true }): WebSocket {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return new WebSocket(`ws://127.0.0.1:${port}/ws?room=room`, options);
}

async function pass(time: number): Promise<void> {
  for (let passed = 0; passed < time; passed += PING_INTERVAL) {
    now += PING_INTERVAL;
    vi.advanceTimersByTime(PING_INTERVAL);
    for (let turn = 0; turn < TURNS; turn++) await sleep(1);
  }
}

/** @returns the code of the error that a publish over that socket is answered with, or 0 */
async function publishOver(socket: WebSocket, uid: string): Promise<number> {
  const jsep = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
  const answered = new Promise<number>((fulfil) => {
    socket.on('message', (data) => {
      const { id, error }: { id?: string; error?: { code: number } } = JSON.parse(data.toString());
      if (id === uid) fulfil(error?.code ?? 0);
    });
  });
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: uid, method: 'publish', params: ['room', uid, jsep] }));
  return answered;
}

test('joins count for the address that a trusted proxy names, whoever is behind it', async () => {
  const behind = (address: string) => connect({ headers: { 'x-forwarded-for': address } });
  const sockets = [behind('192.0.2.1'), behind('192.0.2.1'), behind('192.0.2.2')];
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  const codes: number[] = [];
  for (const [index, socket] of sockets.entries()) codes.push(await publishOver(socket, `u${index}`));
  expect(codes).toEqual([0, 5005002, 0]);
  expect(gate.refusals.calls.get(5005002)).toBe(1);
});

test('a socket that answers no ping is ended, and one that does stays', async () => {
  const [dead, alive] = [connect({ autoPong: false }), connect()];
  await Promise.all([once(dead, 'open'), once(alive, 'open')]);
  await pass(SOCKET_SILENCE + PING_INTERVAL);
  await vi.waitUntil(() => dead.readyState === WebSocket.CLOSED, { timeout: 10_000 });
  expect(alive.readyState).toBe(WebSocket.OPEN);
  expect(live.size).toBe(1);
});

test('a socket on which nobody publishes is closed with 4003', async () => {
  const socket = connect();
  const closed = once(socket, 'close');
  await once(socket, 'open');
  await pass(UNUSED_LIFETIME + 2 * PING_INTERVAL);
  expect((await closed)[0]).toBe(4003);
});

test('messages that are not whole are held to the budget: the oldest of who holds most is given up with 1013', async () => {
  const behind = (address: string) => connect({ headers: { 'x-forwarded-for': address } });
  const [first, second, other] = [behind('192.0.2.1'), behind('192.0.2.1'), behind('192.0.2.2')];
  await Promise.all([first, second, other].map((socket) => once(socket, 'open')));
  const closed = once(first, 'close');
  first.send('x'.repeat(UNFINISHED / 4), { fin: false });
  await vi.waitUntil(() => gate.unfinished > UNFINISHED / 4, { timeout: 10_000 });
  second.send('x'.repeat(UNFINISHED / 2), { fin: false });
  other.send('x'.repeat(UNFINISHED / 3), { fin: false });
  expect((await closed)[0]).toBe(1013);
  expect(gate.unfinished).toBeLessThanOrEqual(UNFINISHED);
  expect(gate.refusals.requests.get('too-much-unfinished')).toBe(1);
  other.send('', { fin: true });
  await vi.waitUntil(() => gate.unfinished < (UNFINISHED * 2) / 3, { timeout: 10_000 });
  second.terminate();
  await vi.waitUntil(() => gate.unfinished === 0, { timeout: 10_000 });
  expect(other.readyState).toBe(WebSocket.OPEN);
});

test('a message that does not come whole in time ends the socket, whatever else it says', async () => {
  const [socket, other] = [connect(), connect()];
  await Promise.all([once(socket, 'open'), once(other, 'open')]);
  socket.send('x'.repeat(1_000), { fin: false });
  for (let passed = 0; live.size > 1 && passed < UNUSED_LIFETIME / 2; passed += PING_INTERVAL) {
    socket.pong();
    other.pong();
    await pass(PING_INTERVAL);
  }
  await vi.waitUntil(() => socket.readyState === WebSocket.CLOSED, { timeout: 5_000 });
  expect(other.readyState).toBe(WebSocket.OPEN);
  expect(gate.refusals.requests.get('too-slow')).toBe(1);
});

test('a handshake that is not sound is refused as every other upgrade', async () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '99' };
  const call = request({ port, path: '/ws?room=room', headers }).end();
  const [response] = await once(call, 'response');
  expect(response.statusCode).toBe(400);
  expect(response.headers['sec-websocket-version']).toBe('13');
  expect(await json(response)).toEqual({ error: expect.stringContaining('Sec-WebSocket-') });
});

test('calls that come after a socket was closed are not carried out', async () => {
  const socket = connect();
  await once(socket, 'open');
  const jsep = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
  const params = ['room', 'alice', jsep];
  const closed = once(socket, 'close');
  socket.send(Buffer.from('{}'), { binary: true });
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'publish', params }));
  await closed;
  expect(engine.control.hasRoom('room')).toBe(false);
});

test('a socket that is too old to open its room is closed with 1001, and joins one that there is', async () => {
  const jsep = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
  const publish = (uid: string) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'publish', params: ['room', uid, jsep] });
  const [late, early, other] = [connect(), connect(), connect()];
  await Promise.all([once(late, 'open'), once(early, 'open'), once(other, 'open')]);
  now += OPENS_ROOM_FOR;
  late.send(publish('alice'));
  expect((await once(late, 'close'))[0]).toBe(1001);
  expect(engine.control.hasRoom('room')).toBe(false);
  now -= 1;
  early.send(publish('bob'));
  await once(early, 'message');
  now += 1;
  other.send(publish('eve'));
  await once(other, 'message');
  expect(engine.control.list('room').map(({ uid }) => uid)).toEqual(['bob', 'eve']);
});

test('a socket that floods calls is served by turns with the others', async () => {
  const [flood, other] = [connect(), connect()];
  await Promise.all([once(flood, 'open'), once(other, 'open')]);
  const CALLS = 10_000;
  let answered = 0;
  flood.on('message', () => answered++);
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  for (let index = 0; index < CALLS; index++) flood.send(ping);
  await vi.waitUntil(() => answered > 0, { timeout: 10_000 });
  other.send(ping);
  await once(other, 'message');
  expect(answered).toBeLessThan(CALLS / 2);
});

test('a reader that is too slow is ended', async () => {
  const socket = connect();
  await once(socket, 'open');
  socket.pause();
  const id = 'x'.repeat(1024 * 1024);
  const message = JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });
  // What the kernel holds on both sides comes on top.
  for (let sent = 0; sent < 8 * MAX_BACKLOG; sent += id.length) socket.send(message);
  await vi.waitUntil(() => live.size === 0, { timeout: 10_000 });
  socket.terminate();
});

test('a message of countless frames ends its socket', async () => {
  const socket = connect();
  await once(socket, 'open');
  socket.send('x', { fin: false });
  for (let sent = 0; sent < 2_000; sent++) socket.send('x', { fin: false });
  const [code] = await once(socket, 'close');
  expect(code).toBe(1008);
});

test('while the engine drains, a socket is refused for a room that it does not have', async () => {
  isDraining = true;
  const socket = connect();
  const [, response] = await once(socket, 'unexpected-response');
  expect(response.statusCode).toBe(503);
  expect(response.headers['kraken-refused']).toBe('draining');
  response.destroy();
});

describe('of one address', () => {
  const options = { headers: { 'X-Forwarded-For': '192.0.2.1' } };

  test('sockets are limited, and another one may come when one has gone', async () => {
    const [first, second] = [connect(options), connect(options)];
    await Promise.all([once(first, 'open'), once(second, 'open')]);
    const [, response] = await once(connect(options), 'unexpected-response');
    expect(response.statusCode).toBe(429);
    response.destroy();
    expect(gate.refusals.requests.get('too-many-sockets-of-address')).toBe(1);
    first.terminate();
    await vi.waitUntil(() => live.size === 1, { timeout: 10_000 });
    await once(connect(options), 'open');
  });

  test('calls are limited however many sockets there are', async () => {
    const sockets = [connect(options), connect(options)];
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const codes: unknown[] = [];
    for (const socket of sockets)
      socket.on('message', (data) => codes.push(JSON.parse(String(data)).error?.code ?? 'answered'));
    const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    // What is no call counts as one.
    for (const text of [ping, '[]']) for (const socket of sockets) socket.send(text);
    await vi.waitUntil(() => codes.length === 4, { timeout: 10_000 });
    // Two of the five have gone for the upgrades.
    expect(codes.filter((code) => code !== 5005000)).toHaveLength(3);
    expect(codes).toContain(-32600);
  });
});
