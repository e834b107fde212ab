import { once } from 'node:events';
import { request } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Callers } from '../auth/callers.js';
import { SECRET_AUTH, tokenOf } from '../auth/testing/tokens.js';
import { Gate } from '../gate/gate.js';
import { DEFAULT_HTTP_LIMITS } from '../gate/limits.js';
import { RefusalCounts } from '../gate/refusal-counts.js';
import { TrustedProxies } from '../gate/trusted-proxies.js';
import { LARGE_BODY } from './large-body.js';
import { buildRpcServer } from './rpc-server.js';

const TOKEN_MISSING = 5004000;
const TOO_MANY_CALLS = 5005000;

let server: FastifyInstance;
let refusals: RefusalCounts;
beforeEach(() => {
  refusals = new RefusalCounts();
  const logger = pino({ enabled: false });
  server = buildRpcServer({
    callers: new Callers({ auth: SECRET_AUTH, logger }),
    answer: () => ({ data: {} }),
    relay: async () => null,
    lacksRoom: () => true,
    isMethod: () => true,
    page: new Map(),
    metrics: async () => '',
    metricsContentType: 'text/plain',
    gate: new Gate({
      limits: { ...DEFAULT_HTTP_LIMITS, tokenCalls: { perSecond: 1, burst: 2 } },
      proxies: new TrustedProxies([]),
      monitor: null,
      refusals,
      logger,
      now: () => 0,
    }),
    certificate: null,
    logger,
  });
});
afterEach(() => server.close());

async function call(params: readonly string[]) {
  const authorization = `Bearer ${await tokenOf({ room: 'r', uid: 'u' })}`;
  const payload = JSON.stringify({ id: '1', method: 'answer', params });
  const { body, headers } = await server.inject({
    method: 'POST',
    url: '/',
    payload,
    headers: { authorization },
  });
  return { code: JSON.parse(body).error?.code ?? 0, refused: headers['kraken-refused'] };
}

test('a long call that is not passed on counts once with its token', async () => {
  const long = ['r', 'u', 'x'.repeat(LARGE_BODY)];
  expect(await call(long)).toMatchObject({ code: 0 });
  expect(await call(long)).toMatchObject({ code: 0 });
  expect(await call(long)).toMatchObject({ code: TOO_MANY_CALLS });
});

test('who calls too often is not told whether a room is here', async () => {
  expect(await call(['r', 'u'])).toEqual({ code: 0, refused: 'no-room' });
  await call(['r', 'u']);
  expect(await call(['other', 'u'])).toEqual({ code: TOO_MANY_CALLS, refused: undefined });
});

test.each([
  ['announced', { 'content-length': String(2 * LARGE_BODY) }],
  ['coming in chunks', { 'transfer-encoding': 'chunked' }],
])('of who may not call no long body is read, %s', async (_, headers) => {
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const outgoing = request({ port, host: '127.0.0.1', method: 'POST', headers });
  outgoing.on('error', () => {});
  // Nothing of the body follows.
  outgoing.flushHeaders();
  const [response] = await once(outgoing, 'response');
  expect(JSON.parse((await response.toArray()).join(''))).toEqual({
    error: { status: 202, code: TOKEN_MISSING, description: expect.any(String) },
  });
  expect(refusals.calls.get(TOKEN_MISSING)).toBe(1);
  outgoing.destroy();
});

test('a short call of who may not call is answered with its id', async () => {
  const { body } = await server.inject({ method: 'POST', url: '/', payload: '{"id":"7","method":"list"}' });
  expect(JSON.parse(body)).toMatchObject({ id: '7', error: { code: TOKEN_MISSING } });
});
