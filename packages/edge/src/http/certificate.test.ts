import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { connect } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Certificate } from './certificate.js';

const logged: string[] = [];
const logger = pino({ level: 'info' }, { write: (line) => logged.push(line) });
let directory: string;
let files: { certificate: string; key: string };
let server: Server;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kraken-certificate-'));
  for (const name of ['first', 'second']) {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    const outputs = ['-keyout', pathOf(`${name}.key`), '-out', pathOf(`${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...outputs], { stdio: 'ignore' });
  }
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  logged.length = 0;
  files = { certificate: pathOf('served.pem'), key: pathOf('served.key') };
  use('first');
});
afterEach(() => server?.close());

function pathOf(name: string): string {
  return join(directory, name);
}

function use(name: string, keyOf = name): void {
  copyFileSync(pathOf(`${name}.pem`), files.certificate);
  copyFileSync(pathOf(`${keyOf}.key`), files.key);
}

async function serve(): Promise<Certificate> {
  const certificate = new Certificate(files, 'engine.toml', logger);
  server = createServer(certificate.context);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return certificate;
}

/** @returns the name in the certificate that a new connection is shown */
async function shown(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

test('new files are shown to new connections', async () => {
  const certificate = await serve();
  expect(await shown()).toBe('first');
  use('second');
  await certificate.reload(server);
  expect(await shown()).toBe('second');
  expect(logged.join()).toContain('certificate read anew');
});

/** @returns the version of TLS that a client is answered in which knows none newer than 1.1; null for none */
async function outdated(): Promise<string | null> {
  const { port } = server.address() as AddressInfo;
  const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...versions });
  socket.on('error', () => {});
  await new Promise((fulfil) => socket.once('secureConnect', fulfil).once('close', fulfil));
  const version = socket.destroyed ? null : socket.getProtocol();
  socket.destroy();
  return version;
}

test('no TLS before 1.2 is spoken, though Node may have been told to, with the first files and with new ones', async () => {
  const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls;
  try {
    Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: 'DEFAULT:@SECLEVEL=0' });
    const certificate = await serve();
    expect(await outdated()).toBe(null);
    use('second');
    await certificate.reload(server);
    expect(await shown()).toBe('second');
    expect(await outdated()).toBe(null);
    // As a server does that is not told otherwise.
    server.setSecureContext({ ...certificate.context, minVersion: 'TLSv1' });
    expect(await outdated()).toBe('TLSv1.1');
  } finally {
    Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS });
  }
});

test.each([
  ['a key that is not its own', () => use('second', 'first'), 'is not the key of the certificate'],
  ['no certificate', () => writeFileSync(files.certificate, 'rubbish'), 'holds no certificate in PEM'],
  ['no key', () => writeFileSync(files.key, ''), 'holds no private key in PEM'],
  ['no file', () => rmSync(files.key), 'cannot be read (ENOENT)'],
])('new files with %s leave the old ones, and an error in the log', async (_, spoil, problem) => {
  const certificate = await serve();
  spoil();
  await certificate.reload(server);
  await certificate.reload(server);
  expect(await shown()).toBe('first');
  expect(logged).toHaveLength(1);
  expect(JSON.parse(logged[0] ?? '{}')).toMatchObject({
    level: 50,
    problem: expect.stringContaining(problem),
  });
  use('second');
  await certificate.reload(server);
  expect(await shown()).toBe('second');
});

test.each([
  ['a key that is not its own', () => use('first', 'second'), '[rpc] key', 'is not the key'],
  [
    'no certificate',
    () => writeFileSync(files.certificate, 'x'),
    '[rpc] certificate',
    'holds no certificate',
  ],
  ['no file', () => rmSync(files.certificate), '[rpc] certificate', 'cannot be read (ENOENT)'],
])('a daemon does not start with %s, and says why', (_, spoil, key, problem) => {
  spoil();
  const start = () => new Certificate(files, 'engine.toml', logger);
  expect(start).toThrow(`engine.toml: ${key}`);
  expect(start).toThrow(problem);
});
