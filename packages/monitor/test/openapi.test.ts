/** What a running monitor says of its own API, and whether it does so. */
import { ENGINES_PATH, RPC_ERRORS } from '@kraken/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectRoutes } from '../../edge/src/openapi/testing/collect-routes.js';
import { DescribedApi } from '../../edge/src/openapi/testing/described-api.js';
import { EngineClient } from '../../engine/test/contract/engine-client.js';
import { OWN_METHODS, ROOM_METHODS } from '../src/api/call-router.js';
import { parseConfig } from '../src/config/monitor-config.js';
import { type RunningMonitor, startMonitor } from '../src/monitor.js';
import { reportOf } from '../src/registry/cluster.fixture.js';

const SECRET = 'cluster-secret';

let monitor: RunningMonitor;
let routes: readonly string[];
let client: EngineClient;
let api: DescribedApi;

beforeAll(async () => {
  const config = parseConfig(
    `[monitor]\nsecret = "${SECRET}"\n[rpc]\nhost = "127.0.0.1"\nport = 0\n`,
    'monitor.toml',
  );
  const { started, routes: found } = await collectRoutes(() =>
    startMonitor(config, pino({ level: 'silent' })),
  );
  monitor = started;
  routes = found;
  client = new EngineClient(monitor.url);
  api = new DescribedApi((await client.request('GET', '/openapi.json')).text);
});
afterAll(() => monitor.close());

test('the description is OpenAPI 3.1', () => {
  expect(api.formProblems()).toEqual([]);
});

test('every method and every error of the registry is described', () => {
  expect(api.methods).toEqual([...OWN_METHODS, ...Object.keys(ROOM_METHODS)].sort());
  expect(api.errorCodes).toEqual(Object.values(RPC_ERRORS).map(({ code }) => code));
});

test('every route that the monitor has is described, and nothing else', () => {
  expect(api.routes).toEqual([...routes, 'GET /ws'].sort());
});

test('what the monitor answers fits its description', async () => {
  const authorized = { headers: { authorization: `Bearer ${SECRET}` } };
  const report = reportOf('e1');
  expect(api.faultsOf('/paths/~1engines/post/requestBody/content/application~1json/schema', report)).toEqual(
    [],
  );
  const heartbeat = { ...authorized, body: JSON.stringify(report) };
  const sent = [
    ['post', ENGINES_PATH, ENGINES_PATH, heartbeat],
    ['post', ENGINES_PATH, ENGINES_PATH, { ...authorized, body: '{}' }],
    ['post', ENGINES_PATH, ENGINES_PATH, { body: '{}' }],
    ['get', ENGINES_PATH, ENGINES_PATH, authorized],
    ['get', ENGINES_PATH, ENGINES_PATH, {}],
    ['get', '/readyz', '/readyz', {}],
    ['get', '/healthz', '/healthz', {}],
    ['post', '/', '/', { body: '{"id":"i","method":"info"}' }],
    ['post', '/', '/', { body: '{"method":"locate","params":[]}' }],
    ['post', '/engines/{engineId}/drain', '/engines/e1/drain', authorized],
    ['post', '/engines/{engineId}/drain', '/engines/none/drain', authorized],
    ['delete', '/engines/{engineId}', '/engines/e1', authorized],
  ] as const;
  for (const [verb, template, path, init] of sent) {
    const reply = await client.request(verb.toUpperCase(), path, init);
    expect(api.faultsOfResponse(verb, template, reply)).toEqual([]);
    if (template === '/' && reply.text.includes('"engines"')) {
      expect(api.faultsOf('/components/schemas/InfoSuccess', JSON.parse(reply.text))).toEqual([]);
      expect(JSON.parse(reply.text).data.engines).toHaveLength(1);
    }
  }
});
