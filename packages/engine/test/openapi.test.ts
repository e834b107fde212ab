/** What a running engine says of its own API, and whether it does so. */
import { parseConfig, type RunningEngine, startEngine } from '@kraken/engine';
import { RPC_ERRORS } from '@kraken/protocol';
import { METHOD_DESCRIPTIONS } from '@kraken/protocol/description/methods';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectRoutes } from '../../edge/src/openapi/testing/collect-routes.js';
import { DescribedApi } from '../../edge/src/openapi/testing/described-api.js';
import { isMethod } from '../src/api/json-rpc.js';
import { loadOffer } from '../src/sdp/fixtures/load.js';
import { EngineClient, type HttpReply } from './contract/engine-client.js';
import { offerOf } from './contract/sdp.js';

const JSEP = offerOf(loadOffer('chromium-microphone'));
const JSON_HEADERS = { 'content-type': 'application/json' };

let engine: RunningEngine;
let routes: readonly string[];
let client: EngineClient;
let served: HttpReply;
let api: DescribedApi;

beforeAll(async () => {
  const config = parseConfig(
    '[engine]\ninterface = "lo"\nworkers = 1\n[rpc]\nhost = "127.0.0.1"\nport = 0\n' +
      '[turn]\nhost = "turn:turn.example.org:3478"\nsecret = "turn-secret"',
    'engine.toml',
  );
  const { started, routes: found } = await collectRoutes(() =>
    startEngine(config, pino({ level: 'silent' })),
  );
  engine = started;
  routes = found;
  client = new EngineClient(engine.url);
  served = await client.request('GET', '/openapi.json', { headers: { origin: 'https://app.example' } });
  api = new DescribedApi(served.text);
});
afterAll(() => engine.close());

/** @returns the data, which the description fits */
async function call(method: string, ...params: readonly unknown[]) {
  const body = { id: 'i', method, params };
  const reply = await client.post(JSON.stringify(body));
  const name = `${method.charAt(0).toUpperCase()}${method.slice(1)}`;
  const answer = JSON.parse(reply.text);
  expect(api.faultsOf(`/components/schemas/${name}Call`, body)).toEqual([]);
  expect(api.faultsOf(`/components/schemas/${name}Success`, answer)).toEqual([]);
  expect(api.faultsOfResponse('post', '/', reply)).toEqual([]);
  return answer.data;
}

