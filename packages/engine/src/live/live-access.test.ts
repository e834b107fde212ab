/** Live sockets of an engine that demands tokens. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { AUTHENTICATION_TIMEOUT, Callers, MAX_FIRST_MESSAGE } from '@kraken/edge/auth/callers';
import type { Gate } from '@kraken/edge/gate/gate';
import { DEFAULT_HTTP_LIMITS } from '@kraken/edge/gate/limits';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { SECRET_AUTH, tokenOf } from '../../../edge/src/auth/testing/tokens.js';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import { TestEngine } from '../room/testing/test-engine.js';
import { LiveRooms } from './live-rooms.js';
import { LiveServer } from './live-server.js';
import { openGate } from './open-gate.fixture.js';

const MISSING = 5004000;
const INVALID = 5004001;
const EXPIRED = 5004002;
const NOT_PERMITTED = 5004003;
const TOO_MANY_CALLS = 5005000;
const TRACK_NOT_FOUND = 5002003;
const UNAUTHENTICATED = 4004;
/** More calls than any other of these tests makes. */
const CALLS_OF_SUBJECT = 20;
const CLAIMS = { room: 'room', uid: 'alice' };

let engine: TestEngine;
let server: Server;
let live: LiveServer;
let gate: Gate;
let now: number;
let isDraining: boolean;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  now = 0;
  isDraining = false;
  engine = new TestEngine();
  const rooms = new LiveRooms(
    engine.control,
    () => now,
    (error) => expect.unreachable(String(error)),
  );
  const logger = pino({ enabled: false });
  gate = openGate({
    limits: {
      ...DEFAULT_HTTP_LIMITS,
      addressCalls: { perSecond: 1, burst: 3 },
      tokenCalls: { perSecond: 1, burst: CALLS_OF_SUBJECT },
    },
    proxies: new TrustedProxies(['127.0.0.1']),
  });
  live = new LiveServer({
    backend: { signalling: engine.control, turnServers: () => [] },
    callers: new Callers({ auth: SECRET_AUTH, logger }),
    rooms,
    isDraining: () => isDraining,
    gate,
    opensRoomFor: Number.POSITIVE_INFINITY,
    logger,
    now: () => now,
  });
  server = createServer();
  live.serve(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await live.close();
  vi.useRealTimers();
  server.close();
});

