import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DROP_REASONS } from './drop-reason.js';

const architecture = readFileSync(new URL('../../../../ARCHITECTURE.md', import.meta.url), 'utf8');
const table = architecture.slice(
  architecture.indexOf('### All drop reasons'),
  architecture.indexOf('## Groups of four'),
);

test('every drop reason stands in the architecture document, and no other', () => {
  const documented = [...table.matchAll(/`([a-z0-9-]+)`/g)].map((match) => match[1]);
  expect(documented.toSorted()).toEqual([...DROP_REASONS].toSorted());
});