test('the description is OpenAPI 3.1, for pages of any origin, and need not be sent twice', async () => {
  expect(served).toMatchObject({ status: 200 });
  expect(served.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(served.headers.get('access-control-allow-origin')).toBe('https://app.example');
  const headers = { 'if-none-match': served.headers.get('etag') ?? '' };
  expect((await client.request('GET', '/openapi.json', { headers })).status).toBe(304);
  expect(api.formProblems()).toEqual([]);
});

test('every method and every error of the registry is described', () => {
  expect(api.methods).toEqual(Object.keys(METHOD_DESCRIPTIONS).sort());
  expect(api.methods.filter((method) => !isMethod(String(method)))).toEqual([]);
  expect(api.errorCodes).toEqual(Object.values(RPC_ERRORS).map(({ code }) => code));
});

test('every route that the engine has is described, and nothing else', () => {
  expect(api.routes).toEqual([...routes, 'GET /ws'].sort());
});

describe('what the engine answers fits its description:', () => {
  test('data of each method', async () => {
    await call('info');
    expect(await call('turn', 'u')).not.toEqual([]);
    const { track } = await call('publish', 'r', 'u', JSEP);
    await call('publish', 'r', 'other', JSEP, 9, 'https://app.example/callback');
    await call('publish', 'r', 'other', JSEP, 9, '', { slots: 2 });
    expect((await call('list', 'r')).peers).toHaveLength(2);
    expect(await call('subscribe', 'r', 'u', track)).toMatchObject({ type: 'unknown' });
    await call('trickle', 'r', 'u', track, 'null');
    await call('mute', 'r', 'u', track, true);
    await call('loudest', 'r', 'u', track, 6);
    await call('loudest', 'r', 'u', track, null);
    await call('permit', 'r', 'u', { publish: false });
    await call('silence', 'r', 'u', false);
    await call('remove', 'r', 'other');
    const restart = JSEP.replaceAll(/a=ice-ufrag:[^\\]*/g, 'a=ice-ufrag:RST1');
    await call(
      'restart',
      'r',
      'u',
      track,
      restart.replaceAll(/a=ice-pwd:[^\\]*/g, `a=ice-pwd:${'p'.repeat(24)}`),
    );
    await call('end', 'r', 'u', track);
  });

  test('errors of calls, and what is no call', async () => {
    const bodies = ['{"id":"1","method":"list","params":[]}', '{"method":"end","params":["r","u","c"]}', '{'];
    for (const body of [...bodies, `{"method":"${'x'.repeat(2 * 1024 * 1024)}"}`]) {
      expect(api.faultsOfResponse('post', '/', await client.post(body))).toEqual([]);
    }
  });

  test('a call with a parameter less, or of another type, is not described', () => {
    const schema = '/components/schemas/PublishCall';
    const publish = (...params: readonly unknown[]) => ({ method: 'publish', params });
    expect(api.faultsOf(schema, publish('r', 'u', JSEP))).toEqual([]);
    expect(api.faultsOf(schema, publish('r', 'u'))).not.toEqual([]);
    expect(api.faultsOf(schema, publish('r', 'u', 7))).not.toEqual([]);
    expect(api.faultsOf(schema, publish('r', 'u', JSEP, 0))).not.toEqual([]);
    expect(api.faultsOf(schema, publish('r', 'u', JSEP, 0, '', { slots: -1 }))).not.toEqual([]);
    expect(api.faultsOf('/components/schemas/InfoSuccess', { data: { active_peers: 0 } })).not.toEqual([]);
  });

  test("health, and the operator's routes", async () => {
    await client.call('publish', 'watched', 'u', JSEP);
    const asked: readonly (readonly [verb: string, template: string, path?: string])[] = [
      ['get', '/healthz'],
      ['get', '/readyz'],
      ['get', '/admin/api/overview'],
      ['get', '/admin/api/history'],
      ['get', '/admin/api/history', '/admin/api/history?minutes=no'],
      ['get', '/admin/api/rooms', '/admin/api/rooms?sort=loss'],
      ['get', '/admin/api/rooms/{rid}', '/admin/api/rooms/watched'],
      ['get', '/admin/api/rooms/{rid}', '/admin/api/rooms/none'],
      [
        'post',
        '/admin/api/rooms/{rid}/participants/{uid}/silence',
        '/admin/api/rooms/watched/participants/u/silence',
      ],
      [
        'post',
        '/admin/api/rooms/{rid}/participants/{uid}/remove',
        '/admin/api/rooms/watched/participants/none/remove',
      ],
      ['post', '/admin/api/rooms/{rid}/close', '/admin/api/rooms/watched/close'],
    ];
    for (const [verb, template, path = template] of asked) {
      const init = verb === 'get' ? {} : { headers: JSON_HEADERS, body: '{"silenced":true}' };
      const reply = await client.request(verb.toUpperCase(), path, init);
      expect(api.faultsOfResponse(verb, template, reply)).toEqual([]);
    }
    const foreign = { headers: { origin: 'https://app.example' } };
    const refused = await client.request('GET', '/admin/api/overview', foreign);
    expect(refused.status).toBe(403);
    expect(api.faultsOfResponse('get', '/admin/api/overview', refused)).toEqual([]);
  });

  test('a live socket that is refused', async () => {
    expect(api.faultsOfResponse('get', '/ws', await client.request('GET', '/ws'))).toEqual([]);
  });
});
