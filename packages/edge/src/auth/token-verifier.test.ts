import { createSecretKey } from 'node:crypto';
import { RpcError } from '@kraken/protocol';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import type { AuthConfig } from './auth-config.js';
import { SECRET, SECRET_AUTH, tokenOf } from './testing/tokens.js';
import { CLOCK_TOLERANCE, MAX_TOKEN_LENGTH, TokenVerifier } from './token-verifier.js';

const NOW = 1_800_000_000;
const CLAIMS = { room: 'r1', uid: 'u1', exp: NOW + 60 };

function verifier(auth: Partial<AuthConfig> = {}, now = NOW): TokenVerifier {
  return new TokenVerifier({ ...SECRET_AUTH, ...auth }, null, () => now * 1000);
}

function sign(claims: JWTPayload, secret = SECRET, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(createSecretKey(secret, 'utf8'));
}

/** @returns name and description of the error */
async function refusal(token: string, auth: Partial<AuthConfig> = {}, now = NOW): Promise<string> {
  const error = await verifier(auth, now)
    .verify(token)
    .catch((reason: unknown) => reason);
  if (error instanceof RpcError) return `${error.name}: ${error.message}`;
  throw new Error('the token was taken');
}

test('a token tells who may do what, and until when', async () => {
  const token = await sign({ ...CLAIMS, name: 'Ann', subscribe: false, sub: 'account-7' });
  expect(await verifier().verify(token)).toEqual({
    rid: 'r1',
    uid: 'u1',
    name: 'Ann',
    publish: true,
    subscribe: false,
    administer: false,
    expiresAt: NOW + 60,
    subject: 'account-7',
  });
});

test('what a token leaves out allows to speak and to hear, and is counted for its user', async () => {
  expect(await verifier().verify(await sign(CLAIMS))).toMatchObject({
    name: null,
    publish: true,
    subscribe: true,
    administer: false,
    subject: 'u1',
  });
});

test('only an administrator has a token without room or user', async () => {
  const { room, uid, exp } = CLAIMS;
  expect(await refusal(await sign({ uid, exp }))).toBe("TOKEN_INVALID: the token's claim room is missing");
  expect(await refusal(await sign({ room, exp }))).toBe("TOKEN_INVALID: the token's claim uid is missing");
  expect(await refusal(await sign({ uid, exp, administer: false }))).toMatch(/^TOKEN_INVALID/);
  const grant = await verifier().verify(await sign({ exp, administer: true }));
  expect(grant).toMatchObject({ rid: null, uid: null, administer: true });
});

test.each([
  ['room', { room: 7 }],
  ['room', { room: 'white space' }],
  ['uid', { uid: '' }],
  ['uid', { uid: ['u1'] }],
  ['publish', { publish: 'yes' }],
  ['administer', { administer: 1 }],
  ['name', { name: 'x'.repeat(300) }],
  ['sub', { sub: 'x'.repeat(300) }],
])('the claim %s has to be of its form, case %#', async (name, claims) => {
  expect(await refusal(await sign({ ...CLAIMS, ...claims }))).toContain(`the token's claim ${name} `);
});

test('a token that has expired is told so', async () => {
  const token = await sign(CLAIMS);
  expect(await refusal(token, {}, CLAIMS.exp + CLOCK_TOLERANCE)).toBe('TOKEN_EXPIRED: the token has expired');
  expect(await verifier({}, CLAIMS.exp + CLOCK_TOLERANCE - 1).verify(token)).toMatchObject({ uid: 'u1' });
});

test('a token without an end is not taken', async () => {
  expect(await refusal(await sign({ room: 'r1', uid: 'u1' }))).toBe(
    'TOKEN_INVALID: the token has no claim exp',
  );
});

test('a token that does not count yet is not taken', async () => {
  expect(await refusal(await sign({ ...CLAIMS, nbf: NOW + 30 }))).toMatch(/^TOKEN_INVALID: .*nbf/);
});

test('issuer and audience are those of the configuration', async () => {
  const auth = { issuer: 'accounts', audience: 'kraken' };
  const token = (iss: string, aud: string | string[]) => sign({ ...CLAIMS, iss, aud });
  expect(await verifier(auth).verify(await token('accounts', ['x', 'kraken']))).toMatchObject({ rid: 'r1' });
  expect(await refusal(await token('others', 'kraken'), auth)).toMatch(/^TOKEN_INVALID: .*iss/);
  expect(await refusal(await token('accounts', 'others'), auth)).toMatch(/^TOKEN_INVALID: .*aud/);
  expect(await refusal(await sign(CLAIMS), auth)).toMatch(/^TOKEN_INVALID/);
});

test('a token of another secret, or a changed one, is not taken', async () => {
  const matchless = 'TOKEN_INVALID: the token has a signature that does not match';
  expect(await refusal(await sign(CLAIMS, `${SECRET}!`))).toBe(matchless);
  const [header, , signature] = (await sign(CLAIMS)).split('.');
  const claims = Buffer.from(JSON.stringify({ ...CLAIMS, administer: true })).toString('base64url');
  expect(await refusal(`${header}.${claims}.${signature}`)).toBe(matchless);
});

test('a token without a signature, or signed otherwise than configured, is not taken', async () => {
  const unsecured = new UnsecuredJWT(CLAIMS).encode();
  const alien = 'TOKEN_INVALID: the token is signed by an algorithm that is not configured';
  expect(await refusal(unsecured)).toMatch(/^TOKEN_INVALID/);
  expect(await refusal(await sign(CLAIMS, SECRET.repeat(2), 'HS512'))).toBe(alien);
});

test.each(['', 'x', 'a.b.c', '..', 'x'.repeat(MAX_TOKEN_LENGTH + 1)])(
  'what is no token is not taken, case %#',
  async (text) => {
    expect(await refusal(text)).toMatch(/^TOKEN_INVALID/);
  },
);

test('no refusal repeats the token', async () => {
  const token = await tokenOf({ room: 'r1', uid: 'u1' }, 60, `${SECRET}!`);
  const text = await refusal(token);
  for (const part of token.split('.')) expect(text).not.toContain(part);
});
