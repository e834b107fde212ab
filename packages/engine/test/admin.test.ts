/** The operator's dashboard of a real engine, over HTTP. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseConfig, type RunningEngine, startEngine } from '@kraken/engine';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadOffer } from '../src/sdp/fixtures/load.js';
import { EngineClient } from './contract/engine-client.js';
import { offerOf } from './contract/sdp.js';

const TOKEN = 'of-at-least-sixteen-characters';
const ROOM_FULL = 5002000;
const PEER_CLOSED = 5002002;
const JSON_TYPE = { 'content-type': 'application/json' };

let engine: RunningEngine;
let client: EngineClient;
let logged = '';
let lastRoom = 0;

async function start(token = ''): Promise<void> {
  const config = parseConfig(
    `[engine]\ninterface = "lo"\nworkers = 1\n[rpc]\nhost = "127.0.0.1"\nport = 0\n[admin]\ntoken = "${token}"`,
    'engine.toml',
  );
  logged = '';
  const logger = pino({ level: 'trace' }, { write: (line) => (logged += line) });
  engine = await startEngine(config, logger);
  client = new EngineClient(engine.url);
}

/** @returns the id of a room that no other test has */
function newRoom(): string {
  return `room-${++lastRoom}`;
}

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** Unlike fetch, sends whatever headers it is told. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Reply> {
  const { hostname, port } = new URL(engine.url);
  return new Promise((fulfil, reject) => {
    const outgoing = request({ hostname, port, path, method, headers }, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((body) => fulfil({ status, headers, text: body }), reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

const get = (path: string, headers?: Record<string, string>) => send('GET', path, headers);
const post = (path: string, headers: Record<string, string> = JSON_TYPE, body = '{}') =>
  send('POST', path, headers, body);

async function read(path: string) {
  const reply = await get(path);
  expect([reply.status, reply.text]).toEqual([200, expect.anything()]);
  return JSON.parse(reply.text);
}

function join(rid: string, uid: string) {
  return client.call('publish', rid, uid, offerOf(loadOffer('webkit-microphone')));
}

describe('without a token', () => {
  beforeAll(() => start());
  afterAll(() => engine.close());

  test('this machine gets the page and its figures', async () => {
    expect(await get('/admin')).toMatchObject({ status: 302, headers: { location: 'admin/' } });
    const page = await get('/admin/');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self'.*style-src 'self'/);
    expect((await get('/admin/app.js')).status).toBe(200);
    expect(await read('/admin/api/overview')).toMatchObject({ census: { rooms: 0, participants: 0 } });
  });

  test.each([
    ['under a name that an attacker has pointed here', { host: 'attacker.example:7000' }],
    ['from a page of another origin', { origin: 'https://attacker.example' }],
    ['from a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['from a frame without an origin', { origin: 'null' }],
    ['through a proxy', { 'x-forwarded-for': '127.0.0.1' }],
    ['through a proxy of the newer kind', { forwarded: 'for=127.0.0.1' }],
  ])('%s nothing is given or done', async (_, headers) => {
    const r = newRoom();
    await join(r, 'ann');
    for (const path of [
      '/admin',
      '/admin/',
      '/admin/app.js',
      '/admin/api/overview',
      `/admin/api/rooms/${r}`,
      '/admin/x',
    ]) {
      const reply = await get(path, headers);
      expect([path, reply.status, Object.keys(JSON.parse(reply.text))]).toEqual([path, 403, ['error']]);
    }
    expect((await post(`/admin/api/rooms/${r}/close`, { ...JSON_TYPE, ...headers })).status).toBe(403);
    expect((await client.call('list', r)).peers).toHaveLength(1);
  });

  test('a proxy that sets no header is refused for its HTTP/1.0', async () => {
    const { hostname, port } = new URL(engine.url);
    const socket = connect(Number(port), hostname);
    socket.end(`GET /admin/api/overview HTTP/1.0\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each([
    '/admin',
    '/admin/',
    '/admin/api/overview',
    '/admin/api/rooms/r/close',
    '/%61dmin/api/overview',
    '/admin/x',
  ])('no response of %s has CORS headers, whatever is asked', async (path) => {
    const own = new URL(engine.url).origin;
    for (const origin of ['https://attacker.example', own]) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) {
        const { headers } = await send(method, path, { origin, 'access-control-request-method': 'POST' });
        const cors = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
        expect([method, origin, cors]).toEqual([method, origin, []]);
      }
    }
  });

  test('what a form of another page could send changes nothing', async () => {
    const r = newRoom();
    await join(r, 'ann');
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      expect((await post(`/admin/api/rooms/${r}/close`, { 'content-type': type })).status).toBe(415);
    }
    expect((await post(`/admin/api/rooms/${r}/close`, {})).status).toBe(415);
    expect((await get(`/admin/api/rooms/${r}/close`)).status).toBe(404);
    expect((await client.call('list', r)).peers).toHaveLength(1);
  });

  test('a malformed Content-Type is refused, and no bug', async () => {
    logged = '';
    const reply = await send('DELETE', '/admin/api/overview', { 'content-type': ':application/json' });
    expect([reply.status, reply.text]).toEqual([415, '{"error":"the Content-Type is malformed"}']);
    expect(logged).not.toContain('bug');
  });

  test('a removed uid is told that it is closed, and is not let in for now', async () => {
    const r = newRoom();
    const { track } = await join(r, 'ann');
    await join(r, 'bob');
    expect(await post(`/admin/api/rooms/${r}/participants/ann/remove`)).toMatchObject({
      status: 200,
      text: '{}',
    });
    expect(await client.codeOf('subscribe', r, 'ann', track)).toBe(PEER_CLOSED);
    expect(await client.codeOf('publish', r, 'ann', offerOf(loadOffer('webkit-microphone')))).toBe(ROOM_FULL);
    expect(await client.codeOf('publish', r, 'bob', offerOf(loadOffer('webkit-microphone')))).toBe(0);
    expect(logged).toContain('operator: remove participant');
  });

  test('a closed room is over for everybody', async () => {
    const r = newRoom();
    const { track } = await join(r, 'ann');
    expect((await post(`/admin/api/rooms/${r}/close`)).status).toBe(200);
    expect(await client.codeOf('subscribe', r, 'ann', track)).toBe(PEER_CLOSED);
    expect(await client.codeOf('publish', r, 'bob', offerOf(loadOffer('webkit-microphone')))).toBe(ROOM_FULL);
    expect((await get(`/admin/api/rooms/${r}`)).status).toBe(404);
  });

  test('who is silenced is shown so, until that is ended', async () => {
    const r = newRoom();
    await join(r, 'ann');
    for (const silenced of [true, false]) {
      const path = `/admin/api/rooms/${r}/participants/ann/silence`;
      expect((await post(path, JSON_TYPE, JSON.stringify({ silenced }))).status).toBe(200);
      const { participants } = await read(`/admin/api/rooms/${r}`);
      expect(participants).toMatchObject([{ uid: 'ann', silenced, worker: 0, connected: false }]);
    }
  });

  test.each([
    ['/participants/ann/silence', '{', 400, 'body: not valid JSON'],
    ['/participants/ann/silence', '{"silenced":1}', 400, 'body: silenced: '],
    ['/participants/ann/permit', '{"publish":1}', 400, 'body: publish: '],
    ['/participants/ann/permit', '{"speak":true}', 400, 'body: '],
    ['/participants/eve/permit', '{"publish":true}', 404, 'no such room or participant'],
    ['/participants/eve/silence', '{"silenced":true}', 404, 'no such room or participant'],
    ['/participants/eve/remove', '{}', 404, 'no such room or participant'],
    ['/close', ' '.repeat(2_000), 413, 'the body is longer than 1024 bytes'],
    ['/open', '{}', 404, 'not found'],
  ])('%s with %j is answered %i', async (path, body, status, error) => {
    const r = newRoom();
    await join(r, 'ann');
    const reply = await post(`/admin/api/rooms/${r}${path}`, JSON_TYPE, body);
    expect([reply.status, JSON.parse(reply.text).error]).toEqual([status, expect.stringContaining(error)]);
  });

  test.each([
    'history?minutes=0',
    'history?minutes=61',
    'history?minutes=x',
    'rooms?limit=0',
    'rooms?limit=501',
    'rooms?offset=-1',
    'rooms?sort=x',
  ])('%s is answered 400 with what is wrong', async (query) => {
    const { status, text } = await get(`/admin/api/${query}`);
    expect([status, JSON.parse(text).error]).toEqual([400, expect.stringMatching(/^query: \w+: /)]);
  });

  test.each([
    'a%2Fb',
    'a/b',
    'a%20b',
    '100%25',
    '%2E',
    '..',
    '.',
    '?',
    'r'.repeat(256),
    '%F0%9F%90%99'.repeat(21),
  ])('the room %s is found and closed under its id', async (rid) => {
    await join(rid, rid);
    const isDots = rid === '.' || rid === '..';
    const place = isDots ? '-' : encodeURIComponent(rid);
    const query = isDots ? `?rid=${rid}` : '';
    const names = isDots ? `?rid=${rid}&uid=${rid}` : '';
    expect(await read(`/admin/api/rooms/${place}${query}`)).toMatchObject({ rid });
    expect((await post(`/admin/api/rooms/${place}/participants/${place}/remove${names}`)).status).toBe(200);
    expect((await post(`/admin/api/rooms/${place}/close${query}`)).status).toBe(404);
  });

  test('rooms are searched, sorted and paged', async () => {
    const named = newRoom();
    for (const [color, uid] of Object.entries({ red: 'ann', green: 'bob', blue: 'cat' })) {
      await join(`${named}-${color}`, uid);
    }
    await join(`${named}-red`, 'bob');
    const colors = async (search: string, query: string) =>
      (await read(`/admin/api/rooms?search=${named}${search}&${query}`)).rooms.map(
        ({ rid }: { rid: string }) => rid.slice(named.length + 1),
      );
    expect(await colors('', '')).toEqual(['red', 'blue', 'green']);
    expect(await colors('-GREEN', '')).toEqual(['green']);
    expect(await colors('', 'sort=name&order=ascending&offset=1&limit=1')).toEqual(['green']);
    expect(await read(`/admin/api/rooms?search=${named}&limit=1`)).toMatchObject({ total: 3, offset: 0 });
  });

  test('the figures are taken while somebody looks', async () => {
    await vi.waitFor(async () => expect((await read('/admin/api/overview')).traffic).not.toBeNull(), {
      timeout: 10_000,
      interval: 100,
    });
    expect((await read('/admin/api/history?minutes=5')).series).toMatchObject({
      packetsIn: expect.arrayContaining([0]),
      busy0: expect.arrayContaining([expect.any(Number)]),
    });
  });
});

describe('with a token', () => {
  beforeAll(() => start(TOKEN));
  afterAll(() => engine.close());

  const far = { 'x-forwarded-for': '192.0.2.7', host: 'engine.example' };

  test('who shows it is let in through a proxy, and may change things', async () => {
    const r = newRoom();
    await join(r, 'ann');
    const headers = { ...far, authorization: `Bearer ${TOKEN}` };
    expect((await get('/admin/api/overview', headers)).status).toBe(200);
    expect((await post(`/admin/api/rooms/${r}/close`, { ...headers, ...JSON_TYPE })).status).toBe(200);
    expect(logged).not.toContain(TOKEN);
  });

  test('who does not, or shows another, is asked for it; the page is given to ask', async () => {
    for (const authorization of [undefined, 'Bearer ', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
      const headers = authorization === undefined ? far : { ...far, authorization };
      expect(await get('/admin/api/overview', headers)).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': expect.stringContaining('Bearer') },
      });
      expect((await post('/admin/api/rooms/r/close', { ...headers, ...JSON_TYPE })).status).toBe(401);
    }
    expect((await get('/admin/', far)).status).toBe(200);
  });

  test('a page of another origin is refused even with it', async () => {
    const headers = { ...far, authorization: `Bearer ${TOKEN}`, origin: 'https://attacker.example' };
    expect((await get('/admin/api/overview', headers)).status).toBe(403);
  });

  test('this machine needs it as well', async () => {
    expect((await get('/admin/api/overview')).status).toBe(401);
  });
});
