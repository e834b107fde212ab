import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInt32, readUint16 } from '../big-endian.js';
import { NO_PACKET, OutgoingNumbers } from './outgoing-numbers.js';

const CLOCK_RATE = 48;
const PACKET_TICKS = 960;

function write(numbers: OutgoingNumbers, index: number, timestamp: number, marker = false): Uint8Array {
  const bytes = new Uint8Array(16);
  numbers.write(bytes, 0, index, timestamp, marker);
  return bytes;
}

test('sequence numbers go on from stretch to stretch, whatever was left out, and timestamps are the source’s', () => {
  const numbers = new OutgoingNumbers();
  numbers.begin(1, 500, 0, 'pause-and-leap');
  numbers.advance(1, 500, 0);
  const first = write(numbers, 1, 500);
  numbers.begin(70_001, 99_500, 2_000, 'pause');
  numbers.advance(70_001, 99_500, 2_000);
  const next = write(numbers, 70_001, 99_500);
  expect(readUint16(next, 2)).toBe(readUint16(first, 2) + 1);
  expect([readInt32(first, 4), readInt32(next, 4)]).toEqual([500, 99_500]);
});

test('timestamps of another clock go on by the time that has passed, and by a packet at least', () => {
  const numbers = new OutgoingNumbers();
  numbers.begin(1, -5, 0, 'leap');
  numbers.advance(1, -5, 0);
  numbers.begin(2, 1_000_000, 100, 'leap');
  numbers.advance(2, 1_000_000, 100);
  expect(readInt32(write(numbers, 2, 1_000_000), 4)).toBe(-5 + 100 * CLOCK_RATE);
  numbers.begin(3, 7, 100, 'leap');
  expect(readInt32(write(numbers, 3, 7), 4)).toBe(-5 + 100 * CLOCK_RATE + PACKET_TICKS);
});

test('the first packet behind a pause is marked, and none besides those that the source marks', () => {
  const numbers = new OutgoingNumbers();
  numbers.begin(1, 0, 0, 'pause-and-leap');
  expect(write(numbers, 1, 0)[1]).toBe(0);
  numbers.advance(1, 0, 0);
  numbers.begin(10, 0, 0, 'pause');
  expect(write(numbers, 10, 0)[1]).toBe(0x80);
  expect(write(numbers, 11, 0)[1]).toBe(0);
  expect(write(numbers, 12, 0, true)[1]).toBe(0x80);
  numbers.advance(12, 0, 0);
  numbers.begin(13, 0, 0, 'leap');
  expect(write(numbers, 13, 0)[1]).toBe(0);
});

test('an outgoing number leads back to the packet of the present stretch that had it, and to no other', () => {
  const leaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.boolean()), { minLength: 1 });
  fc.assert(
    fc.property(leaps, (steps) => {
      const numbers = new OutgoingNumbers();
      let index = 0;
      let start = 0;
      for (const [step, begins] of steps) {
        index += begins || start === 0 ? step : 1;
        if (begins || start === 0) {
          numbers.begin(index, 0, 0, 'pause');
          start = index;
        }
        numbers.advance(index, 0, 0);
        expect(numbers.indexOf(numbers.sequenceNumber(index))).toBe(index);
        expect(numbers.indexOf(numbers.sequenceNumber(start))).toBe(start);
        expect(numbers.indexOf((numbers.sequenceNumber(start) - 1) & 0xffff)).toBe(NO_PACKET);
        expect(numbers.indexOf((numbers.sequenceNumber(index) + 1) & 0xffff)).toBe(NO_PACKET);
      }
    }),
  );
});

test('a number half a cycle behind, or more, is one to come, and no packet has gone out under it', () => {
  const numbers = new OutgoingNumbers();
  numbers.begin(1, 0, 0, 'leap');
  numbers.advance(0x1_0000, 0, 0);
  const numberBehind = (packets: number) => (numbers.sequenceNumber(0x1_0000) - packets) & 0xffff;
  expect(numbers.indexOf(numberBehind(0x7fff))).toBe(0x1_0000 - 0x7fff);
  expect(numbers.indexOf(numberBehind(0x8000))).toBe(NO_PACKET);
  expect(numbers.indexOf(numberBehind(0xfffe))).toBe(NO_PACKET);
});
