import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Callers } from '@kraken/edge/auth/callers';
import { BODY_LIMIT } from '@kraken/edge/gate/limits';
import { LARGE_BODY } from '@kraken/edge/http/large-body';
import { buildRpcServer } from '@kraken/edge/http/rpc-server';
import { LEARNING_TIME } from '@kraken/protocol';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OPEN_AUTH } from '../../edge/src/auth/testing/tokens.js';
import { CallMetrics } from '../src/api/call-metrics.js';
import { CallRouter, isMethod } from '../src/api/call-router.js';
import {
  CONNECTIONS_PER_ENGINE,
  EngineConnections,
  RELAYS_PER_ENGINE,
} from '../src/api/engine-connections.js';
import { reportOf } from '../src/registry/cluster.fixture.js';
import { MemoryRegistry } from '../src/registry/memory-registry.js';
import { until } from './until.js';

const MEBIBYTE = 1024 * 1024;
const JSEP = 'ä'.repeat(MEBIBYTE / 2);
/** What kernel and monitor may hold of a response that nobody reads, octets, and far less than its length. */
const MAX_HELD = 32 * MEBIBYTE;

let engine: Server;
let listener: RequestListener;
let monitor: FastifyInstance;
let connections: EngineConnections;
let registry: MemoryRegistry;
/** What has come to the engine of the latest request. */
let arrived: Buffer[];

beforeEach(async () => {
  arrived = [];
  listener = (_request, response) => response.end('{"data":{}}');
  engine = createServer((incoming, response) => {
    arrived = [];
    incoming.on('data', (piece) => arrived.push(piece));
    incoming.on('error', () => {});
    listener(incoming, response);
  });
  await new Promise<void>((fulfil) => engine.listen(0, '127.0.0.1', fulfil));
  let now = 0;
  const logger = pino({ level: 'silent' });
  registry = new MemoryRegistry({
    newRooms: { perSecond: 1, burst: 1 },
    limits: { load: 0.85, participants: 0 },
    nearest: {},
    random: Math.random,
    logger,
    now: () => now,
  });
  const report = reportOf('a', { url: `http://127.0.0.1:${portOf(engine)}/`, rooms: ['room'] });
  await registry.heartbeat(report);
  now = LEARNING_TIME;
  await registry.heartbeat(report);
  connections = new EngineConnections();
  const metrics = new CallMetrics();
  const router = new CallRouter({
    registry,
    connections,
    turn: null,
    region: 'eu',
    metrics,
    logger,
    now: () => now,
  });
  monitor = buildRpcServer({
    callers: new Callers({ auth: OPEN_AUTH, logger }),
    answer: (incoming) => router.answer(incoming),
    relay: (incoming) => router.relay(incoming),
    isMethod,
    page: new Map(),
    metrics: async () => '',
    metricsContentType: 'text/plain',
    gate: null,
    certificate: null,
    logger,
  });
  await monitor.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await monitor.close();
  await connections.close();
  await registry.close();
  engine.closeAllConnections();
  engine.close();
});

