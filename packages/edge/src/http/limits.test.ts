import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Callers } from '../auth/callers.js';
import { OPEN_AUTH, SECRET_AUTH, tokenOf } from '../auth/testing/tokens.js';
import { Gate } from '../gate/gate.js';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../gate/limits.js';
import { RefusalCounts } from '../gate/refusal-counts.js';
import { TrustedProxies } from '../gate/trusted-proxies.js';
import { MAX_HEADER_FIELDS } from './header-fields.js';
import { buildRpcServer, type RpcResponse } from './rpc-server.js';
import { takeUpgrades } from './upgrade.js';

const CALL = JSON.stringify({ id: '1', method: 'list', params: ['r'] });
const PROXY = { 'x-forwarded-for': '192.0.2.1' };

let server: FastifyInstance;
const answer = vi.fn<() => RpcResponse>();
let gate: Gate;
const sockets: Socket[] = [];
beforeEach(() => {
  answer.mockReset().mockReturnValue({ data: 'answered' });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

function build(limits: Partial<HttpLimits>, auth = OPEN_AUTH): void {
  const logger = pino({ enabled: false });
  gate = new Gate({
    limits: { ...DEFAULT_HTTP_LIMITS, ...limits },
    proxies: new TrustedProxies(['127.0.0.1']),
    monitor: null,
    refusals: new RefusalCounts(),
    logger,
    now: () => 0,
  });
  server = buildRpcServer({
    callers: new Callers({ auth, logger }),
    answer,
    isMethod: () => true,
    page: new Map(),
    metrics: async () => '',
    metricsContentType: 'text/plain',
    gate,
    certificate: null,
    logger,
  });
}

async function post(payload: string, headers: Readonly<Record<string, string>> = PROXY) {
  const {
    statusCode,
    body,
    headers: answered,
  } = await server.inject({ method: 'POST', url: '/', payload, headers });
  return { statusCode, json: JSON.parse(body), headers: answered };
}

async function open(): Promise<Socket> {
  if (!server.server.listening) await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** @returns what comes until the connection ends */
async function answerTo(text: string): Promise<string> {
  const socket = await open();
  let received = '';
  socket.on('data', (data) => {
    received += String(data);
  });
  socket.write(text);
  await once(socket, 'close');
  return received;
}

test('calls beyond the rate of their address get 5005000 unread, and pages may see it', async () => {
  build({ addressCalls: { perSecond: 1, burst: 2 } });
  for (let call = 0; call < 2; call++) expect((await post(CALL)).json).toHaveProperty('data');
  const refused = await post('{ broken', { ...PROXY, origin: 'https://app.example' });
  expect(refused.statusCode).toBe(200);
  expect(refused.json).toEqual({ error: { status: 202, code: 5005000, description: expect.any(String) } });
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(answer).toHaveBeenCalledTimes(2);
  expect(gate.refusals.calls.get(5005000)).toBe(1);
  expect((await post(CALL, { 'x-forwarded-for': '192.0.2.2' })).json).toHaveProperty('data');
});

test('metrics count as many calls of their address', async () => {
  build({ addressCalls: { perSecond: 1, burst: 50 } });
  const ask = async (headers: Readonly<Record<string, string>>) =>
    (await server.inject({ url: '/metrics', headers })).statusCode;
  expect([await ask(PROXY), await ask(PROXY), await ask(PROXY)]).toEqual([200, 200, 429]);
  expect((await post(CALL)).json).toHaveProperty('data');
  for (let asked = 0; asked < 10; asked++) expect(await ask({})).toBe(200);
});

test('calls by tokens of one subject are limited, wherever they come from', async () => {
  build({ tokenCalls: { perSecond: 1, burst: 2 } }, SECRET_AUTH);
  const callOf = async (uid: string, client: string) => {
    const authorization = `Bearer ${await tokenOf({ room: 'r', uid })}`;
    const { json } = await post(CALL, { authorization, 'x-forwarded-for': client });
    return json.error?.code ?? 0;
  };
  expect(await callOf('alice', '192.0.2.1')).toBe(0);
  expect(await callOf('alice', '192.0.2.2')).toBe(0);
  expect(await callOf('alice', '192.0.2.3')).toBe(5005000);
  expect(answer).toHaveBeenCalledTimes(2);
  expect(gate.refusals.calls.get(5005000)).toBe(1);
  expect(await callOf('bob', '192.0.2.3')).toBe(0);
});

test('other requests beyond the rate of their address get 429', async () => {
  build({ addressCalls: { perSecond: 1, burst: 1 } });
  const get = () => server.inject({ method: 'GET', url: '/healthz', headers: PROXY });
  expect((await get()).statusCode).toBe(200);
  expect((await get()).statusCode).toBe(429);
  expect((await server.inject({ method: 'GET', url: '/nowhere', headers: PROXY })).statusCode).toBe(429);
  expect(gate.refusals.requests.get('too-many-requests')).toBe(2);
});

test('a body beyond the limit is refused, and counted', async () => {
  build({ body: 100 });
  const { statusCode, json } = await post(' '.repeat(101));
  expect(statusCode).toBe(413);
  expect(json).toEqual({ error: 'the body is longer than 100 bytes' });
  expect(gate.refusals.requests.get('body-too-long')).toBe(1);
});

test('headers beyond the limit are refused, and counted', async () => {
  build({ headers: 200 });
  expect(await answerTo(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(500)}\r\n\r\n`)).toContain(' 431 ');
  expect(gate.refusals.requests.get('headers-too-long')).toBe(1);
});

test.each(['X: y', 'Connection: Upgrade\r\nUpgrade: h2c', 'Connection: Upgrade\r\nUpgrade: websocket'])(
  'a request with %j and more fields than are kept is refused, and nothing of it taken for another one',
  async (more) => {
    build({});
    takeUpgrades(server.server, (_request, socket) => socket.destroy());
    const hidden = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${CALL.length}\r\n\r\n${CALL}`;
    for (const fields of [MAX_HEADER_FIELDS - 2, 3_000]) {
      const received = await answerTo(
        `POST / HTTP/1.1\r\nHost: x\r\n${more}\r\n${'a:\r\n'.repeat(fields)}Content-Length: ${hidden.length}\r\n\r\n${hidden}` +
          'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 431']);
    }
    expect(answer).not.toHaveBeenCalled();
    expect(gate.refusals.requests.get('headers-too-long')).toBe(2);
  },
);

test('a request with many fields is answered as others are', async () => {
  build({});
  const many = 'a: b\r\n'.repeat(MAX_HEADER_FIELDS / 2);
  const received = await answerTo(`GET /healthz HTTP/1.1\r\nHost: x\r\n${many}Connection: close\r\n\r\n`);
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
});

test('of thousands of header fields few are kept', async () => {
  build({});
  const asked = once(server.server, 'request');
  await answerTo(`GET /healthz HTTP/1.1\r\nHost: x\r\n${'a:\r\n'.repeat(3_000)}\r\n`);
  const [{ rawHeaders }] = await asked;
  expect(rawHeaders.length).toBeLessThan(4 * MAX_HEADER_FIELDS);
});

test.each([
  ['headers', { headerTime: 200 }, 'GET / HTTP/1.1\r\nHost:'],
  [
    'bodies',
    { headerTime: 100, requestTime: 200 },
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{',
  ],
])(
  '%s that come too slowly are given up, and counted',
  async (_, limits, beginning) => {
    build(limits);
    expect(await answerTo(beginning)).toContain(' 408 ');
    expect(gate.refusals.requests.get('too-slow')).toBe(1);
  },
  10_000,
);

test('errors of calls are counted by their code', async () => {
  build({});
  answer.mockReturnValue({ error: { status: 202, code: 5001000, description: '' } });
  await post(CALL);
  expect(gate.refusals.calls.get(5001000)).toBe(1);
});
