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

const TOO_MANY_CALLS = 5005000;

let server: FastifyInstance;
beforeEach(() => {
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
      refusals: new RefusalCounts(),
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