function portOf(server: { address(): string | AddressInfo | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function callOf(method: string): string {
  return JSON.stringify({ id: '1', method, params: ['room', 'ann', 'cid', JSEP] });
}

/** A call that is written piece by piece. */
function begin(length: number): ClientRequest {
  const headers = { 'content-length': length };
  return request({ host: '127.0.0.1', port: portOf(monitor.server), method: 'POST', headers });
}

async function responseOf(call: ClientRequest): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(call, 'response');
  if (response === undefined) throw new Error('no response');
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function post(body: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const call = begin(Buffer.byteLength(body));
  call.end(body);
  const response = await responseOf(call);
  return { status: response.statusCode, text: await bodyOf(response) };
}

function hasArrived(): string {
  return Buffer.concat(arrived).toString();
}

describe('a long call', () => {
  test('goes to its engine while it comes, octet by octet', async () => {
    listener = (incoming, response) => incoming.on('end', () => response.end('{"id":"1","data":{}}'));
    const body = Buffer.from(callOf('restart'));
    const call = begin(body.length);
    call.write(body.subarray(0, LARGE_BODY));
    await until('its beginning is there', () => arrived.length > 0);
    call.end(body.subarray(LARGE_BODY));
    expect(await bodyOf(await responseOf(call))).toBe('{"id":"1","data":{}}');
    expect(hasArrived() === body.toString()).toBe(true);
  });

  test('is read whole where it joins, since it may have to go to another engine', async () => {
    let requests = 0;
    engine.on('request', () => requests++);
    const body = Buffer.from(JSON.stringify({ id: '1', method: 'publish', params: ['room', 'ann', JSEP] }));
    const call = begin(body.length);
    call.write(body.subarray(0, body.length - 1));
    await new Promise((fulfil) => setTimeout(fulfil, 100));
    expect(requests).toBe(0);
    call.end(body.subarray(body.length - 1));
    expect(await bodyOf(await responseOf(call))).toBe('{"data":{}}');
    await until('it has arrived', () => hasArrived() === body.toString());
  });

  test('whose beginning does not tell where it goes is read whole', async () => {
    const body = JSON.stringify({ params: ['room', 'ann', 'cid', JSEP], method: 'restart', id: '1' });
    expect(await post(body)).toEqual({ status: 200, text: '{"data":{}}' });
    await until('it has arrived', () => hasArrived() === body);
  });

  test('about a room that nobody has is answered by the monitor', async () => {
    const body = callOf('restart').replace('room', 'none');
    expect(JSON.parse((await post(body)).text)).toMatchObject({ id: '1', error: { code: 5002001 } });
  });

  test('that opens a room in what follows is marked, so that the engine opens none', async () => {
    let recalled: unknown;
    listener = (incoming, response) => {
      recalled = incoming.headers['kraken-recalled'];
      response.end('{"data":{}}');
    };
    await post(`${callOf('restart').slice(0, -1)},"method":"publish"}`);
    expect(recalled).toBe('1');
  });

  test.each([
    ['at its beginning', `nothing${callOf('restart')}`, 'the body is not valid JSON'],
    ['at its end', `${callOf('restart')}}`, 'as the engine says'],
  ])('that is broken %s gets 400', async (_, body, error) => {
    listener = (incoming, response) =>
      incoming.on('end', () => response.writeHead(400).end('{"error":"as the engine says"}'));
    expect(await post(body)).toEqual({ status: 400, text: JSON.stringify({ error }) });
  });

  test('that is too long gets 413', async () => {
    const call = begin(BODY_LIMIT + 1);
    call.on('error', () => {});
    call.flushHeaders();
    expect((await responseOf(call)).statusCode).toBe(413);
    call.destroy();
  });

  test('of which many come slowly leave other calls their connections to the engine', async () => {
    let begun = 0;
    listener = (incoming, response) => {
      begun++;
      incoming.on('end', () => response.end('{"data":{}}'));
    };
    const body = Buffer.from(callOf('restart'));
    const slow = Array.from({ length: CONNECTIONS_PER_ENGINE }, () => begin(body.length));
    for (const call of slow) call.on('error', () => {}).write(body.subarray(0, LARGE_BODY));
    await until('as many as may are on their way', () => begun === RELAYS_PER_ENGINE);
    expect(await post(callOf('mute').replace(JSEP, ''))).toEqual({ status: 200, text: '{"data":{}}' });
    expect(begun).toBe(RELAYS_PER_ENGINE + 1);
    const late = slow.at(-1);
    late?.end(body.subarray(LARGE_BODY));
    if (late !== undefined) expect(await bodyOf(await responseOf(late))).toBe('{"data":{}}');
    for (const call of slow) call.destroy();
  });

  test('that its client breaks off is broken off at the engine', async () => {
    let isBrokenOff = false;
    listener = (incoming) => incoming.on('close', () => (isBrokenOff = !incoming.complete));
    const body = Buffer.from(callOf('restart'));
    const call = begin(body.length);
    call.on('error', () => {});
    call.write(body.subarray(0, LARGE_BODY));
    await until('its beginning is there', () => arrived.length > 0);
    call.destroy();
    await until('it is broken off', () => isBrokenOff);
  });
});

describe('a long response', () => {
  test('goes to the client while it comes, octet by octet', async () => {
    const answer = Buffer.from(JSON.stringify({ id: '1', data: { jsep: JSEP } }));
    let sendRest = () => {};
    listener = (_request, response) => {
      response.setHeader('content-length', answer.length);
      response.write(answer.subarray(0, 3 * LARGE_BODY));
      sendRest = () => response.end(answer.subarray(3 * LARGE_BODY));
    };
    const call = begin(2);
    const short = JSON.stringify({ id: '1', method: 'subscribe', params: ['room', 'ann', 'cid'] });
    call.setHeader('content-length', short.length);
    call.end(short);
    const response = await responseOf(call);
    const pieces: Buffer[] = [];
    for await (const piece of response) {
      pieces.push(piece);
      sendRest();
      sendRest = () => {};
    }
    expect(Buffer.concat(pieces).equals(answer)).toBe(true);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.headers['content-length']).toBe(String(answer.length));
  });

  test('waits at the engine for a client that does not read', async () => {
    const piece = Buffer.alloc(MEBIBYTE, 'x');
    let written = 0;
    let isBrokenOff = false;
    listener = (_request, response) => {
      const write = () => {
        while (written < 4 * MAX_HELD && !response.destroyed) {
          written += piece.length;
          if (!response.write(piece)) return;
        }
      };
      response.on('drain', write).on('close', () => (isBrokenOff = true));
      write();
    };
    const short = JSON.stringify({ id: '1', method: 'list', params: ['room'] });
    const call = begin(short.length);
    call.end(short);
    const response = await responseOf(call);
    response.on('error', () => {});
    let before = -1;
    await until('nothing moves', async () => {
      const isStill = written === before;
      before = written;
      await new Promise((fulfil) => setTimeout(fulfil, 200));
      return isStill && written === before;
    });
    expect(written).toBeLessThan(MAX_HELD);
    response.destroy();
    await until('it is broken off', () => isBrokenOff);
  });
});
