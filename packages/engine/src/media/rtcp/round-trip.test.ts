import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ForwardedSenderReports,
  MAX_ROUND_TRIP,
  REMEMBERED_SENDER_REPORTS,
  ROUND_TRIP_UNKNOWN,
  roundTripTime,
} from './round-trip.js';

const SECOND = 65_536;

describe('by the clock of the sender report', () => {
  test('the example of RFC 3550 figure 2 gives 6.125 s', () => {
    expect(roundTripTime(0xb7052000, 0x00054000, 0xb7108000)).toBe(6125);
  });

  test('holds across the rollover of the middle 32 bits', () => {
    expect(roundTripTime(0xffff0000, SECOND, SECOND / 2)).toBe(500);
  });

  test('is unknown before the receiver had a sender report', () => {
    expect(roundTripTime(0, 0, 0x12345678)).toBe(ROUND_TRIP_UNKNOWN);
  });

  test('is unknown when the delay is longer than the time that passed', () => {
    expect(roundTripTime(10 * SECOND, 3 * SECOND, 12 * SECOND)).toBe(ROUND_TRIP_UNKNOWN);
  });

  test('is unknown when the answer is older than the question', () => {
    expect(roundTripTime(10 * SECOND, 0, 9 * SECOND)).toBe(ROUND_TRIP_UNKNOWN);
  });

  test('is unknown when it is absurdly long', () => {
    expect(roundTripTime(SECOND, 0, 61 * SECOND)).toBe(MAX_ROUND_TRIP);
    expect(roundTripTime(SECOND, 0, 62 * SECOND)).toBe(ROUND_TRIP_UNKNOWN);
    expect(roundTripTime(SECOND, 0xffffffff, 2 * SECOND)).toBe(ROUND_TRIP_UNKNOWN);
  });

  test('is zero when rounding has made it negative', () => {
    expect(roundTripTime(SECOND, SECOND + 30, 2 * SECOND)).toBe(0);
  });
});

describe('of forwarded sender reports', () => {
  test('counts from when the report was forwarded, whatever the clock of the publisher', () => {
    const reports = new ForwardedSenderReports();
    reports.remember(0xb7052000, 1000);
    expect(reports.roundTripTime(0xb7052000, 2 * SECOND, 3080)).toBe(80);
  });

  test('is known for the last few reports and no others', () => {
    const reports = new ForwardedSenderReports();
    const count = REMEMBERED_SENDER_REPORTS + 2;
    for (let index = 1; index <= count; index += 1) reports.remember(index, index * 5000);
    const known = Array.from(
      { length: count },
      (_, index) => reports.roundTripTime(index + 1, 0, 5000 * (index + 1) + 40) === 40,
    );
    expect(known).toEqual([false, false, ...Array(REMEMBERED_SENDER_REPORTS).fill(true)]);
    expect(reports.roundTripTime(0x7777, 0, 20_000)).toBe(ROUND_TRIP_UNKNOWN);
  });

  test('is unknown for a receiver or a publisher without a clock', () => {
    const reports = new ForwardedSenderReports();
    expect(reports.roundTripTime(0, 0, 100)).toBe(ROUND_TRIP_UNKNOWN);
    reports.remember(0, 50);
    expect(reports.roundTripTime(0, 0, 100)).toBe(ROUND_TRIP_UNKNOWN);
  });

  test('is unknown when the receiver claims more delay than there was', () => {
    const reports = new ForwardedSenderReports();
    reports.remember(5, 1000);
    expect(reports.roundTripTime(5, SECOND, 1500)).toBe(ROUND_TRIP_UNKNOWN);
  });
});

test('whatever a receiver reports, the result is unknown or within bounds', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(uint32, uint32, uint32, (lastSenderReport, delay, arrival) => {
      const roundTrip = roundTripTime(lastSenderReport, delay, arrival);
      if (roundTrip === ROUND_TRIP_UNKNOWN) return;
      expect(roundTrip).toBeGreaterThanOrEqual(0);
      expect(roundTrip).toBeLessThanOrEqual(MAX_ROUND_TRIP);
    }),
  );
});
