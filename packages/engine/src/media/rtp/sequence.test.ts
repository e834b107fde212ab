import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addToSequenceNumber,
  addToTimestamp,
  isNewerSequenceNumber,
  isNewerTimestamp,
  sequenceNumberDistance,
  timestampDistance,
} from './sequence.js';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

test('sequence numbers are compared across the rollover', () => {
  expect(sequenceNumberDistance(65535, 0)).toBe(1);
  expect(sequenceNumberDistance(0, 65535)).toBe(-1);
  expect(isNewerSequenceNumber(0, 65535)).toBe(true);
  expect(isNewerSequenceNumber(65535, 0)).toBe(false);
  expect(isNewerSequenceNumber(7, 7)).toBe(false);
});

test('timestamps are compared across the rollover', () => {
  expect(timestampDistance(0xffffffff, 959)).toBe(960);
  expect(timestampDistance(959, 0xffffffff)).toBe(-960);
  expect(isNewerTimestamp(0, 0xffffffff)).toBe(true);
  expect(isNewerTimestamp(0xffffffff, 0)).toBe(false);
});

test('half a cycle apart, neither is newer (RFC 1982 section 3.2)', () => {
  expect(isNewerSequenceNumber(0x8000, 0)).toBe(false);
  expect(isNewerSequenceNumber(0, 0x8000)).toBe(false);
  expect(isNewerTimestamp(0x80000000, 0)).toBe(false);
  expect(isNewerTimestamp(0, 0x80000000)).toBe(false);
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

test('of two different numbers less than half a cycle apart exactly one is newer', () => {
  fc.assert(
    fc.property(uint16, fc.integer({ min: 1, max: 0x7fff }), (from, step) => {
      const to = addToSequenceNumber(from, step);
      expect(isNewerSequenceNumber(to, from)).toBe(true);
      expect(isNewerSequenceNumber(from, to)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(uint32, fc.integer({ min: 1, max: 0x7fffffff }), (from, step) => {
      const to = addToTimestamp(from, step);
      expect(isNewerTimestamp(to, from)).toBe(true);
      expect(isNewerTimestamp(from, to)).toBe(false);
    }),
  );
});
