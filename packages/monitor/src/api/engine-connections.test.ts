import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { CALL_TIMEOUT, EngineConnections } from './engine-connections.js';
import { EngineFailedError, EngineForgottenError, EngineGoneError } from './engine-errors.js';

const connections = new EngineConnections();
let server: Server | null = null;

afterEach(async () => {
  vi.useRealTimers();
  await connections.close();
  server?.closeAllConnections();
  server?.close();
});

async function engineThat(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((fulfil) => started.listen(0, '127.0.0.1', fulfil));
  const address = started.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/engine/`;
}

test('a call goes to the path of the URL, with the headers that are passed on', async () => {
  const url = await engineThat((request, response) => {
    request.setEncoding('utf8').once('data', (body) => {
      response.end(`${request.method} ${request.url} ${request.headers['user-agent']} ${body}`);
    });
  });
  expect(await connections.post(url, '{}', { 'user-agent': 'someone' })).toMatchObject({
    status: 200,
    body: Buffer.from('POST /engine/ someone {}'),
    lacksRoom: false,
  });
  expect(await connections.post(url, '[]', { 'user-agent': 'another' })).toMatchObject({
    body: Buffer.from('POST /engine/ another []'),
  });
});

test('an engine that does not answer in time has failed, in words', async () => {
  let called = () => {};
  const hasCome = new Promise<void>((fulfil) => {
    called = fulfil;
  });
  const url = await engineThat(() => called());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const answer = connections.post(url, '{}', {});
  const failure = expect(answer).rejects.toEqual(new EngineFailedError('no answer in time'));
  await hasCome;
  vi.advanceTimersByTime(CALL_TIMEOUT);
  await failure;
});

test('a call that has been answered leaves no timer behind', async () => {
  const url = await engineThat((_request, response) => response.end('{}'));
  await connections.post(url, '{}', {});
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  await connections.post(url, '{}', {});
  const place = set.mock.calls.findIndex(([, time]) => time === CALL_TIMEOUT);
  expect(cleared).toHaveBeenCalledWith(set.mock.results[place]?.value);
  vi.restoreAllMocks();
});

test('another status is a failure, and nobody at the port is told from it', async () => {
  const url = await engineThat((_request, response) => response.writeHead(500).end());
  await expect(connections.post(url, '{}', {})).rejects.toThrow(new EngineFailedError('HTTP status 500'));
  server?.closeAllConnections();
  await new Promise((fulfil) => server?.close(fulfil));
  await expect(connections.post(url, '{}', {})).rejects.toBeInstanceOf(EngineGoneError);
});

test('a call that is under way to an engine that leaves the cluster is told so, and can go elsewhere', async () => {
  let called = () => {};
  const hasCome = new Promise<void>((fulfil) => {
    called = fulfil;
  });
  const url = await engineThat(() => called());
  const failure = expect(connections.post(url, '{}', {})).rejects.toBeInstanceOf(EngineForgottenError);
  await hasCome;
  connections.keep(new Set());
  await failure;
});
