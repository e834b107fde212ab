import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addToSequenceNumber,
  addToTimestamp,
  sequenceNumberDistance,
  timestampDistance,
} from './sequence.js';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

test('sequence numbers are compared across the rollover', () => {
  expect(sequenceNumberDistance(65535, 0)).toBe(1);
  expect(sequenceNumberDistance(0, 65535)).toBe(-1);
  expect(sequenceNumberDistance(7, 7)).toBe(0);
});

test('timestamps are compared across the rollover', () => {
  expect(timestampDistance(0xffffffff, 959)).toBe(960);
  expect(timestampDistance(959, 0xffffffff)).toBe(-960);
});

test('half a cycle apart, neither is ahead (RFC 1982 section 3.2)', () => {
  expect(sequenceNumberDistance(0, 0x8000)).toBe(-0x8000);
  expect(sequenceNumberDistance(0x8000, 0)).toBe(-0x8000);
  expect(timestampDistance(0, 0x80000000)).toBe(-0x80000000);
  expect(timestampDistance(0x80000000, 0)).toBe(-0x80000000);
});

test('adding the distance leads from one number to the other', () => {
  fc.assert(
    fc.property(uint16, uint16, (from, to) => {
      expect(addToSequenceNumber(from, sequenceNumberDistance(from, to))).toBe(to);
    }),
  );
  fc.assert(
    fc.property(uint32, uint32, (from, to) => {
      expect(addToTimestamp(from, timestampDistance(from, to))).toBe(to);
    }),
  );
});

test('less than half a cycle apart, the distance is what was added, and opposite the other way', () => {
  fc.assert(
    fc.property(uint16, fc.integer({ min: 1, max: 0x7fff }), (from, step) => {
      const to = addToSequenceNumber(from, step);
      expect(sequenceNumberDistance(from, to)).toBe(step);
      expect(sequenceNumberDistance(to, from)).toBe(-step);
    }),
  );
  fc.assert(
    fc.property(uint32, fc.integer({ min: 1, max: 0x7fffffff }), (from, step) => {
      const to = addToTimestamp(from, step);
      expect(timestampDistance(from, to)).toBe(step);
      expect(timestampDistance(to, from)).toBe(-step);
    }),
  );
});
