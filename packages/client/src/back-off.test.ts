import { expect, test } from 'vitest';
import { BackOff } from './back-off.js';

test('waits double up to the longest, and begin anew after a reset', () => {
  const backOff = new BackOff(500, 3_000);
  const waits = Array.from({ length: 5 }, () => backOff.next(() => 1));
  expect(waits).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
  backOff.reset();
  expect(backOff.next(() => 1)).toBe(500);
});

test('chance spreads a wait over nine tenths of what is allowed', () => {
  expect(new BackOff(500, 3_000).next(() => 0)).toBe(50);
  expect(new BackOff(500, 3_000).next(() => 0.5)).toBe(275);
});
