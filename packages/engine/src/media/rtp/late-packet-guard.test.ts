import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatePacketGuard } from './late-packet-guard.js';
import { addToSequenceNumber } from './sequence.js';
import { continueSequenceNumbers } from './stream-continuity.js';

test('the packet that the routes started at and newer ones are admitted, older ones are not', () => {
  const guard = new LatePacketGuard();
  guard.start(100);
  expect(guard.admits(100)).toBe(true);
  expect(guard.admits(99)).toBe(false);
  expect(guard.admits(103)).toBe(true);
  expect(guard.admits(101)).toBe(true);
  expect(guard.admits(98)).toBe(false);
});

test('a start near the rollover tells older from newer across it', () => {
  const guard = new LatePacketGuard();
  guard.start(0);
  expect(guard.admits(65_535)).toBe(false);
  guard.start(65_535);
  expect(guard.admits(0)).toBe(true);
  expect(guard.admits(65_534)).toBe(false);
});

test('after more than a cycle the numbers around the start are new ones', () => {
  const guard = new LatePacketGuard();
  guard.start(100);
  for (let step = 0; step < 0x10000; step += 1000) guard.admits(addToSequenceNumber(100, step));
  expect(guard.admits(99)).toBe(true);
  expect(guard.admits(100)).toBe(true);
  expect(guard.admits(98)).toBe(true);
});

test('no sequence number that a route sent before the change is sent again after it', () => {
  const uint16 = fc.integer({ min: 0, max: 0xffff });
  const arrivals = fc.array(fc.integer({ min: -100, max: 100 }), { maxLength: 50 });
  fc.assert(
    fc.property(uint16, uint16, arrivals, (last, first, steps) => {
      const guard = new LatePacketGuard();
      guard.start(first);
      const offset = continueSequenceNumbers(last, first);
      for (const step of steps) {
        const incoming = addToSequenceNumber(first, step);
        const sentBefore = step < 0;
        expect(guard.admits(incoming)).toBe(!sentBefore);
        if (sentBefore) continue;
        const outgoing = addToSequenceNumber(incoming, offset);
        expect((outgoing - last) & 0xffff).toBeGreaterThan(0);
        expect((outgoing - last) & 0xffff).toBeLessThanOrEqual(101);
      }
    }),
  );
});
