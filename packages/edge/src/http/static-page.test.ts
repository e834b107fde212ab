import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStaticPage } from './static-page.js';

const directory = mkdtempSync(join(tmpdir(), 'kraken-page-'));

beforeAll(() => {
  mkdirSync(join(directory, 'sounds'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html>');
  writeFileSync(join(directory, 'app.js'), 'export {};');
  writeFileSync(join(directory, '.hidden'), 'x');
  writeFileSync(join(directory, 'sounds', 'join.ogg'), 'x');
});
afterAll(() => rmSync(directory, { recursive: true }));

test('every file is there under its path, and index.html under the root', async () => {
  const page = await readStaticPage(directory);
  expect([...page.keys()].sort()).toEqual(['/', '/app.js', '/index.html', '/sounds/join.ogg']);
  expect(page.get('/')).toBe(page.get('/index.html'));
  expect(page.get('/')?.contentType).toBe('text/html; charset=utf-8');
  expect(page.get('/app.js')?.contentType).toBe('text/javascript; charset=utf-8');
  expect(page.get('/sounds/join.ogg')?.contentType).toBe('application/octet-stream');
  expect(page.get('/app.js')?.etag).toMatch(/^"[\w-]{43}"$/);
});

test('files of another folder are there as well', async () => {
  const page = await readStaticPage(join(directory, 'sounds'), directory);
  expect([...page.keys()].sort()).toEqual(['/', '/app.js', '/index.html', '/join.ogg', '/sounds/join.ogg']);
});

test('a folder that is not there is an empty page', async () => {
  expect(await readStaticPage(join(directory, 'none'))).toEqual(new Map());
});
