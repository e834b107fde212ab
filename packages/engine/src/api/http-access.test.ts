import { Callers } from '@kraken/edge/auth/callers';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { SECRET_AUTH, tokenOf } from '../../../edge/src/auth/testing/tokens.js';
import { openGate } from '../live/open-gate.fixture.js';
import { buildHttpServer } from './http-server.js';
import { CID, RecordingSignalling } from './signalling.fixture.js';

const MISSING = 5004000;
const INVALID = 5004001;
const EXPIRED = 5004002;
const NOT_PERMITTED = 5004003;

const logger = pino({ level: 'silent' });
const signalling = new RecordingSignalling();
const server = buildHttpServer({
  backend: { signalling, turnServers: () => [] },
  callers: new Callers({ auth: SECRET_AUTH, logger }),
  page: new Map(),
  gate: null,
  certificate: null,
  metrics: async () => '',
  logger,
});
afterAll(() => server.close());
beforeEach(() => {
  signalling.holdsRooms = true;
  signalling.calls.length = 0;
});

/** A call of each method, by the user u1 in the room r1. */
const CALLS: readonly { readonly method: string; readonly params: readonly unknown[] }[] = [
  { method: 'turn', params: ['u1'] },
  { method: 'info', params: [] },
  { method: 'list', params: ['r1'] },
  { method: 'publish', params: ['r1', 'u1', '{}'] },
  { method: 'restart', params: ['r1', 'u1', CID, '{}'] },
  { method: 'end', params: ['r1', 'u1', CID] },
  { method: 'trickle', params: ['r1', 'u1', CID, 'null'] },
  { method: 'subscribe', params: ['r1', 'u1', CID] },
  { method: 'answer', params: ['r1', 'u1', CID, '{}'] },
  { method: 'mute', params: ['r1', 'u1', CID, true] },
  { method: 'loudest', params: ['r1', 'u1', CID, 3] },
  { method: 'permit', params: ['r1', 'u9', { publish: true }] },
  { method: 'silence', params: ['r1', 'u9', true] },
  { method: 'remove', params: ['r1', 'u9'] },
];

async function call(token: string | null, method: string, ...params: readonly unknown[]) {
  const response = await server.inject({
    method: 'POST',
    url: '/',
    payload: JSON.stringify({ id: 'i', method, params }),
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  const { id, error }: { id?: string; error?: { code: number; status: number } } = JSON.parse(response.body);
  return {
    http: response.statusCode,
    id,
    code: error?.code ?? 0,
    status: error?.status,
    headers: response.headers,
  };
}

test('a join counts for the address that a trusted proxy names, and the subject of its token', async () => {
  const behindProxy = buildHttpServer({
    backend: { signalling, turnServers: () => [] },
    callers: new Callers({ auth: SECRET_AUTH, logger }),
    page: new Map(),
    gate: openGate({ proxies: new TrustedProxies(['127.0.0.1']) }),
    certificate: null,
    metrics: async () => '',
    logger,
  });
  const authorization = `Bearer ${await tokenOf({ room: 'r1', uid: 'u1' })}`;
  await behindProxy.inject({
    method: 'POST',
    url: '/',
    payload: JSON.stringify({ method: 'publish', params: ['r1', 'u1', '{}'] }),
    headers: { authorization, 'x-forwarded-for': '2001:db8::7' },
  });
  await behindProxy.close();
  const origin = { address: '2001:db8:0:0::/64', subject: 'u1' };
  expect(signalling.calls).toMatchObject([['publish', { origin }]]);
});

describe('with tokens demanded', () => {
  test.each(CALLS)(
    '%s without a token, with a bad or an expired one is not carried out',
    async ({ method, params }) => {
      const claims = { room: 'r1', uid: 'u1', administer: true };
      expect(await call(null, method, ...params)).toMatchObject({
        http: 200,
        id: 'i',
        code: MISSING,
        status: 202,
      });
      expect(await call('x.y.z', method, ...params)).toMatchObject({ http: 200, code: INVALID, status: 202 });
      expect(await call(await tokenOf(claims, -60), method, ...params)).toMatchObject({
        http: 200,
        code: EXPIRED,
        status: 202,
      });
      expect(signalling.calls).toEqual([]);
      expect(await call(await tokenOf(claims), method, ...params)).toMatchObject({ http: 200, code: 0 });
    },
  );

  test.each(CALLS.filter(({ method }) => method !== 'info'))(
    "$method for another room and user than the token's is not carried out",
    async ({ method, params }) => {
      const token = await tokenOf({ room: 'r2', uid: 'u2', administer: true });
      expect(await call(token, method, ...params)).toMatchObject({
        http: 200,
        code: NOT_PERMITTED,
        status: 202,
      });
      expect(signalling.calls).toEqual([]);
    },
  );

  test('who does not administer cannot set how many are heard', async () => {
    const token = await tokenOf({ room: 'r1', uid: 'u1' });
    expect(await call(token, 'loudest', 'r1', 'u1', CID, 3)).toMatchObject({ code: NOT_PERMITTED });
    expect(signalling.calls).toEqual([]);
  });

  test('an unknown method tells nothing to who has no token', async () => {
    expect(await call(null, 'x')).toMatchObject({ code: MISSING });
    expect(await call(await tokenOf({ room: 'r1', uid: 'u1' }), 'x')).toMatchObject({ code: 5001000 });
  });

  test('who may not ask about a room is not told whether it is here', async () => {
    signalling.holdsRooms = false;
    const refusedBy = async (token: string | null) =>
      (await call(token, 'list', 'r1')).headers['kraken-refused'];
    expect(await refusedBy(await tokenOf({ room: 'r1', uid: 'u1' }))).toBe('no-room');
    expect(await refusedBy(await tokenOf({ room: 'r2', uid: 'u1' }))).toBeUndefined();
    expect(await refusedBy(null)).toBeUndefined();
  });

  test('pages of other origins may send tokens', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-headers': 'authorization' };
    const response = await server.inject({ method: 'OPTIONS', url: '/', headers });
    expect(response.statusCode).toBe(200);
    expect(response.headers['access-control-allow-headers']).toContain('Authorization');
  });
});