/** A socket that keeps what it is answered, by the ids of its calls. */
class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #answers = new Map<number, (code: number) => void>();
  readonly order: number[] = [];
  #id = 0;

  constructor(authorization?: string, more: Readonly<Record<string, string>> = {}) {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const headers = { ...more, ...(authorization === undefined ? {} : { authorization }) };
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws?room=room`, { headers });
    this.closed = new Promise((fulfil) => this.socket.once('close', fulfil));
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      const { id, error }: { id?: number; error?: { code: number } } = JSON.parse(data.toString());
      if (id === undefined) return;
      this.order.push(id);
      this.#answers.get(id)?.(error?.code ?? 0);
    });
  }

  static async open(authorization?: string): Promise<Client> {
    const client = new Client(authorization);
    await once(client.socket, 'open');
    return client;
  }

  /** @returns the code of the error, or 0 */
  call(method: string, ...params: readonly unknown[]): Promise<number> {
    const id = ++this.#id;
    const answered = new Promise<number>((fulfil) => this.#answers.set(id, fulfil));
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return answered;
  }

  publish(uid = 'alice', rid = 'room'): Promise<number> {
    const jsep = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
    return this.call('publish', rid, uid, jsep);
  }
}

async function refusalOf(
  authorization: string,
  more: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const { socket } = new Client(authorization, more);
  const [, response] = await once(socket, 'unexpected-response');
  response.destroy();
  return response.statusCode;
}

test('before a token is shown nothing but that is carried out', async () => {
  const client = await Client.open();
  expect(await client.publish()).toBe(MISSING);
  expect(await client.call('ping')).toBe(MISSING);
  expect(await client.call('info')).toBe(MISSING);
  expect(await client.call('resume', 'room', 'alice', 'x')).toBe(MISSING);
  expect(engine.control.hasRoom('room')).toBe(false);
  expect(await client.call('authenticate', await tokenOf(CLAIMS))).toBe(0);
  expect(await client.publish()).toBe(0);
  expect(await client.call('ping')).toBe(0);
});

test('of a long message no more is held before a token is shown than a token needs', async () => {
  const client = await Client.open();
  // A frame that ends a message is yet to come.
  client.socket.send('x'.repeat(MAX_FIRST_MESSAGE + 100), { fin: false });
  await client.closed;
  expect(gate.refusals.requests.get('body-too-long')).toBe(1);
});

test('what comes together with a token, however long, is taken behind it', async () => {
  const client = await Client.open();
  const id = 'x'.repeat(20 * MAX_FIRST_MESSAGE);
  const answers = [client.call('authenticate', await tokenOf(CLAIMS)), client.call('ping', id)];
  expect(await Promise.all(answers)).toEqual([0, 0]);
  expect(await client.publish()).toBe(0);
});

test('while the engine drains, nobody without a token is told whether a room is here', async () => {
  isDraining = true;
  const client = await Client.open();
  expect(await client.call('authenticate', await tokenOf(CLAIMS))).toBe(0);
  expect(await refusalOf(`Bearer ${await tokenOf(CLAIMS)}`)).toBe(503);
});

test('a token in the header of the upgrade does as well', async () => {
  const client = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  expect(await client.publish()).toBe(0);
});

test('an upgrade with a token that does not do is refused', async () => {
  expect(await refusalOf('Bearer x.y.z')).toBe(401);
  expect(await refusalOf(`Bearer ${await tokenOf(CLAIMS, -60)}`)).toBe(401);
  expect(await refusalOf(`Bearer ${await tokenOf({ ...CLAIMS, room: 'other' })}`)).toBe(403);
  expect(live.size).toBe(0);
});

test('upgrades with tokens that do not do are held to the limits of their address', async () => {
  const stranger = { 'x-forwarded-for': '192.0.2.1' };
  const refusals = [];
  for (let attempt = 0; attempt < 4; attempt++) refusals.push(await refusalOf('Bearer x.y.z', stranger));
  expect(refusals).toEqual([401, 401, 401, 429]);
});

test('missing, bad, expired and foreign tokens are told apart, and none of them opens the socket', async () => {
  const client = await Client.open();
  expect(await client.call('authenticate')).toBe(MISSING);
  expect(await client.call('authenticate', 7)).toBe(INVALID);
  expect(await client.call('authenticate', 'x.y.z')).toBe(INVALID);
  expect(await client.call('authenticate', await tokenOf(CLAIMS, -60))).toBe(EXPIRED);
  expect(await client.call('authenticate', await tokenOf({ ...CLAIMS, room: 'other' }))).toBe(NOT_PERMITTED);
  expect(await client.publish()).toBe(MISSING);
});

test('a socket is for the user of its token alone', async () => {
  const client = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  expect(await client.publish('bob')).toBe(NOT_PERMITTED);
  expect(await client.call('authenticate', await tokenOf({ ...CLAIMS, uid: 'bob' }))).toBe(NOT_PERMITTED);
  expect(await client.publish('bob')).toBe(NOT_PERMITTED);
  expect(await client.publish('alice')).toBe(0);
});

test('who resumes shows a token for that participant', async () => {
  const alice = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  await alice.publish();
  const cid = engine.control.list('room')[0]?.cid;
  const bob = await Client.open(`Bearer ${await tokenOf({ ...CLAIMS, uid: 'bob' })}`);
  expect(await bob.call('resume', 'room', 'alice', cid)).toBe(NOT_PERMITTED);
  const again = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  expect(await again.call('resume', 'room', 'alice', cid)).toBe(0);
});

test('a uid that is there is displaced by a token for it, and by no other', async () => {
  const alice = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  await alice.publish();
  const [first] = engine.control.list('room');
  const bob = await Client.open(`Bearer ${await tokenOf({ ...CLAIMS, uid: 'bob' })}`);
  expect(await bob.publish('alice')).toBe(NOT_PERMITTED);
  expect(engine.control.list('room')).toEqual([first]);
  const elsewhere = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  expect(await elsewhere.publish('alice')).toBe(0);
  expect(await alice.call('subscribe', 'room', 'alice', first?.cid)).toBe(TRACK_NOT_FOUND);
});

test('behind the end of its token a socket is told so until it shows a fresh one, and the call goes on', async () => {
  const client = await Client.open(`Bearer ${await tokenOf(CLAIMS)}`);
  await client.publish();
  const [before] = engine.control.list('room');
  const later = Date.now() + 3_600_000;
  vi.spyOn(Date, 'now').mockReturnValue(later);
  expect(await client.call('subscribe', 'room', 'alice', before?.cid)).toBe(EXPIRED);
  expect(await client.call('ping')).toBe(0);
  expect(engine.control.list('room')).toEqual([before]);
  expect(await client.call('authenticate', await tokenOf(CLAIMS))).toBe(0);
  expect(await client.call('subscribe', 'room', 'alice', before?.cid)).toBe(0);
});

test('calls that come while a token is verified are answered behind it, in their order', async () => {
  const client = await Client.open();
  const token = await tokenOf(CLAIMS);
  const codes = await Promise.all([
    client.call('ping'),
    client.call('authenticate', token),
    client.publish(),
    client.call('authenticate', token),
    client.call('ping'),
  ]);
  expect(codes).toEqual([MISSING, 0, 0, 0, 0]);
  expect(client.order).toEqual([1, 2, 3, 4, 5]);
});

test('a socket on which no token is shown in time is closed with 4004, and one with a token stays', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const [anonymous, known] = [await Client.open(), await Client.open(`Bearer ${await tokenOf(CLAIMS)}`)];
  vi.advanceTimersByTime(AUTHENTICATION_TIMEOUT - 1);
  expect(await anonymous.call('ping')).toBe(MISSING);
  vi.advanceTimersByTime(1);
  expect(await anonymous.closed).toBe(UNAUTHENTICATED);
  expect(known.socket.readyState).toBe(WebSocket.OPEN);
});

test('calls by tokens of one subject are limited however many sockets there are', async () => {
  const open = async (uid: string) => Client.open(`Bearer ${await tokenOf({ ...CLAIMS, uid })}`);
  const [first, second] = [await open('alice'), await open('alice')];
  for (let call = 0; call < CALLS_OF_SUBJECT; call++) expect(await first.call('info')).toBe(0);
  expect(await first.call('info')).toBe(TOO_MANY_CALLS);
  expect(await second.call('info')).toBe(TOO_MANY_CALLS);
  expect(await second.call('ping')).toBe(0);
  expect(await (await open('bob')).call('info')).toBe(0);
});

test('the others are told the name that a token has', async () => {
  const alice = await Client.open(`Bearer ${await tokenOf({ ...CLAIMS, name: 'Alice Liddell' })}`);
  await alice.publish();
  const bob = await Client.open(`Bearer ${await tokenOf({ ...CLAIMS, uid: 'bob' })}`);
  const told = new Promise<unknown>((fulfil) => {
    bob.socket.on('message', (data) => {
      const { method, params } = JSON.parse(data.toString());
      if (method === 'participants') fulfil(params.participants);
    });
  });
  await bob.publish('bob');
  expect(await told).toEqual([
    expect.objectContaining({ uid: 'alice', name: 'Alice Liddell' }),
    expect.not.objectContaining({ name: expect.anything() }),
  ]);
});
