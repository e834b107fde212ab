import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RangeDecoder } from './range-decoder.js';
import { RangeEncoder } from './testing/range-encoder.js';

const FREQUENCIES = Uint8Array.of(24, 74, 148, 10);
const UNEVEN = Uint8Array.of(0, 41, 20, 29, 41, 15, 28, 82);
const LENGTH = 120;

type Symbol = readonly [kind: 'bit' | 'rare' | 'four' | 'uneven' | 'six' | 'eight', value: number];

const symbol: fc.Arbitrary<Symbol> = fc.oneof(
  fc.tuple(fc.constant('bit' as const), fc.integer({ min: 0, max: 1 })),
  fc.tuple(fc.constant('rare' as const), fc.integer({ min: 0, max: 1 })),
  fc.tuple(fc.constant('four' as const), fc.integer({ min: 0, max: 3 })),
  fc.tuple(fc.constant('uneven' as const), fc.integer({ min: 1, max: 7 })),
  fc.tuple(fc.constant('six' as const), fc.integer({ min: 0, max: 5 })),
  fc.tuple(fc.constant('eight' as const), fc.integer({ min: 0, max: 7 })),
);

function write(encoder: RangeEncoder, [kind, value]: Symbol): void {
  if (kind === 'bit') encoder.bit(value, 1);
  else if (kind === 'rare') encoder.bit(value, 15);
  else if (kind === 'four') encoder.symbol(value, FREQUENCIES);
  else if (kind === 'uneven') encoder.symbol(value, UNEVEN);
  else encoder.uniform(value, kind === 'six' ? 6 : 8);
}

function read(decoder: RangeDecoder, kind: Symbol[0]): number {
  if (kind === 'bit') return decoder.bit(1);
  if (kind === 'rare') return decoder.bit(15);
  if (kind === 'four') return decoder.symbol(FREQUENCIES);
  if (kind === 'uneven') return decoder.symbol(UNEVEN);
  return decoder.uniform(kind === 'six' ? 6 : 8);
}

test('what was encoded is decoded, wherever the frame lies', () => {
  const decoder = new RangeDecoder();
  fc.assert(
    fc.property(fc.array(symbol, { maxLength: 40 }), fc.integer({ min: 0, max: 9 }), (symbols, offset) => {
      const encoder = new RangeEncoder();
      for (const one of symbols) write(encoder, one);
      const bytes = new Uint8Array(offset + LENGTH).fill(0xa5);
      bytes.set(encoder.frame(LENGTH), offset);
      decoder.start(bytes, offset, LENGTH);
      expect(symbols.map(([kind]) => read(decoder, kind))).toEqual(symbols.map(([, value]) => value));
    }),
  );
});

test('bits of even probability are those of the first octet', () => {
  const decoder = new RangeDecoder();
  decoder.start(Uint8Array.of(0b1011_0010, 0x5a, 0xff), 0, 3);
  expect(Array.from({ length: 6 }, () => decoder.bit(1))).toEqual([1, 0, 1, 1, 0, 0]);
});

test('a frame that is too short ends in symbols, not in what lies behind it', () => {
  const results = [0x00, 0xff].map((behind) => {
    const decoder = new RangeDecoder();
    decoder.start(Uint8Array.of(0x55, 0x12, behind, behind, behind), 0, 2);
    return Array.from({ length: 30 }, () => decoder.symbol(FREQUENCIES));
  });
  expect(results[0]).toEqual(results[1]);
});
