import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ntpMiddle } from './ntp.js';

test('the timestamp of RFC 3550 figure 2, 0xb44db705:20000000, is shortened to 0xb7052000', () => {
  expect(ntpMiddle(0xb44db705, 0x20000000)).toBe(0xb7052000);
});

test('of any two words the middle 32 bits are taken, unsigned', () => {
  const words = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(words, words, (seconds, fraction) => {
      const timestamp = (BigInt(seconds) << 32n) | BigInt(fraction);
      expect(ntpMiddle(seconds, fraction)).toBe(Number((timestamp >> 16n) & 0xffffffffn));
    }),
  );
});
