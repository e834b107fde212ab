import { expect, test } from 'vitest';
import { opusDuration } from './opus-duration.js';

/** Milliseconds of a packet that begins so. */
function duration(...octets: readonly number[]): number {
  return opusDuration(Uint8Array.of(0xff, ...octets), 1, octets.length) / 48;
}

// RFC 6716 section 3.1, table 2.
test.each([
  [
    [0, 4, 8],
    [10, 20, 40, 60],
  ],
  [
    [12, 14],
    [10, 20],
  ],
  [
    [16, 20, 24, 28],
    [2.5, 5, 10, 20],
  ],
])('frames of the configurations from %j on last %j ms', (firsts, durations) => {
  for (const first of firsts) {
    expect(durations.map((_, i) => duration((first + i) << 3))).toEqual(durations);
  }
});

test('a packet has one frame, two, or as many as its second octet says', () => {
  const twentyMilliseconds = 31 << 3;
  expect(duration(twentyMilliseconds)).toBe(20);
  expect(duration(twentyMilliseconds | 4 | 1)).toBe(40);
  expect(duration(twentyMilliseconds | 2, 9)).toBe(40);
  expect(duration(twentyMilliseconds | 3, 0xc0 | 6)).toBe(120);
});

test('a packet that is empty or cut short lasts no time', () => {
  expect(duration()).toBe(0);
  expect(duration((31 << 3) | 3)).toBe(0);
});
