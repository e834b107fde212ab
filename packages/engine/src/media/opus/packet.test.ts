import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpusMode, OpusPacket } from './packet.js';

/** SILK wideband, 20 ms. */
const SILK_20 = 9 << 3;
const CELT_2_5 = 28 << 3;

function frames(...octets: readonly number[]): number[][] | null {
  const bytes = Uint8Array.of(0xee, ...octets, 0xee);
  const packet = new OpusPacket();
  if (!packet.parse(bytes, 1, octets.length)) return null;
  return Array.from({ length: packet.frames }, (_, i) => {
    const offset = packet.offsets[i] ?? 0;
    return [...bytes.subarray(offset, offset + (packet.lengths[i] ?? 0))];
  });
}

describe('a packet', () => {
  test.each([
    [0, OpusMode.SILK, 10],
    [3, OpusMode.SILK, 60],
    [9, OpusMode.SILK, 20],
    [12, OpusMode.HYBRID, 10],
    [15, OpusMode.HYBRID, 20],
    [16, OpusMode.CELT, 2.5],
    [31, OpusMode.CELT, 20],
  ])('of configuration %i has that mode and frames of that duration', (configuration, mode, duration) => {
    const packet = new OpusPacket();
    expect(packet.parse(Uint8Array.of((configuration << 3) | 4, 1), 0, 2)).toBe(true);
    expect([packet.mode, packet.frameDuration, packet.stereo]).toEqual([mode, duration, true]);
  });

  test('has one frame, or none that is transmitted', () => {
    expect(frames(SILK_20, 1, 2, 3)).toEqual([[1, 2, 3]]);
    expect(frames(SILK_20)).toEqual([[]]);
  });

  test('has two of one length', () => {
    expect(frames(SILK_20 | 1, 1, 2, 3, 4)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(frames(SILK_20 | 1, 1, 2, 3)).toBeNull();
  });

  test('has two of different lengths', () => {
    expect(frames(SILK_20 | 2, 1, 7, 8, 9)).toEqual([[7], [8, 9]]);
    expect(frames(SILK_20 | 2, 3, 7, 8)).toBeNull();
    const long = Array.from({ length: 256 }, (_, i) => i & 0xff);
    expect(frames(SILK_20 | 2, 252, 1, ...long, 5)).toEqual([long, [5]]);
    expect(frames(SILK_20 | 2, 252)).toBeNull();
  });

  test('has as many as it says, of one length or of several, with padding', () => {
    expect(frames(SILK_20 | 3, 3, 1, 2, 3)).toEqual([[1], [2], [3]]);
    expect(frames(SILK_20 | 3, 0x43, 2, 1, 2, 3, 0, 0)).toEqual([[1], [2], [3]]);
    expect(frames(SILK_20 | 3, 0x83, 1, 2, 1, 2, 3, 4)).toEqual([[1], [2, 3], [4]]);
    expect(frames(SILK_20 | 3, 0xc2, 1, 1, 7, 8, 9, 0)).toEqual([[7], [8, 9]]);
    const padding = Array.from({ length: 255 }, () => 0);
    expect(frames(SILK_20 | 3, 0x41, 255, 1, 9, ...padding)).toEqual([[9]]);
  });

  test.each([
    ['no octet', []],
    ['no number of frames', [SILK_20 | 3]],
    ['no frames', [SILK_20 | 3, 0]],
    ['more than 120 ms', [SILK_20 | 3, 7, 1, 2, 3, 4, 5, 6, 7]],
    ['lengths that do not divide', [SILK_20 | 3, 2, 1, 2, 3]],
    ['padding beyond its end', [SILK_20 | 3, 0x41, 9, 1]],
    ['padding without an end', [SILK_20 | 3, 0x41, 255]],
    ['frames beyond its end', [SILK_20 | 3, 0x82, 5, 1]],
    ['a frame above 1,275 octets', [SILK_20, ...Array.from({ length: 1_276 }, () => 0)]],
  ])('with %s is none', (_, octets) => {
    expect(frames(...octets)).toBeNull();
  });

  test('whatever it is, has its frames within it', () => {
    const packet = new OpusPacket();
    const octets = fc.uint8Array({ maxLength: 200 });
    const framing = fc.constantFrom(SILK_20 | 2, SILK_20 | 3, CELT_2_5 | 3);
    fc.assert(
      fc.property(fc.oneof(framing, fc.integer({ min: 0, max: 255 })), octets, (toc, rest) => {
        const bytes = Uint8Array.of(toc, ...rest);
        if (!packet.parse(bytes, 0, bytes.length)) return;
        expect(packet.frames).toBeGreaterThan(0);
        for (let i = 0; i < packet.frames; i++) {
          expect(packet.offsets[i]).toBeGreaterThanOrEqual(1);
          expect(packet.lengths[i]).toBeGreaterThanOrEqual(0);
          expect((packet.offsets[i] ?? 0) + (packet.lengths[i] ?? 0)).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
