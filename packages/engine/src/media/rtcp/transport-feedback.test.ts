import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PoisonedArray } from '../rtp/testing/poison.js';
import { decodeTransportFeedback } from './testing/transport-feedback-decoder.js';
import {
  MAX_FEEDBACK_ARRIVALS,
  MAX_FEEDBACK_LENGTH,
  MAX_FEEDBACK_STATUSES,
  type PacketArrivals,
  TransportFeedbackWriter,
} from './transport-feedback.js';

const ENGINE = 0x11223344;
const PUBLISHER = 0xaabbccdd;

/** @param ticks of each number from `first` on; null for those that have not come */
function arrivalsOf(first: number, ticks: readonly (number | null)[]): PacketArrivals {
  const of = (number: number) => ticks[number - first] ?? null;
  return { hasArrived: (number) => of(number) !== null, ticksOf: (number) => (of(number) ?? 0) | 0 };
}

/** Writes all of it. */
function write(first: number, ticks: readonly (number | null)[]): Uint8Array[] {
  const writer = new TransportFeedbackWriter();
  const arrivals = arrivalsOf(first, ticks);
  const packets: Uint8Array[] = [];
  const end = first + ticks.length;
  for (let next = first; next < end; next = writer.next) {
    const array = new PoisonedArray(new Uint8Array(MAX_FEEDBACK_LENGTH), 0xa5);
    const length = writer.write(
      array.bytes,
      array.offset,
      ENGINE,
      PUBLISHER,
      packets.length,
      arrivals,
      next,
      end,
    );
    expect(array.isIntact()).toBe(true);
    expect(length).toBeLessThanOrEqual(MAX_FEEDBACK_LENGTH);
    packets.push(array.packet().slice(0, length));
  }
  return packets;
}

/** @returns octets behind the SSRCs of the only packet, in hexadecimal */
function body(first: number, ticks: readonly (number | null)[]): string {
  const [packet, ...others] = write(first, ticks);
  expect(others).toEqual([]);
  return Buffer.from(packet?.slice(12) ?? []).toString('hex');
}

describe('worked by hand', () => {
  test('one packet at 1 s: reference 15 times 64 ms, a run of one, a delta of 40 ms', () => {
    const [packet] = write(0x1234, [4000]);
    expect(Buffer.from(packet ?? []).toString('hex')).toBe(
      // V=2, FMT=15; 205; 5 words follow; SSRCs; base, count; reference 15, feedback 0; chunk; 160, filling
      `8fcd0005${'11223344'}${'aabbccdd'}12340001${'00000f00'}${'2001'}${'a0'}00`,
    );
  });

  test('packets of 20 ms that all came are one run', () => {
    expect(body(0xfffe, [256, 336, 416, 496])).toBe(`fffe0004${'00000100'}${'2004'}${'00505050'}0000`);
  });

  test('one that is missing among few makes a vector of one bit each', () => {
    // 1 0 1 1, and ten that do not count.
    expect(body(1, [512, null, 672, 752])).toBe(`00010004${'00000200'}${'ac00'}${'00a050'}000000`);
  });

  test('one that was overtaken makes a vector of two bits each, with a negative delta of two octets', () => {
    // 01 10 01: the second came 10 ms before the first, the third 30 ms behind the second.
    expect(body(1, [600, 560, 680])).toBe(`00010003${'00000200'}${'d900'}${'58ffd878'}0000`);
  });

  test('many that are missing are one run of nothing', () => {
    const ticks = [1024, ...Array.from({ length: 20 }, () => null), 2000];
    // A vector of 1 and 13 that are missing, a run of 7 more, a run of one with a large delta of 976.
    expect(body(1, ticks)).toBe(`00010016${'00000400'}${'a000'}${'0007'}${'4001'}${'0003d0'}000000`);
  });

  test('times wrap with the 24 bits of the reference time', () => {
    const [packet] = write(1, [-1, 3]);
    const { statuses } = decodeTransportFeedback(packet ?? new Uint8Array());
    expect(statuses.map(({ ticks }) => ticks)).toEqual([2 ** 32 - 1, 2 ** 32 + 3]);
  });
});

describe('what one packet has no room for comes in the next', () => {
  test('an arrival that no delta reaches', () => {
    const packets = write(7, [100, null, 100 + 0x8000, 67]).map(decodeTransportFeedback);
    expect(packets.map(({ count, statuses }) => ({ count, statuses }))).toEqual([
      {
        count: 0,
        statuses: [
          { sequenceNumber: 7, ticks: 100 },
          { sequenceNumber: 8, ticks: null },
        ],
      },
      { count: 1, statuses: [{ sequenceNumber: 9, ticks: 100 + 0x8000 }] },
      { count: 2, statuses: [{ sequenceNumber: 10, ticks: 67 }] },
    ]);
  });

  test('more arrivals than it may hold, each with a large delta', () => {
    const ticks = Array.from({ length: MAX_FEEDBACK_STATUSES }, (_, i) => i * 500);
    const packets = write(1, ticks);
    expect(packets.map((packet) => decodeTransportFeedback(packet).statuses.length)).toEqual([
      MAX_FEEDBACK_ARRIVALS,
      MAX_FEEDBACK_ARRIVALS,
    ]);
  });
});

test('whatever arrives is told as it arrived', () => {
  const delta = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: -400, max: 400 }),
    fc.integer({ min: -40_000, max: 40_000 }),
  );
  const status = fc.record({ delta, run: fc.integer({ min: 1, max: 20 }), isMissing: fc.boolean() });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.array(status, { minLength: 1, maxLength: 30 }),
      (first, origin, stretches) => {
        let time = origin;
        const all = stretches.flatMap(({ delta, run, isMissing }) =>
          Array.from({ length: run }, () => {
            time += delta;
            return isMissing ? null : time;
          }),
        );
        const ticks = [...all.slice(0, MAX_FEEDBACK_STATUSES - 1), time];
        const told = write(first, ticks).flatMap((packet) => decodeTransportFeedback(packet).statuses);
        expect(told.map(({ ticks }) => (ticks === null ? null : ticks | 0))).toEqual(
          ticks.map((tick) => (tick === null ? null : tick | 0)),
        );
        expect(told.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
          ticks.map((_, index) => (first + index) % 0x10000),
        );
      },
    ),
  );
});
