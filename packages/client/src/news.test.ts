import { expect, test } from 'vitest';
import { pollInterval } from './news.js';

test('after a change news are asked for often, then as seldom as by other clients', () => {
  expect([0, 4_999, 5_000, 19_999, 20_000, 1e9].map(pollInterval)).toEqual([
    500, 500, 1_000, 1_000, 3_000, 3_000,
  ]);
});
