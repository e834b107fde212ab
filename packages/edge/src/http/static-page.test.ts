import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStaticPage, sendFile } from './static-page.js';

const LONG = 'p { margin: 0 }\n'.repeat(100);
const directory = mkdtempSync(join(tmpdir(), 'kraken-page-'));

beforeAll(() => {
  mkdirSync(join(directory, 'sounds'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html>');
  writeFileSync(join(directory, 'app.js'), 'export {};');
  writeFileSync(join(directory, '.hidden'), 'x');
  writeFileSync(join(directory, 'long.css'), LONG);
  writeFileSync(join(directory, 'sounds', 'join.ogg'), 'x');
});
afterAll(() => rmSync(directory, { recursive: true }));

test('every file is there under its path, and index.html under the root', async () => {
  const page = await readStaticPage(directory);
  expect([...page.keys()].sort()).toEqual(['/', '/app.js', '/index.html', '/long.css', '/sounds/join.ogg']);
  expect(page.get('/')).toBe(page.get('/index.html'));
  expect(page.get('/')?.contentType).toBe('text/html; charset=utf-8');
  expect(page.get('/app.js')?.contentType).toBe('text/javascript; charset=utf-8');
  expect(page.get('/sounds/join.ogg')?.contentType).toBe('application/octet-stream');
  expect(page.get('/app.js')?.etag).toMatch(/^"[\w-]{43}"$/);
});

test('files of another folder are there as well', async () => {
  const page = await readStaticPage(join(directory, 'sounds'), directory);
  expect([...page.keys()].sort()).toEqual([
    '/',
    '/app.js',
    '/index.html',
    '/join.ogg',
    '/long.css',
    '/sounds/join.ogg',
  ]);
});

test('a folder that is not there is an empty page', async () => {
  expect(await readStaticPage(join(directory, 'none'))).toEqual(new Map());
});

test.each([
  ['gzip, deflate, br', true],
  ['br;q=1.0, GZIP;q=0.5', true],
  ['gzip;q=0, identity', false],
  ['identity', false],
  [undefined, false],
])('who takes %s gets gzip: %s', async (coding, isGzipped) => {
  const page = await readStaticPage(directory);
  const server = fastify();
  for (const [path, file] of page) server.get(path, (request, reply) => sendFile(request, reply, file));
  const headers = coding === undefined ? {} : { 'accept-encoding': coding };
  const long = await server.inject({ url: '/long.css', headers });
  expect(long.headers['content-encoding']).toBe(isGzipped ? 'gzip' : undefined);
  expect(long.headers.vary).toBe('Origin, Accept-Encoding');
  expect((isGzipped ? gunzipSync(long.rawPayload) : long.rawPayload).toString()).toBe(LONG);
  const again = { ...headers, 'if-none-match': String(long.headers.etag) };
  expect((await server.inject({ url: '/long.css', headers: again })).statusCode).toBe(304);
  const short = await server.inject({ url: '/app.js', headers });
  expect([short.headers['content-encoding'], short.body]).toEqual([undefined, 'export {};']);
});
