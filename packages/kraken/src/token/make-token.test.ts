import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthConfig, authOf } from '@kraken/edge/auth/auth-config';
import { TokenVerifier } from '@kraken/edge/auth/token-verifier';
import { afterAll, expect, test } from 'vitest';
import { makeToken } from './make-token.js';
import type { TokenOptions } from './token-options.js';

const NOW = 1_800_000_000;
const SECRET = 'a secret of thirty-two octets or more';
const directory = mkdtempSync(join(tmpdir(), 'kraken-token-'));
afterAll(() => rmSync(directory, { recursive: true }));

function options(toml: string | null): TokenOptions {
  const configPath = toml === null ? null : join(directory, 'engine.toml');
  if (configPath !== null) writeFileSync(configPath, toml ?? '');
  return { type: 'token', configPath, claims: { room: 'r', uid: 'u', subscribe: false }, lifetime: 60 };
}

function verify(token: string, more: Partial<AuthConfig> = {}) {
  const none = { secret: SECRET, jwks: '', issuer: '', audience: '', insecure: false };
  return new TokenVerifier({ ...authOf(none, 'test'), ...more }, null, () => NOW * 1000).verify(token.trim());
}

test('the token is one that a service with this file takes', async () => {
  const toml = `[engine]\nworkers = 1\n[auth]\nsecret = "${SECRET}"\nissuer = "i"\naudience = "a"\n`;
  const token = await makeToken(options(toml), {}, NOW);
  expect(token).toMatch(/^\S+\n$/);
  expect(await verify(token, { issuer: 'i', audience: 'a' })).toEqual({
    rid: 'r',
    uid: 'u',
    name: null,
    publish: true,
    subscribe: false,
    administer: false,
    expiresAt: NOW + 60,
    subject: 'u',
  });
});

test('without a file the environment has the secret', async () => {
  expect(await verify(await makeToken(options(null), { KRAKEN_AUTH_SECRET: SECRET }, NOW))).toMatchObject({
    rid: 'r',
  });
});

test('without a secret, or with one that is too short, none is made, and it is not repeated', async () => {
  await expect(makeToken(options(null), {}, NOW)).rejects.toThrow(
    'give a configuration (-c) or KRAKEN_AUTH_SECRET',
  );
  await expect(makeToken(options('[auth]\njwks = "https://i/keys"\n'), {}, NOW)).rejects.toThrow(
    '[auth] secret = ""',
  );
  const short = makeToken(options(null), { KRAKEN_AUTH_SECRET: 'guess' }, NOW);
  await expect(short).rejects.toThrow('KRAKEN_AUTH_SECRET: [auth] secret = …: expected at least 32 octets');
});
