import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ForwardedSenderReports,
  MAX_ROUND_TRIP,
  REMEMBERED_SENDER_REPORTS,
  ROUND_TRIP_UNKNOWN,
} from './round-trip.js';

const SECOND = 65_536;

/** The round trip by a report that was forwarded at one time and answered at another, both in ms. */
function roundTripBetween(sentAt: number, answeredAt: number, delaySinceLastSenderReport: number): number {
  const reports = new ForwardedSenderReports();
  reports.remember(0xb7052000, sentAt);
  return reports.roundTripTime(0xb7052000, delaySinceLastSenderReport, answeredAt);
}

test('the example of RFC 3550 figure 2 gives 6.125 s', () => {
  expect(roundTripBetween(33_125, 44_500, 0x00054000)).toBe(6125);
});

test('counts from when the report was forwarded, whatever the clock of the publisher', () => {
  expect(roundTripBetween(1000, 3080, 2 * SECOND)).toBe(80);
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
  expect(roundTripBetween(1000, 1500, SECOND)).toBe(ROUND_TRIP_UNKNOWN);
});

test('is unknown when it is absurdly long', () => {
  expect(roundTripBetween(1000, 1000 + MAX_ROUND_TRIP, 0)).toBe(MAX_ROUND_TRIP);
  expect(roundTripBetween(1000, 1001 + MAX_ROUND_TRIP, 0)).toBe(ROUND_TRIP_UNKNOWN);
  expect(roundTripBetween(1000, 2000, 0xffffffff)).toBe(ROUND_TRIP_UNKNOWN);
});

test('is zero when rounding has made it negative', () => {
  expect(roundTripBetween(1000, 2000, SECOND + 30)).toBe(0);
});

test('whatever a receiver reports, the result is unknown or within bounds', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(uint32, uint32, uint32, (sentAt, answeredAt, delay) => {
      const roundTrip = roundTripBetween(sentAt, answeredAt, delay);
      if (roundTrip === ROUND_TRIP_UNKNOWN) return;
      expect(roundTrip).toBeGreaterThanOrEqual(0);
      expect(roundTrip).toBeLessThanOrEqual(MAX_ROUND_TRIP);
    }),
  );
});
