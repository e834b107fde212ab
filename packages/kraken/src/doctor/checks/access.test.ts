/** The checks of who may call, and of the certificate that callers are shown. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OPEN_AUTH, SECRET_AUTH } from '../../../../edge/src/auth/testing/tokens.js';
import { checkCallers } from './callers.js';
import { checkCertificate } from './certificate.js';

const MS_PER_DAY = 86_400_000;
let directory: string;
const endings: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kraken-doctor-'));
});

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  rmSync(directory, { recursive: true });
});

/** @returns URL of a server that answers everything by this */
async function serve(answer: unknown): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify(answer)));
  server.listen(0, '127.0.0.1');
  endings.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/keys`;
}

test('who may call is told, and a warning where no tokens are demanded', async () => {
  expect(await checkCallers(OPEN_AUTH)).toMatchObject([
    { level: 'warning', message: expect.stringContaining('only this machine') },
  ]);
  expect(await checkCallers({ ...OPEN_AUTH, insecure: true })).toMatchObject([
    { level: 'warning', message: expect.stringContaining('everything') },
  ]);
  expect(await checkCallers(SECRET_AUTH)).toMatchObject([{ level: 'ok' }]);
});

test('of a key set the keys are counted that tokens may be signed by', async () => {
  const { publicKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { publicKey: edwards } = generateKeyPairSync('ed25519');
  const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const all = [rsa, edwards, other].map((key) => key.export({ format: 'jwk' }));
  const jwks = await serve({ keys: [...all, { ...all[0], use: 'enc' }, { kty: 'unknown' }] });
  expect(await checkCallers({ ...SECRET_AUTH, jwks })).toMatchObject([
    { level: 'ok', message: expect.stringContaining('[auth] secret') },
    { level: 'ok', message: expect.stringMatching(/: 2$/) },
  ]);
});

test('a key that cannot be used is a warning', async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const broken = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
  const jwks = await serve({ keys: [publicKey.export({ format: 'jwk' }), broken] });
  expect(await checkCallers({ ...OPEN_AUTH, jwks })).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/: 1; 1 cannot be used/) },
  ]);
});

test.each([[{}], [{ keys: 'none' }], [{ keys: [] }], [{ keys: [{ kty: 'oct', k: 'AAAA' }] }], [null]])(
  'a key set like %j is a problem that names its URL',
  async (answer) => {
    const jwks = await serve(answer);
    expect(await checkCallers({ ...OPEN_AUTH, jwks })).toMatchObject([
      { level: 'problem', message: expect.stringContaining(jwks) },
    ]);
  },
);

test('a key set that cannot be had is a problem with its reason', async () => {
  const jwks = 'http://127.0.0.1:9/keys';
  expect(await checkCallers({ ...OPEN_AUTH, jwks })).toMatchObject([
    { level: 'problem', message: expect.stringMatching(/cannot be had from .*: \S/) },
  ]);
});

function makeCertificate(days: number): { certificate: string; key: string } {
  const files = { certificate: join(directory, 'it.pem'), key: join(directory, 'it.key') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const names = ['-subj', '/CN=kraken', '-addext', 'subjectAltName=DNS:talk.example.org'];
  const outputs = ['-days', String(days), '-keyout', files.key, '-out', files.certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...outputs], { stdio: 'ignore' });
  return files;
}

test.each([
  [0, 'ok'],
  [50, 'warning'],
  [70, 'problem'],
])('a certificate for 60 days, after %i days', (age, level) => {
  const config = { rpc: { tls: makeCertificate(60) }, source: 'engine.toml' };
  expect(checkCertificate(config, Date.now() + age * MS_PER_DAY)).toMatchObject([
    { level, message: expect.stringContaining('talk.example.org') },
  ]);
});

test('a certificate that cannot be used is a problem that names the file, and without one there is nothing to say', () => {
  const missing = join(directory, 'missing.pem');
  const config = { rpc: { tls: { certificate: missing, key: missing } }, source: 'engine.toml' };
  expect(checkCertificate(config)).toMatchObject([
    { level: 'problem', message: expect.stringContaining(missing) },
  ]);
  expect(checkCertificate({ rpc: { tls: null }, source: 'engine.toml' })).toEqual([]);
});
