import { expect, test } from 'vitest';
import { duration } from './duration.js';

test('a duration is read as on a clock', () => {
  expect(duration(0)).toBe('00:00');
  expect(duration(245_900)).toBe('04:05');
  expect(duration(3_845_000)).toBe('1:04:05');
});
