import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addToSequenceNumber, addToTimestamp, timestampDistance } from './sequence.js';
import { continueSequenceNumbers, continueTimestamps } from './stream-continuity.js';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

test('the first packet of a new source gets the sequence number after the last one sent', () => {
  fc.assert(
    fc.property(uint16, uint16, (last, incoming) => {
      const offset = continueSequenceNumbers(last, incoming);
      expect(addToSequenceNumber(incoming, offset)).toBe((last + 1) & 0xffff);
      expect(addToSequenceNumber(incoming + 1, offset)).toBe((last + 2) & 0xffff);
    }),
  );
});

test('sequence numbers continue across the rollover', () => {
  expect(continueSequenceNumbers(65535, 65535)).toBe(1);
  expect(continueSequenceNumbers(65535, 0)).toBe(0);
});

test('the timestamp advances by the time that has passed', () => {
  expect(continueTimestamps(1000, 5000, 1000, 6000)).toBe(48_000);
  fc.assert(
    fc.property(uint32, uint32, fc.integer({ min: 20, max: 3_600_000 }), (last, incoming, elapsed) => {
      const offset = continueTimestamps(last, 1_700_000_000_000, incoming, 1_700_000_000_000 + elapsed);
      expect(timestampDistance(last, addToTimestamp(incoming, offset))).toBe(elapsed * 48);
    }),
  );
});

test('the timestamp advances by one packet at least, even if the clock stood still or went back', () => {
  for (const now of [5000, 5019.99, 4000]) {
    const offset = continueTimestamps(0xffffffff, 5000, 123, now);
    expect(addToTimestamp(123, offset)).toBe(959);
  }
});

test('fractions of a millisecond give whole ticks', () => {
  expect(continueTimestamps(0, 0, 0, 1000.01)).toBe(48_000);
  expect(continueTimestamps(0, 0, 0, 1000.02)).toBe(48_001);
});
