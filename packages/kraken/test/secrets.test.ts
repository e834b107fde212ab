/** Secrets that bear a mark are nowhere in what engine and monitor tell: logs, answers, metrics, messages, arguments. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { tokenOf } from '../../edge/src/auth/testing/tokens.js';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { freePort } from '../../monitor/test/free-port.js';

const MARK = 'MARKED';
/** As each has to be: long enough, and of letters that tokens may have. */
const secretOf = (name: string) => `${MARK}-${name}-0123456789abcdef0123456789abcdef`;
const SECRETS = {
  admin: secretOf('admin'),
  auth: secretOf('auth'),
  callback: secretOf('callback'),
  cluster: secretOf('cluster'),
  redis: secretOf('redis'),
  turn: secretOf('turn'),
} as const;
/** What callers bring. */
const BEARER = { authorization: `Bearer ${secretOf('bearer')}` };
const ADMIN = { authorization: `Bearer ${SECRETS.admin}` };
const CLAIMS = { room: 'room', uid: 'uid' };
const LIFETIME = 600;
const METHODS = [
  'info',
  'list',
  'turn',
  'publish',
  'trickle',
  'subscribe',
  'answer',
  'end',
  'locate',
  'none',
];
const PATHS = [
  '/',
  '/metrics',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/nowhere',
  '/admin/api/overview',
  '/admin/api/rooms',
];

const directory = mkdtempSync(join(tmpdir(), 'kraken-secrets-'));
/** All that was told, by where. */
const told = new Map<string, string>();
let processes: readonly KrakenProcess[] = [];
/** Access tokens: a good one, one that has expired, and one by another secret. */
let tokens: readonly [good: string, ...bad: string[]];

beforeAll(async () => {
  tokens = [
    await tokenOf(CLAIMS, LIFETIME, SECRETS.auth),
    await tokenOf(CLAIMS, -LIFETIME, SECRETS.auth),
    await tokenOf(CLAIMS, LIFETIME, secretOf('other')),
  ];
  const ports = { monitor: await freePort(), engine: await freePort(), redis: await freePort() };
  const monitorUrl = `http://127.0.0.1:${ports.monitor}/`;
  const redis = `redis://kraken:${SECRETS.redis}@127.0.0.1:${ports.redis}`;
  const engineLink = `url = "${monitorUrl}"\npublic-url = "http://127.0.0.1:${ports.engine}/"`;
  const monitor = start('monitor', monitorToml(ports.monitor));
  await monitor.url();
  const engine = start('engine', await engineToml(ports.engine, engineLink));
  await engine.url();
  const redisLink = `redis = "${redis}"\npublic-url = "http://127.0.0.1:1/"`;
  const lost = [
    start('monitor', `${monitorToml(0)}[registry]\nredis = "${redis}"\n`),
    start('engine', await engineToml(0, redisLink)),
  ];
  processes = [monitor, engine, ...lost];
  for (const { process } of processes) {
    tell(`arguments of ${process.pid}`, readFileSync(`/proc/${process.pid}/cmdline`, 'utf8'));
  }
  await vi.waitUntil(() => engine.stdout.includes('the monitor has heard us'), { timeout: 10_000 });
  for (const url of [monitorUrl, `http://127.0.0.1:${ports.engine}/`]) await exercise(url);
  await Promise.all(lost.map((process) => vi.waitUntil(() => isRefused(process), { timeout: 10_000 })));
  await runCommands(monitorUrl);
  await monitor.stop();
  await vi.waitUntil(() => engine.stdout.includes('the monitor does not hear us'), { timeout: 10_000 });
  await Promise.all([engine, ...lost].map((process) => process.stop('SIGINT')));
  for (const { process, stdout, stderr } of processes) tell(`log of ${process.pid}`, stdout + stderr);
}, 120_000);

afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop('SIGKILL')));
  rmSync(directory, { recursive: true });
});

function start(service: 'engine' | 'monitor', toml: string): KrakenProcess {
  return new KrakenProcess('-c', write(toml), '-s', service);
}

function write(toml: string): string {
  const file = join(mkdtempSync(join(directory, 'c-')), 'kraken.toml');
  writeFileSync(file, toml);
  return file;
}

function monitorToml(port: number): string {
  return `[monitor]\nlog-level = "trace"\nsecret = "${SECRETS.cluster}"\n${common(port)}`;
}

async function engineToml(port: number, link: string): Promise<string> {
  const media = await freePort();
  return (
    `[engine]\nlog-level = "trace"\ninterface = "lo"\nworkers = 1\nport-min = ${media}\nport-max = ${media}\n` +
    `[callback]\nsecret = "${SECRETS.callback}"\n[admin]\ntoken = "${SECRETS.admin}"\n` +
    `[monitor]\n${link}\nsecret = "${SECRETS.cluster}"\n${common(port)}`
  );
}

function common(port: number): string {
  return (
    `[rpc]\nhost = "127.0.0.1"\nport = ${port}\n` +
    `[auth]\nsecret = "${SECRETS.auth}"\n[turn]\nhost = "turn:127.0.0.1:1"\nsecret = "${SECRETS.turn}"\n`
  );
}

function tell(where: string, what: string): void {
  told.set(where, (told.get(where) ?? '') + what);
}

/** Whether it has said that Redis does not answer. */
function isRefused({ stdout }: KrakenProcess): boolean {
  return /cannot be reached|does not hear us/.test(stdout);
}

