import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_ESTIMATED_SOURCES, writeReceiverEstimate } from './remb.js';

function write(bitrate: number, sources: readonly number[]): Buffer {
  const bytes = Buffer.alloc(200, 0xa5);
  const length = writeReceiverEstimate(
    bytes,
    4,
    0x11223344,
    bitrate,
    Uint32Array.from(sources),
    sources.length,
  );
  expect([bytes.readUint32BE(0), bytes.readUint32BE(4 + length)]).toEqual([0xa5a5a5a5, 0xa5a5a5a5]);
  return bytes.subarray(4, 4 + length);
}

test('1 Mbit/s for two streams, worked by hand', () => {
  // 1,000,000 = 250,000 · 2^2; 250,000 is 0x3d090, and the exponent's bits stand above its 18.
  expect(write(1_000_000, [0xaabbccdd, 5]).toString('hex')).toBe(
    '8fce0006112233440000000052454d42' + '020bd090' + 'aabbccdd00000005',
  );
});

test('any bitrate is told to within the mantissa, and never too high', () => {
  const sources = Array.from({ length: MAX_ESTIMATED_SOURCES }, (_, i) => i);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (bitrate) => {
      const packet = write(bitrate, sources);
      const word = packet.readUint32BE(16);
      const told = (word & 0x3ffff) * 2 ** ((word >>> 18) & 0x3f);
      expect(word >>> 24).toBe(MAX_ESTIMATED_SOURCES);
      expect(told).toBeLessThanOrEqual(bitrate);
      expect(bitrate - told).toBeLessThanOrEqual(bitrate / 2 ** 17);
    }),
  );
});
