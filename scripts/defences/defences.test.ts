import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { AREAS } from './areas.js';
import { type DefenceDocument, DOCUMENT_FILES } from './defence.js';
import { withTables } from './document-tables.js';
import { isNamed } from './named-tests.js';
import { parseDefencesOptions } from './options.js';
import { readSightings } from './sightings.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ROWS = AREAS.flatMap(({ rows }) => rows);
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

test('no two promises are the same', () => {
  const promises = ROWS.map(({ promise }) => promise);
  expect(new Set(promises).size).toBe(promises.length);
});

test.each(ROWS.map((row) => [row.promise, row] as const))(
  '"%s" names a test, and what is removed for it',
  (_promise, { test: file, name, removal }) => {
    expect(file).toMatch(/\.test\.ts$/);
    expect(read(file)).toContain(name);
    expect(read(removal.file).split(removal.find)).toHaveLength(2);
    expect(removal.replace).not.toBe(removal.find);
  },
);

test.each<DefenceDocument>(['SECURITY', 'reliability'])(
  'the tables of %s are those of the rows (npm run defences -- --tables)',
  (document) => {
    const text = read(DOCUMENT_FILES[document]);
    expect(withTables(text, document, AREAS, (area) => readSightings(ROOT, area))).toBe(text);
  },
);

describe('a table', () => {
  const row = {
    document: 'reliability',
    promise: 'It holds',
    test: 'packages/a/src/b.test.ts',
    name: 'it [holds]',
    removal: { file: 'packages/a/src/b.ts', find: 'a', replace: '' },
  } as const;

  test('takes the place of what was between its markers, with what was last seen', () => {
    const text = 'Before\n<!-- defences: x -->\nold\n<!-- end of defences: x -->\nBehind\n';
    const seen = { 'It holds': { seen: '2026-01-31', without: 'expected 1 to be 0' } };
    expect(withTables(text, 'reliability', [{ name: 'x', rows: [row] }], () => seen).split('\n')).toEqual([
      'Before',
      '<!-- defences: x -->',
      '| promise | test that proves it | without the defence it says | last figure |',
      '| --- | --- | --- | --- |',
      '| It holds | [it \\[holds\\]](../packages/a/src/b.test.ts) | `expected 1 to be 0` | holds, 2026-01-31 |',
      '<!-- end of defences: x -->',
      'Behind',
      '',
    ]);
  });

  test('without markers is refused, and says which', () => {
    expect(() => withTables('', 'reliability', [{ name: 'x', rows: [row] }], () => ({}))).toThrow(
      'docs/reliability.md needs the lines "<!-- defences: x -->" and "<!-- end of defences: x -->"',
    );
  });
});

test('a title stands for the tests that vitest makes of it with values', () => {
  expect(isNamed('ids "a" (b) is refused', '%j (b) is refused')).toBe(true);
  expect(isNamed('ids "a" is refused', 'is taken')).toBe(false);
});

test('an unknown option, and a number of jobs that is none, is refused', () => {
  expect(() => parseDefencesOptions(['--jobs', '0'])).toThrow('--jobs 0');
  expect(() => parseDefencesOptions(['--all'])).toThrow("Unknown option '--all'");
});
