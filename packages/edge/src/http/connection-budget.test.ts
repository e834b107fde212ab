import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectionBudget } from './connection-budget.js';

test.each([
  ['1024                 1048576', 'api', 512],
  ['1024                 1048576', 'media', 256],
  ['unlimited            unlimited', 'api', Number.POSITIVE_INFINITY],
] as const)('of %s files those for the %s are %d connections', (files, purpose, expected) => {
  const directory = mkdtempSync(join(tmpdir(), 'kraken-budget-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const limits = join(directory, 'limits');
  writeFileSync(
    limits,
    `Max processes             7  7  processes\nMax open files            ${files}  files\n`,
  );
  expect(connectionBudget(purpose, limits)).toBe(expected);
});

test('where the system tells no limit there is none', () => {
  expect(connectionBudget('api', '/nowhere/limits')).toBe(Number.POSITIVE_INFINITY);
});
