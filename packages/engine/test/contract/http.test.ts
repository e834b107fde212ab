/** HTTP as the clients use it, byte for byte. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOffer } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf } from './sdp.js';

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

const ORIGIN = 'https://app.example.org';

describe('the envelope', () => {
  test('success is 200 with id and data, in that order and nothing else', async () => {
    const { status, text, headers } = await engine.post('{"id":"7f","method":"list","params":["empty"]}');
    expect([status, text]).toEqual([200, '{"id":"7f","data":{"peers":[]}}']);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  test('an RPC error is 200 with status, code and description', async () => {
    const { status, text } = await engine.post('{"id":"7f","method":"end","params":["r","u","c"]}');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      id: '7f',
      error: { status: 202, code: 5002001, description: expect.any(String) },
    });
  });

  test.each(['""', 'null', undefined])('the id %s is left out of the response', async (id) => {
    const member = id === undefined ? '' : `"id":${id},`;
    const { text } = await engine.post(`{${member}"method":"list","params":["empty"]}`);
    expect(text).toBe('{"data":{"peers":[]}}');
  });

  test('an id that is a number is echoed as one', async () => {
    const { text } = await engine.post('{"id":42,"method":"list","params":["empty"]}');
    expect(text).toBe('{"id":42,"data":{"peers":[]}}');
  });

  test('a whole call in text/plain, as some clients send it', async () => {
    const call = {
      id: randomUUID(),
      method: 'publish',
      params: ['plain', 'u', offerOf(loadOffer('webkit-microphone'))],
    };
    const { status, text } = await engine.post(JSON.stringify(call), {
      'content-type': 'text/plain;charset=UTF-8',
    });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ id: call.id, data: { sdp: { type: 'answer' } } });
  });
});

describe('errors of HTTP', () => {
  test.each(['', '{', '{"id":"1","method":"list"', 'list'])('the body %j is 400', async (body) => {
    const { status, text } = await engine.post(body, { 'content-type': 'application/json' });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({ error: expect.any(String) });
  });

  test.each([
    ['GET', '/rpc'],
    ['POST', '/rpc'],
    ['PUT', '/'],
    ['DELETE', '/'],
    ['PATCH', '/'],
    ['GET', '/debug/pprof/'],
  ])('%s %s is 404', async (method, path) => {
    const { status, text } = await engine.request(method, path);
    expect([status, text]).toEqual([404, '{"error":"not found"}']);
  });

  test.each(['', 'Publish', 'unsubscribe', 'constructor'])(
    'the unknown method %j is 5001000',
    async (method) => {
      const { status, code, description } = await engine.failureOf(method, 'r', 'u', 'c');
      expect([status, code]).toEqual([202, 5001000]);
      expect(description).toBe(`unknown method ${JSON.stringify(method)}`);
    },
  );
});

describe('CORS', () => {
  function corsOf(headers: Headers): Record<string, string> {
    return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
  }

  const allowed = {
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-headers': 'Content-Type, Authorization, Mixin-Conversation-ID',
    'access-control-allow-methods': 'OPTIONS,GET,POST,DELETE',
    'access-control-max-age': '600',
  };

  test.each(['/', '/anything'])('OPTIONS %s answers 200 {}', async (path) => {
    const preflight = {
      origin: ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,mixin-conversation-id',
    };
    const { status, text, headers } = await engine.request('OPTIONS', path, { headers: preflight });
    expect([status, text]).toEqual([200, '{}']);
    expect(corsOf(headers)).toEqual(allowed);
  });

  test.each([
    [200, '{"id":"1","method":"info","params":[]}'],
    [400, '{'],
  ])('a response with status %i reflects the origin', async (status, body) => {
    const reply = await engine.post(body, { origin: ORIGIN });
    expect(reply.status).toBe(status);
    expect(corsOf(reply.headers)).toEqual(allowed);
  });

  test('the origin "null" of local files and sandboxed frames is reflected', async () => {
    const { headers } = await engine.post('{"method":"info"}', { origin: 'null' });
    expect(headers.get('access-control-allow-origin')).toBe('null');
  });

  test('without an origin there are no CORS headers', async () => {
    expect(corsOf((await engine.post('{"method":"info"}')).headers)).toEqual({});
  });
});
