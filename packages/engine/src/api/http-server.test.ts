import { once } from 'node:events';
import { connect } from 'node:net';
import { Callers } from '@kraken/edge/auth/callers';
import { BODY_LIMIT } from '@kraken/edge/gate/limits';
import type { StaticPage } from '@kraken/edge/http/static-page';
import { RpcError } from '@kraken/protocol';
import fc from 'fast-check';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { OPEN_AUTH } from '../../../edge/src/auth/testing/tokens.js';
import { buildHttpServer } from './http-server.js';
import { CID, RecordingSignalling } from './signalling.fixture.js';

const page: StaticPage = new Map(
  ['/', '/index.html'].map((path) => [
    path,
    { contentType: 'text/html; charset=utf-8', etag: '"1"', body: Buffer.from('<!doctype html>') },
  ]),
);
const logged: string[] = [];
const logger = pino({ level: 'error' }, { write: (line) => logged.push(line) });
const signalling = new RecordingSignalling();
const metrics = vi.fn(async () => 'kraken_rooms 0\n');
const server: FastifyInstance = buildHttpServer({
  backend: { signalling, turnServers: () => [] },
  callers: new Callers({ auth: OPEN_AUTH, logger }),
  page,
  metrics,
  gate: null,
  certificate: null,
  logger,
});
afterAll(() => server.close());
beforeEach(() => {
  signalling.failure = null;
  signalling.holdsRooms = true;
  signalling.calls.length = 0;
  logged.length = 0;
});

const LIST = JSON.stringify({ id: '1', method: 'list', params: ['r'] });
const LISTED = { id: '1', data: { peers: [{ id: 'u1', track: CID }] } };

async function post(payload: string | Buffer, options: InjectOptions = {}) {
  const { statusCode, body, headers } = await server.inject({
    method: 'POST',
    url: '/',
    payload,
    ...options,
  });
  return { statusCode, json: JSON.parse(body), headers };
}

describe('POST /', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'garbage',
    ';;;',
    '',
  ])('takes the Content-Type %j', async (type) => {
    const { statusCode, json, headers } = await post(LIST, { headers: { 'content-type': type } });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: LISTED });
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  test('marks the refusal of an engine that drains, and no other, for the monitor in front', async () => {
    signalling.failure = new RpcError('ENGINE_DRAINING', 'x');
    const refused = await post(LIST);
    expect(refused.headers['kraken-refused']).toBe('draining');
    expect(refused).toMatchObject({ statusCode: 200, json: { error: { code: 5003104 } } });
    signalling.failure = new RpcError('ENGINE_CUT_OFF', 'x');
    expect((await post(LIST)).headers).not.toHaveProperty('kraken-refused');
    signalling.failure = null;
    expect((await post(LIST)).headers).not.toHaveProperty('kraken-refused');
  });

  test('marks what it answers of a room that it does not hold, unless the call may open it', async () => {
    const refusedOf = async (method: string, params: readonly unknown[]) =>
      (await post(JSON.stringify({ method, params }))).headers['kraken-refused'];
    expect(await refusedOf('list', ['r'])).toBeUndefined();
    signalling.holdsRooms = false;
    expect(await refusedOf('list', ['r'])).toBe('no-room');
    expect(await refusedOf('subscribe', ['r', 'u', 'c'])).toBe('no-room');
    expect(await refusedOf('publish', ['r', 'u', '{}'])).toBeUndefined();
    expect(await refusedOf('info', [])).toBeUndefined();
  });

  test('takes no Content-Type, and a query', async () => {
    expect(await post(Buffer.from(LIST))).toMatchObject({ statusCode: 200, json: LISTED });
    expect(await post(LIST, { url: '/?x=1' })).toMatchObject({ statusCode: 200, json: LISTED });
  });

  test.each([
    ['"abc"', { id: 'abc' }],
    ['7', { id: 7 }],
    ['""', {}],
    ['null', {}],
  ])('echoes the id %s, left out when empty', async (id, echoed) => {
    const { json } = await post(`{"id":${id},"method":"list","params":["r"]}`);
    expect(json).toEqual({ ...echoed, data: LISTED.data });
    const { json: failure } = await post(`{"id":${id},"method":"x"}`);
    expect(failure).toMatchObject({ ...echoed, error: { code: 5001000 } });
    expect(Object.keys(failure)).toHaveLength(Object.keys(echoed).length + 1);
  });

  test('an RPC error is 200 as well', async () => {
    expect(await post('{"id":"1","method":"end","params":[]}')).toMatchObject({
      statusCode: 200,
      json: { id: '1', error: { status: 202, code: 5001000, description: expect.stringContaining('rid') } },
    });
  });

  test('missing and null params count as none', async () => {
    expect(await post('{"method":"info"}')).toMatchObject({
      statusCode: 200,
      json: { data: { active_peers: 1 } },
    });
    expect(await post('{"method":"info","params":null}')).toMatchObject({ statusCode: 200 });
  });

  test.each([
    ['', 'the body is empty'],
    ['{', 'the body is not valid JSON'],
    [`${LIST}x`, 'the body is not valid JSON'],
    ['null', 'the body is not a JSON object'],
    ['"list"', 'the body is not a JSON object'],
    ['7', 'the body is not a JSON object'],
    ['[]', 'batches are not supported'],
    [`[${LIST}]`, 'batches are not supported'],
    ['{"id":{},"method":"list"}', 'id is not a string'],
    ['{"id":true,"method":"list"}', 'id is not a string'],
    ['{"id":1e999,"method":"list"}', 'id is not a string'],
    ['{"method":7}', 'method is not a string'],
    ['{"method":"list","params":{"rid":"r"}}', 'params is not an array'],
    ['{"method":"list","params":"r"}', 'params is not an array'],
  ])('%j is 400', async (body, error) => {
    expect(await post(body)).toMatchObject({ statusCode: 400, json: { error } });
  });

  test('a body that is too long is 413', async () => {
    const { statusCode, json } = await post(' '.repeat(BODY_LIMIT + 1));
    expect({ statusCode, json }).toEqual({
      statusCode: 413,
      json: { error: `the body is longer than ${BODY_LIMIT} bytes` },
    });
  });

  test('a bug is 500, tells the caller nothing and is logged', async () => {
    signalling.failure = new TypeError('secret detail');
    const { statusCode, json } = await post(LIST);
    expect({ statusCode, json }).toEqual({ statusCode: 500, json: { error: 'server error' } });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('secret detail');
  });

  test('names of prototypes are data', async () => {
    const body = '{"__proto__":{"method":"list"},"constructor":{"prototype":{"x":1}},"id":"1"}';
    expect(await post(body)).toMatchObject({ json: { id: '1', error: { code: 5001000 } } });
    expect(await post('{"id":"1","method":"list","params":["__proto__"]}')).toMatchObject({ json: LISTED });
    expect(signalling.calls).toEqual([['list', '__proto__']]);
    expect({}).not.toHaveProperty('x');
  });
});

