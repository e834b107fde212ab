/** docs/compatibility.md names the test of each habit: those tests are there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../../../../', import.meta.url);
const CITATION = /`([\w/.-]+\.test\.ts)`: ((?:“[^”]+”(?: · )?)+)/g;

const document = readFileSync(new URL('docs/compatibility.md', ROOT), 'utf8');

test('every test that docs/compatibility.md names is in its file, under that name', () => {
  const citations = [...document.matchAll(CITATION)];
  expect(citations.length).toBeGreaterThan(50);
  const missing = citations.filter(([, file = '', quoted = '']) => {
    const source = readFileSync(new URL(file, ROOT), 'utf8').replaceAll(/\\(['"])/g, '$1');
    const name = quoted.replaceAll(/[“”]| · $/g, '');
    return !source.includes(name);
  });
  expect(missing.map(([citation]) => citation)).toEqual([]);
});

test('every row names a test, or says what is not there yet', () => {
  const rows = document
    .split('\n')
    .filter((line) => /^\| (?!how|---)/.test(line) && !line.includes('| how it is kept |'));
  for (const row of rows) expect(row).toMatch(/`[\w/.-]+\.test\.ts`: “|\*\*not mended yet\*\*/);
});
