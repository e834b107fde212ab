import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigurationError } from '../config/configuration-error.js';
import { parseToml } from '../config/toml-file.js';
import { authOf, authSection, listenHost } from './auth-config.js';
import { OPEN_AUTH, SECRET, SECRET_AUTH } from './testing/tokens.js';

const schema = z.strictObject({ auth: authSection.prefault({}) });

function parse(keys: string) {
  return authOf(parseToml(`[auth]\n${keys}`, 'x.toml', schema).auth, 'x.toml');
}

/** @returns the message */
function fault(keys: string): string {
  try {
    parse(keys);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
}

test('without keys no tokens are demanded', () => {
  expect(parse('')).toEqual(OPEN_AUTH);
});

test.each([
  'https://accounts.example.org/keys',
  'http://127.0.0.1:8080/keys',
  'http://[::1]/keys',
  'http://localhost/keys',
])('keys are fetched from %s', (url) => {
  expect(parse(`jwks = "${url}"`)).toMatchObject({ jwks: url });
});

test.each(['http://accounts.example.org/keys', 'http://127.0.0.1.example.org/', 'ftp://127.0.0.1/', 'keys'])(
  'keys are not fetched from %s',
  (url) => {
    expect(fault(`jwks = "${url}"`)).toContain('expected an https URL, or one of http on the loopback');
  },
);

test('a secret that could be guessed is refused, and not repeated', () => {
  const message = fault(`secret = "${SECRET.slice(0, 31)}"`);
  expect(message).toContain('[auth] secret = …: expected at least 32 octets');
  expect(parse(`secret = "${SECRET.slice(0, 32)}"`)).toMatchObject({ secret: SECRET.slice(0, 32) });
});

test('the secret of the examples, which everybody knows, is refused', () => {
  const message = fault('secret = "replace-by-a-long-random-text-of-32-octets-3"');
  expect(message).toContain('[auth] secret = …: expected a secret of your own');
});

test('a section that contradicts itself is refused', () => {
  expect(fault(`secret = "${SECRET}"\ninsecure = true`)).toContain('[auth] insecure = true: expected false');
  expect(fault('issuer = "accounts"')).toContain(
    '[auth] issuer = "accounts": expected secret or jwks besides',
  );
  expect(fault('audience = "kraken"')).toContain('[auth] audience');
});

test('where no tokens are demanded, only this machine is listened to', () => {
  expect(listenHost('', OPEN_AUTH, 'x.toml')).toBe('127.0.0.1');
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    expect(listenHost(host, OPEN_AUTH, 'x.toml')).toBe(host);
  }
});

test.each([
  '0.0.0.0',
  '::',
  '10.0.0.5',
  '192.168.1.1',
  'example.org',
  'localhost.example.org',
  '127.0.0.1.example.org',
])('where no tokens are demanded, %s is no address to listen on, and what to write is said', (host) => {
  expect(() => listenHost(host, OPEN_AUTH, 'x.toml')).toThrow(
    `x.toml: [rpc] host = "${host}": expected a loopback address, since no access tokens are demanded: ` +
      'set [auth] secret or jwks, or [auth] insecure = true',
  );
});

test('where tokens are demanded, or it is written out, all machines are', () => {
  for (const auth of [SECRET_AUTH, { ...OPEN_AUTH, insecure: true }]) {
    expect(listenHost('', auth, 'x.toml')).toBeNull();
    expect(listenHost('10.0.0.5', auth, 'x.toml')).toBe('10.0.0.5');
  }
});