describe('other paths and verbs', () => {
  test.each([
    ['GET', '/nothing'],
    ['POST', '/rpc'],
    ['PUT', '/'],
    ['DELETE', '/'],
    ['PATCH', '/'],
    ['GET', '/index.html/'],
    ['GET', '/../package.json'],
    ['GET', '/%2e%2e/package.json'],
    ['POST', '/metrics'],
    ['DELETE', '/metrics'],
    ['GET', '/metrics/'],
    ['GET', '/metrics/0'],
    ['GET', '/%zz'],
    ['POST', '/%zz'],
  ] as const)('%s %s is 404', async (method, url) => {
    const { statusCode, body } = await server.inject({ method, url, headers: { 'accept-version': '1' } });
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toEqual({ error: 'not found' });
  });

  test('a body on an unknown path is not looked at', async () => {
    expect(await post('{', { url: '/rpc', headers: { 'content-type': ';' } })).toMatchObject({
      statusCode: 404,
      json: { error: 'not found' },
    });
  });

  test('/healthz tells that the engine is up', async () => {
    const { statusCode, body } = await server.inject('/healthz');
    expect([statusCode, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
  });
});

describe('/metrics', () => {
  test.each(['/metrics', '/metrics?x=1'])('GET %s is text that no cache keeps', async (url) => {
    const { statusCode, body, headers } = await server.inject(url);
    expect([statusCode, body]).toEqual([200, 'kraken_rooms 0\n']);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
  });

  test('that fail are 500, tell nothing and are logged', async () => {
    metrics.mockRejectedValueOnce(new TypeError('secret detail'));
    const { statusCode, body } = await server.inject('/metrics');
    expect([statusCode, JSON.parse(body)]).toEqual([500, { error: 'server error' }]);
    expect(logged.join()).toContain('secret detail');
  });
});

describe('the page', () => {
  test.each(['/', '/index.html', '/?room=x'])('GET and HEAD %s', async (url) => {
    const get = await server.inject({ method: 'GET', url });
    expect(get.statusCode).toBe(200);
    expect(get.body).toBe('<!doctype html>');
    expect(get.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(get.headers['content-security-policy']).toContain("script-src 'self';");
    expect(get.headers['content-security-policy']).not.toContain('unsafe');
    expect(get.headers['x-content-type-options']).toBe('nosniff');
    const head = await server.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', '15']);
  });

  test('is not sent again to who has it', async () => {
    const { statusCode, body } = await server.inject({ url: '/', headers: { 'if-none-match': '"1"' } });
    expect([statusCode, body]).toEqual([304, '']);
  });
});

describe('cross-origin access', () => {
  const origin = 'https://app.example.org';
  const allowed = {
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'Content-Type, Authorization, Mixin-Conversation-ID',
    'access-control-allow-methods': 'OPTIONS,GET,POST,DELETE',
    'access-control-max-age': '600',
    vary: 'Origin',
  };

  test.each(['/', '/any/path', '/%zz', '/healthz', '/metrics'])('OPTIONS %s is 200 {}', async (url) => {
    const { statusCode, body, headers } = await server.inject({
      method: 'OPTIONS',
      url,
      headers: { origin },
    });
    expect([statusCode, body]).toEqual([200, '{}']);
    expect(headers).toMatchObject(allowed);
  });

  test('OPTIONS without an origin is 200 {} too', async () => {
    const { statusCode, body, headers } = await server.inject({ method: 'OPTIONS', url: '/' });
    expect([statusCode, body]).toEqual([200, '{}']);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test.each([
    [200, LIST, '/'],
    [400, '{', '/'],
    [404, LIST, '/x'],
    [413, ' '.repeat(BODY_LIMIT + 1), '/'],
  ])('a response with status %i can be read by the origin', async (status, payload, url) => {
    const { statusCode, headers } = await post(payload, { url, headers: { origin } });
    expect(statusCode).toBe(status);
    expect(headers).toMatchObject(allowed);
  });

  test('so can a 500', async () => {
    signalling.failure = new Error('bug');
    expect(await post(LIST, { headers: { origin } })).toMatchObject({ statusCode: 500, headers: allowed });
  });
});

describe('random and mutated calls', () => {
  const methods = ['turn', 'info', 'list', 'publish', 'restart', 'end', 'trickle', 'subscribe', 'answer'];

  async function checkShape(body: string) {
    const { statusCode, json } = await post(body);
    switch (statusCode) {
      case 200:
        expect('data' in json).not.toBe('error' in json);
        if ('error' in json) {
          expect(json.error).toEqual({ status: 202, code: 5001000, description: expect.any(String) });
        }
        break;
      case 400:
        expect(json).toEqual({ error: expect.any(String) });
        break;
      default:
        throw new Error(`${statusCode} for ${body}`);
    }
  }

  test('any text answers 200 or 400', async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), checkShape));
  });

  test('any parameters of any method answer 200', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.string({ unit: 'binary' }),
      fc.constant('https://x'),
    );
    const call = fc.record({
      id: fc.oneof(fc.string(), fc.integer()),
      method: fc.constantFrom(...methods),
      params: fc.array(value, { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(call, async (request) => {
        const { statusCode } = await post(JSON.stringify(request));
        expect(statusCode).toBe(200);
      }),
    );
  });

  test('a call with any byte changed, dropped or doubled answers 200 or 400', async () => {
    const bytes = Buffer.from(
      JSON.stringify({ id: '1', method: 'publish', params: ['r', 'u', '{}', 2, 'https://x'] }),
    );
    const mutation = fc.record({
      at: fc.nat(bytes.length - 1),
      remove: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, remove, insert }) => {
        const mutated = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        await checkShape(mutated.toString('latin1'));
      }),
    );
  });

  test('deep nesting answers 400 or 200', async () => {
    await checkShape('['.repeat(200_000));
    await checkShape(`{"method":"list","params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    await checkShape(`{"a":`.repeat(100_000));
  });
});

describe('on the wire', () => {
  async function exchange(text: string): Promise<string> {
    if (!server.server.listening) await server.listen({ port: 0, host: '127.0.0.1' });
    const address = server.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    const socket = connect(address.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.end(text);
    await once(socket, 'close');
    return received;
  }

  test.each([
    ['garbage\r\n\r\n', 'HTTP/1.1 400 Bad Request', 'the request is not valid HTTP'],
    [
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 431 ',
      'the header is longer than 16384 bytes',
    ],
    ['PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'HTTP/1.1 404 ', 'not found'],
    ['TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'HTTP/1.1 404 ', 'not found'],
    [
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY_LIMIT + 1}\r\n\r\n`,
      'HTTP/1.1 413 ',
      'the body is longer than',
    ],
  ])('%j', async (request, status, error) => {
    const response = await exchange(request);
    expect(response.slice(0, status.length)).toBe(status);
    expect(JSON.parse(response.slice(response.indexOf('\r\n\r\n'))).error).toContain(error);
  });

  test('a body in chunks, without a Content-Type', async () => {
    const chunk = `${Buffer.byteLength(LIST).toString(16)}\r\n${LIST}\r\n0\r\n\r\n`;
    const response = await exchange(
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`,
    );
    expect(response).toContain('HTTP/1.1 200 OK');
    expect(response).toContain(JSON.stringify(LISTED));
  });
});
