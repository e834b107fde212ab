/** A cluster that demands access tokens. */
import { once } from 'node:events';
import { parseConfig as parseEngine, type RunningEngine, startEngine } from '@kraken/engine';
import { parseConfig as parseMonitor, startMonitor } from '@kraken/monitor';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SECRET, tokenOf } from '../../edge/src/auth/testing/tokens.js';
import { SimulatedClient } from '../../engine/src/room/testing/simulated-client.js';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

const MISSING = 5004000;
const INVALID = 5004001;
const EXPIRED = 5004002;
const NOT_PERMITTED = 5004003;
const TOO_MANY_CALLS = 5005000;
const LOOPBACK = '[rpc]\nhost = "127.0.0.1"\nport = 0\n';
const AUTH = `[auth]\nsecret = "${SECRET}"\n`;
/** More calls than any user but one makes here. */
const CALLS_OF_SUBJECT = 30;
const LIMITS = `[limits]\ntoken-calls-per-second = 1\ntoken-calls-burst = ${CALLS_OF_SUBJECT}\n`;
const CLAIMS = { room: 'room', uid: 'ann' };

const silent = pino({ level: 'silent' });
let monitor: Awaited<ReturnType<typeof startMonitor>>;
let engine: RunningEngine;

beforeAll(async () => {
  const [media, rpc] = [await freePort(), await freePort()];
  monitor = await startMonitor(
    parseMonitor(`[monitor]\nsecret = "s"\n${LOOPBACK}${AUTH}${LIMITS}`, 'test'),
    silent,
  );
  engine = await startEngine(
    parseEngine(
      `[engine]\ninterface = "lo"\nworkers = 1\nport-min = ${media}\nport-max = ${media}\n` +
        `[rpc]\nhost = "127.0.0.1"\nport = ${rpc}\n${AUTH}${LIMITS}` +
        `[monitor]\nurl = "${monitor.url}"\nsecret = "s"\npublic-url = "http://127.0.0.1:${rpc}/"\n`,
      'test',
    ),
    silent,
  );
  const token = await tokenOf({ administer: true });
  await until('the engine is known', async () => (await call(token, 'info')).engines === 1, 10_000);
}, 30_000);
afterAll(async () => {
  await engine?.close();
  await monitor?.close();
});

async function call(token: string | null, method: string, ...params: readonly unknown[]) {
  return callAt(monitor.url, token, method, ...params);
}

async function callAt(url: string, token: string | null, method: string, ...params: readonly unknown[]) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const body = JSON.stringify({ id: 'i', method, params });
  const response = await fetch(url, { method: 'POST', body, headers });
  const { data, error }: { data?: { engines?: unknown[] }; error?: { code: number } } = JSON.parse(
    await response.text(),
  );
  return { code: error?.code ?? 0, engines: data?.engines?.length };
}

function offer(): string {
  return JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
}

test('tokens are demanded for what the monitor answers itself and for what an engine does', async () => {
  const good = await tokenOf(CLAIMS);
  const expired = await tokenOf(CLAIMS, -60);
  const calls: readonly (readonly [string, ...unknown[]])[] = [
    ['info'],
    ['turn', 'ann'],
    ['locate', 'room'],
    ['list', 'room'],
    ['publish', 'room', 'ann', offer()],
  ];
  for (const [method, ...params] of calls) {
    expect(await call(null, method, ...params)).toMatchObject({ code: MISSING });
    expect(await call('x.y.z', method, ...params)).toMatchObject({ code: INVALID });
    expect(await call(expired, method, ...params)).toMatchObject({ code: EXPIRED });
    expect(await call(good, method, ...params)).toMatchObject({ code: 0 });
  }
  expect(await call(good, 'publish', 'room', 'bob', offer())).toMatchObject({ code: NOT_PERMITTED });
  expect(await call(good, 'locate', 'other')).toMatchObject({ code: NOT_PERMITTED });
});

test('a long call is passed on with its token, and refused by the engine without rights', async () => {
  const good = await tokenOf(CLAIMS);
  const long = 'x'.repeat(100_000);
  // The engine finds the fault, behind the rights.
  expect(await call(good, 'answer', 'room', 'ann', 'cid', long)).toMatchObject({ code: 5002003 });
  expect(await call(good, 'answer', 'room', 'bob', 'cid', long)).toMatchObject({ code: NOT_PERMITTED });
  expect(await call(null, 'answer', 'room', 'ann', 'cid', long)).toMatchObject({ code: MISSING });
});

test.each(['header', 'first message'])(
  'a live socket opens through the monitor by a token in its %s',
  async (way) => {
    const url = new URL('/ws?room=live', monitor.url);
    url.protocol = 'ws:';
    const token = await tokenOf({ room: 'live', uid: 'ann' });
    const headers = way === 'header' ? { authorization: `Bearer ${token}` } : {};
    const socket = new WebSocket(url, { headers });
    await once(socket, 'open');
    const request = async (id: number, method: string, ...params: readonly unknown[]) => {
      const answered = new Promise<unknown>((fulfil) => {
        socket.on('message', (data) => {
          const message: { id?: number } = JSON.parse(String(data));
          if (message.id === id) fulfil(message);
        });
      });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      return answered;
    };
    if (way !== 'header') expect(await request(1, 'authenticate', token)).toMatchObject({ result: {} });
    expect(await request(2, 'publish', 'live', 'ann', offer())).toMatchObject({
      result: { track: expect.any(String) },
    });
    expect(await request(3, 'publish', 'live', 'bob', offer())).toMatchObject({
      error: { code: NOT_PERMITTED },
    });
    socket.close();
    await once(socket, 'close');
  },
);

test.each(['monitor', 'engine'])(
  'the %s takes so many calls by tokens of one user, and no more',
  async (daemon) => {
    const { url } = daemon === 'monitor' ? monitor : engine;
    const callAs = async (uid: string) => callAt(url, await tokenOf({ room: 'room', uid }), 'turn', uid);
    for (let calls = 0; calls < CALLS_OF_SUBJECT; calls++) {
      expect(await callAs(`busy-at-${daemon}`)).toMatchObject({ code: 0 });
    }
    const codes = await Promise.all(
      Array.from({ length: 2 * CALLS_OF_SUBJECT }, () => callAs(`busy-at-${daemon}`)),
    );
    expect(codes).toContainEqual(expect.objectContaining({ code: TOO_MANY_CALLS }));
    expect(await callAs('idle')).toMatchObject({ code: 0 });
  },
);

test('commands to the cluster need its secret, and no token', async () => {
  const status = (secret: string) => {
    process.env.KRAKEN_SECRET = secret;
    return new KrakenProcess('cluster', 'status', '--monitor', monitor.url).ended;
  };
  try {
    expect(await status('s')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 engine') });
    expect(await status('')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('demands access tokens'),
    });
    expect(await status('wrong')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('does not take'),
    });
  } finally {
    delete process.env.KRAKEN_SECRET;
  }
});

test('the engines are told to nobody without the secret, whatever token they have', async () => {
  const statusOf = async (bearer: string) => {
    const headers = { authorization: `Bearer ${bearer}` };
    return (await fetch(new URL('engines', monitor.url), { headers })).status;
  };
  expect(await statusOf('s')).toBe(200);
  expect(await statusOf('wrong')).toBe(401);
  expect(await statusOf(await tokenOf({ administer: true }))).toBe(401);
});
