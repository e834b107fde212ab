import { expect, test } from 'vitest';
import { connectionsOfWorker, MAX_CONNECTIONS } from './limits.js';

test.each([
  [1, Number.POSITIVE_INFINITY, MAX_CONNECTIONS],
  [4, 1_000, 250],
  [8, 1_000_000, MAX_CONNECTIONS],
  [16, 3, 1],
])('each of %i workers that share %d connections holds %i', (workers, budget, expected) => {
  expect(connectionsOfWorker(workers, budget)).toBe(expected);
});