/** Everything that can be asked, with what is right and what is wrong. */
async function exercise(url: string): Promise<void> {
  const bearers = [SECRETS.cluster, ...tokens].map((token) => ({ authorization: `Bearer ${token}` }));
  for (const headers of [{}, BEARER, ADMIN, ...bearers]) {
    for (const path of PATHS) await request(url, path, { headers });
    for (const method of METHODS) await call(url, method, headers);
    await request(url, '/', { method: 'POST', headers, body: '{"id": broken' });
    await request(url, '/', { method: 'OPTIONS', headers });
    await request(url, '/engines', { method: 'POST', headers, body: '{}' });
    await request(url, '/engines/none/drain', { method: 'POST', headers });
  }
  await request(url, '/', { headers: { authorization: `Bearer ${secretOf('long').repeat(1_000)}` } });
  await brokenRequest(url);
  for (const token of [BEARER.authorization.slice(7), ...tokens]) await upgrade(url, token);
  await converse(url);
}

function call(url: string, method: string, headers: Record<string, string>): Promise<void> {
  const body = JSON.stringify({ id: 'i', method, params: ['room', 'uid', 'cid', '{}'] });
  return request(url, '/', { method: 'POST', headers, body });
}

async function request(url: string, path: string, init: RequestInit): Promise<void> {
  const response = await fetch(new URL(path, url), init);
  const header = [...response.headers].join('\n');
  tell(`${init.method ?? 'GET'} ${path}`, `${response.status}\n${header}\n${await response.text()}`);
}

async function brokenRequest(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(`GET / HTTP/1.1\r\nAuthorization: ${BEARER.authorization}\r\nbro ken\r\n\r\n`);
  tell('broken request', await text(socket));
}

function live(url: string, headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(new URL('/ws?room=room', url.replace('http', 'ws')), { headers });
}

/** Opens a live socket by a token in its header, or hears why not. */
async function upgrade(url: string, token: string): Promise<void> {
  const socket = live(url, { authorization: `Bearer ${token}` });
  const answered = new Promise<void>((fulfil) => {
    socket.once('open', fulfil);
    socket.once('unexpected-response', async (_request, response) => {
      tell(
        'refused upgrade',
        `${response.statusCode}\n${response.rawHeaders.join('\n')}\n${await text(response)}`,
      );
      fulfil();
    });
  });
  await answered;
  socket.on('error', () => {});
  socket.terminate();
}

async function converse(url: string): Promise<void> {
  const socket = live(url);
  socket.on('message', (message) => tell('live socket', String(message)));
  await once(socket, 'open');
  const [good, ...bad] = tokens;
  const calls: readonly (readonly [string, ...unknown[]])[] = [
    ['authenticate', secretOf('first-message')],
    ...bad.map((token) => ['authenticate', token] as const),
    ['authenticate', good],
    ['none'],
    ['ping'],
    ['publish', 'room', 'uid', '{}'],
    ['publish', 'room', 'another', '{}'],
  ];
  for (const [id, [method, ...params]] of calls.entries()) {
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }
  socket.send('no JSON');
  const isOver = () => told.get('live socket')?.includes('-32700') || socket.readyState === WebSocket.CLOSED;
  await vi.waitUntil(isOver, { timeout: 10_000 });
  socket.close();
}

async function runCommands(monitorUrl: string): Promise<void> {
  const file = write(
    await engineToml(await freePort(), `url = "${monitorUrl}"\npublic-url = "http://127.0.0.1:1/"`),
  );
  for (const args of [
    ['doctor', '-c', file],
    ['cluster', 'status', '-c', file],
    ['drain', 'none', '-c', file],
    ['token', '-c', file, '--room', 'room', '--uid', 'uid'],
  ]) {
    const { stdout, stderr } = await new KrakenProcess(...args).ended;
    tell(args.join(' '), stdout + stderr);
  }
}

/** As they are, and as HTTP and JSON may carry them. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    ...(['base64', 'hex'] as const).map((form) => Buffer.from(secret).toString(form)),
  ];
}

test('what was looked at is what was meant', () => {
  expect(told.get('GET /metrics')).toContain('kraken_rooms');
  expect(told.get('GET /admin/api/overview')).toContain('"census"');
  for (const what of ['-32700', '5004001', '5004002', '5004003', '"result":{}']) {
    expect(told.get('live socket')).toContain(what);
  }
  expect(told.get('refused upgrade')).toContain('401');
  expect(told.get('POST /')).toContain('"data"');
  const logs = [...told].filter(([where]) => where.startsWith('log')).map(([, what]) => what);
  expect(logs).toHaveLength(4);
  for (const what of ['engine started', 'monitor started', 'call answered', 'refused who does not know']) {
    expect(logs.join()).toContain(what);
  }
});

test.each(Object.entries(SECRETS))(
  'the %s secret is in no log, answer, metric or argument',
  (_name, secret) => {
    const forms = formsOf(secret);
    expect(
      [...told].filter(([, what]) => forms.some((form) => what.includes(form))).map(([where]) => where),
    ).toEqual([]);
  },
);

test('no token that a caller brings is in a log, answer or metric', () => {
  // The first part of an access token is the same for all.
  const marks = [MARK, ...tokens.flatMap((token) => token.split('.').slice(1))];
  expect(
    [...told].filter(([, what]) => marks.some((mark) => what.includes(mark))).map(([where]) => where),
  ).toEqual([]);
});
