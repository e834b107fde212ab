import { createServer, type Server } from 'node:http';
import { RpcError } from '@kraken/protocol';
import { type CryptoKey, exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FETCH_COOL_DOWN, KEYS_LIFETIME, KeySet, MAX_KEY_SET_LENGTH } from './key-set.js';
import { OPEN_AUTH, SECRET_AUTH } from './testing/tokens.js';
import { TokenVerifier } from './token-verifier.js';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
const CLAIMS = { room: 'r1', uid: 'u1' };

/** What the issuer answers next, and how often it was asked. */
let served: { status: number; body: string };
let fetches: number;
let now: number;
let server: Server;
let url: string;

beforeEach(async () => {
  served = { status: 200, body: '{"keys":[]}' };
  fetches = 0;
  now = 0;
  server = createServer(({ url: path }, response) => {
    fetches++;
    if (path === '/moved') response.writeHead(302, { location: '/keys' }).end();
    else response.writeHead(served.status).end(served.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}/keys`;
});
afterEach(() => server.close());

function verifier(auth = OPEN_AUTH): TokenVerifier {
  const logger = pino({ level: 'silent' });
  return new TokenVerifier(auth, new KeySet({ url, logger, now: () => now }), Date.now);
}

async function serve(
  ...keys: readonly (readonly [kid: string, alg: string, key: CryptoKey])[]
): Promise<void> {
  const all = await Promise.all(
    keys.map(async ([kid, alg, key]) => ({ ...(await exportJWK(key)), kid, alg })),
  );
  served.body = JSON.stringify({ keys: all });
}

function sign(alg: string, kid: string, { privateKey }: GenerateKeyPairResult): Promise<string> {
  return new SignJWT(CLAIMS).setProtectedHeader({ alg, kid }).setExpirationTime('1 minute').sign(privateKey);
}

async function nameOfRefusal(verified: Promise<unknown>): Promise<string> {
  const error = await verified.catch((reason: unknown) => reason);
  return error instanceof RpcError ? error.name : 'none';
}

test.each(ALGORITHMS)('a token signed by %s is verified by the key that it names', async (alg) => {
  const pair = await generateKeyPair(alg);
  const other = await generateKeyPair(alg);
  await serve(['1', alg, other.publicKey], ['2', alg, pair.publicKey]);
  const verifying = verifier();
  expect(await verifying.verify(await sign(alg, '2', pair))).toMatchObject({ rid: 'r1', uid: 'u1' });
  expect(await nameOfRefusal(verifying.verify(await sign(alg, '1', pair)))).toBe('TOKEN_INVALID');
  expect(fetches).toBe(1);
});

test('a public key is never taken for a shared secret', async () => {
  const { publicKey } = await generateKeyPair('RS256', { extractable: true });
  await serve(['1', 'RS256', publicKey]);
  const text = new TextEncoder().encode(served.body);
  const token = await new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'HS256', kid: '1' })
    .setExpirationTime('1 minute')
    .sign(text);
  expect(await nameOfRefusal(verifier().verify(token))).toBe('TOKEN_INVALID');
  expect(await nameOfRefusal(verifier(SECRET_AUTH).verify(token))).toBe('TOKEN_INVALID');
});

test('tokens that name unknown keys have them fetched once in a cool-down', async () => {
  const known = await generateKeyPair('ES256');
  const unknown = await generateKeyPair('ES256');
  await serve(['1', 'ES256', known.publicKey]);
  const verifying = verifier();
  await verifying.verify(await sign('ES256', '1', known));
  const token = await sign('ES256', '2', unknown);
  for (let call = 0; call < 20; call++) {
    expect(await nameOfRefusal(verifying.verify(token))).toBe('TOKEN_INVALID');
  }
  expect(fetches).toBe(1);
  now = FETCH_COOL_DOWN;
  await serve(['1', 'ES256', known.publicKey], ['2', 'ES256', unknown.publicKey]);
  const both = await Promise.all([verifying.verify(token), verifying.verify(token)]);
  expect(both).toHaveLength(2);
  expect(fetches).toBe(2);
});

test('keys that are there count while no new ones can be had', async () => {
  const pair = await generateKeyPair('ES256');
  await serve(['1', 'ES256', pair.publicKey]);
  const verifying = verifier();
  const token = await sign('ES256', '1', pair);
  await verifying.verify(token);
  served = { status: 500, body: '' };
  now = KEYS_LIFETIME + 1;
  expect(await verifying.verify(token)).toMatchObject({ uid: 'u1' });
  await expect.poll(() => fetches).toBe(2);
  expect(await verifying.verify(token)).toMatchObject({ uid: 'u1' });
  expect(fetches).toBe(2);
});

test.each([
  ['an error', { status: 500, body: '{}' }],
  ['no key set', { status: 200, body: '{"keys":7}' }],
  ['no JSON', { status: 200, body: '<html>' }],
  ['too much', { status: 200, body: `{"keys":[],"x":"${'x'.repeat(MAX_KEY_SET_LENGTH)}"}` }],
])('of %s no keys are taken, and the caller is to try again', async (_what, answer) => {
  served = answer;
  const token = await sign('ES256', '1', await generateKeyPair('ES256'));
  expect(await nameOfRefusal(verifier().verify(token))).toBe('TIMEOUT');
});

test.each([
  ['too short', 'RS256', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
  ['without its modulus', 'RS256', { kty: 'RSA' }],
  ['on no point of its curve', 'ES256', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
  ['of the wrong length', 'EdDSA', { kty: 'OKP', crv: 'Ed25519', x: 'AA' }],
  ['private', 'EdDSA', { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), d: 'A'.repeat(43) }],
])('a key that is %s is left out, and the others count', async (_what, alg, broken) => {
  const pair = await generateKeyPair('ES256');
  const good = { ...(await exportJWK(pair.publicKey)), kid: '1', alg: 'ES256' };
  served.body = JSON.stringify({ keys: [{ ...broken, kid: '2' }, good] });
  const verifying = verifier();
  expect(await nameOfRefusal(verifying.verify(await sign(alg, '2', await generateKeyPair(alg))))).toBe(
    'TOKEN_INVALID',
  );
  expect(await verifying.verify(await sign('ES256', '1', pair))).toMatchObject({ uid: 'u1' });
});

test('a redirection is not followed', async () => {
  const pair = await generateKeyPair('ES256');
  await serve(['1', 'ES256', pair.publicKey]);
  url = url.replace('/keys', '/moved');
  expect(await nameOfRefusal(verifier().verify(await sign('ES256', '1', pair)))).toBe('TIMEOUT');
  expect(fetches).toBe(1);
});
