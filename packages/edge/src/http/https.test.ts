import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Callers } from '../auth/callers.js';
import { OPEN_AUTH } from '../auth/testing/tokens.js';
import { Certificate } from './certificate.js';
import { listen } from './listen.js';
import { buildRpcServer } from './rpc-server.js';
import { takeUpgrades } from './upgrade.js';

const logger = pino({ enabled: false });
let directory: string;
let server: FastifyInstance;
let port: number;
let url: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kraken-https-'));
  const files = { certificate: join(directory, 'certificate.pem'), key: join(directory, 'key.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const outputs = ['-keyout', files.key, '-out', files.certificate, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...outputs], { stdio: 'ignore' });
  server = buildRpcServer({
    callers: new Callers({ auth: OPEN_AUTH, logger }),
    answer: ({ call }) => ({ data: call.method }),
    isMethod: () => true,
    page: new Map(),
    metrics: async () => '',
    metricsContentType: 'text/plain',
    gate: null,
    certificate: new Certificate(files, 'engine.toml', logger),
    logger,
  });
  takeUpgrades(server.server, (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  ({ port, url } = await listen(server, { source: 'engine.toml', rpc: { host: '127.0.0.1', port: 0 } }));
});
afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

function certificate(): string {
  return readFileSync(join(directory, 'certificate.pem'), 'utf8');
}

async function open(): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: certificate() });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return socket;
}

test('calls are answered over TLS, and the URL says so', async () => {
  expect(url).toBe(`https://127.0.0.1:${port}/`);
  const options = { method: 'POST', port, host: '127.0.0.1', servername: 'localhost', ca: certificate() };
  const call = request(options).end(JSON.stringify({ method: 'info' }));
  const [response] = await once(call, 'response');
  expect(JSON.parse(await text(response))).toEqual({ data: 'info' });
});

test('upgrades are taken over TLS, and those to other protocols ignored', async () => {
  const upgrade = await open();
  upgrade.write('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(await text(upgrade)).toContain(' 101 ');
  const call = await open();
  call.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  const [answer] = await once(call, 'data');
  expect(String(answer)).toContain('{"status":"ok"}');
  call.destroy();
});

test('what is not TLS gets nothing', async () => {
  const plain = connectPlainly(port, '127.0.0.1');
  plain.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await text(plain).catch(() => '')).not.toContain('200');
});
