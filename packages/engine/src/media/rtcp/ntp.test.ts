import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ntpDifference,
  ntpFraction,
  ntpMiddle,
  ntpMiddleDifference,
  ntpMiddleOf,
  ntpSeconds,
} from './ntp.js';

/** 10 November 1995, 11:33:25.125 UTC: the sender report in figure 2 of RFC 3550 section 6.4.1. */
const FIGURE_2 = Date.UTC(1995, 10, 10, 11, 33, 25, 125);

test('the instant of RFC 3550 figure 2 is 0xb44db705:20000000', () => {
  expect(ntpSeconds(FIGURE_2)).toBe(0xb44db705);
  expect(ntpFraction(FIGURE_2)).toBe(0x20000000);
  expect(ntpMiddleOf(FIGURE_2)).toBe(0xb7052000);
  expect(ntpMiddle(0xb44db705, 0x20000000)).toBe(0xb7052000);
});

test('the epoch of Unix is 2208988800 seconds after that of NTP', () => {
  expect(ntpSeconds(0)).toBe(2_208_988_800);
  expect(ntpFraction(0)).toBe(0);
});

test('the seconds roll over in February 2036, and differences hold across it', () => {
  const rollover = Date.UTC(2036, 1, 7, 6, 28, 16);
  expect(ntpSeconds(rollover)).toBe(0);
  expect(ntpSeconds(rollover - 1)).toBe(0xffffffff);
  expect(ntpDifference(0, 0, 0xffffffff, 0x80000000)).toBe(500);
  expect(ntpMiddleDifference(ntpMiddleOf(rollover + 250), ntpMiddleOf(rollover - 250))).toBe(500);
});

test('both words are unsigned 32 bits at any time', () => {
  const times = fc.double({ min: 0, max: 8e12, noNaN: true });
  fc.assert(
    fc.property(times, (time) => {
      for (const word of [ntpSeconds(time), ntpFraction(time), ntpMiddleOf(time)]) {
        expect(word >>> 0).toBe(word);
      }
    }),
  );
});

test('differences are those of the times, to the resolution of the timestamps', () => {
  const times = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(times, fc.integer({ min: -3_000_000, max: 3_000_000 }), (time, step) => {
      const later = time + step;
      const full = ntpDifference(ntpSeconds(later), ntpFraction(later), ntpSeconds(time), ntpFraction(time));
      expect(Math.abs(full - step)).toBeLessThan(0.001);
      const middle = ntpMiddleDifference(ntpMiddleOf(later), ntpMiddleOf(time));
      expect(Math.abs(middle - step)).toBeLessThan(0.032);
    }),
  );
});
