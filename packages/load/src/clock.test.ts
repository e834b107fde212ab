import { expect, test } from 'vitest';
import { RealTimeClock, toNanoseconds } from './clock.js';

test('the clock is the one that Date reads', () => {
  const clock = new RealTimeClock();
  const words = new Int32Array(4);
  const before = Date.now();
  const now = clock.now();
  const after = Date.now();
  const at = (milliseconds: number) => {
    words[0] = Math.floor(milliseconds / 1000);
    words[2] = (milliseconds % 1000) * 1e6;
    return toNanoseconds(words, 0);
  };
  expect(now).toBeGreaterThanOrEqual(at(before));
  expect(now).toBeLessThan(at(after + 1));
});

test('times are exact to the nanosecond', () => {
  const second = Math.floor(Date.now() / 1000);
  const words = Int32Array.of(second, 0, 999_999_999, 0, second + 1, 0, 1, 0);
  expect(toNanoseconds(words, 4) - toNanoseconds(words, 0)).toBe(2);
});
