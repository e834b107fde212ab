import { describe, expect, test } from 'vitest';
import { CeltFrame } from './celt-frame.js';
import { RangeDecoder } from './range-decoder.js';
import { SilkFrame } from './silk-frame.js';
import { RangeEncoder } from './testing/range-encoder.js';

const LENGTH = 40;
const EIGHT = 8;
/** By the tables of RFC 6716 section 4.2. */
const ACTIVE_TYPE = Uint8Array.of(24, 74, 148, 10);
const INACTIVE_TYPE = Uint8Array.of(26, 230);
const INACTIVE_GAIN = Uint8Array.of(32, 112, 68, 29, 12, 1, 1, 1);
const VOICED_GAIN = Uint8Array.of(1, 3, 26, 71, 94, 50, 9, 2);
const UNVOICED_GAIN = Uint8Array.of(2, 17, 45, 60, 62, 47, 19, 4);
const REDUNDANT_OF_TWO = Uint8Array.of(0, 53, 53, 150);
const STEREO = Uint8Array.of(
  ...[7, 2, 1, 1, 1, 10, 24, 8, 1, 1, 3, 23, 92, 23, 3, 1, 1, 8, 24, 10, 1, 1, 1, 2, 7],
);
const THREE = Uint8Array.of(85, 86, 85);
const FIVE = Uint8Array.of(51, 51, 52, 51, 51);
const MID_ONLY = Uint8Array.of(192, 64);
/** Gains that are written in 64 steps, dB below full scale. */
const FULL_GAIN = -2;
const STEP = 1.369;

function silk(encoder: RangeEncoder, duration = 20, stereo = false): SilkFrame {
  const frame = new SilkFrame();
  const decoder = new RangeDecoder();
  decoder.start(encoder.frame(LENGTH), 0, LENGTH);
  frame.read(decoder, duration, stereo);
  return frame;
}

function flags(...bits: readonly number[]): RangeEncoder {
  const encoder = new RangeEncoder();
  for (const bit of bits) encoder.bit(bit, 1);
  return encoder;
}

function gain(encoder: RangeEncoder, frequencies: Uint8Array, steps: number): RangeEncoder {
  return encoder.symbol(steps >> 3, frequencies).uniform(steps & 7, EIGHT);
}

function stereoWeights(encoder: RangeEncoder): RangeEncoder {
  return encoder.symbol(12, STEREO).symbol(1, THREE).symbol(3, FIVE).symbol(0, THREE).symbol(4, FIVE);
}

describe('a SILK frame', () => {
  test('of a vowel has voice, pitch and gain', () => {
    const frame = silk(gain(flags(1, 0).symbol(2, ACTIVE_TYPE), VOICED_GAIN, 41));
    expect([frame.voice, frame.pitch]).toEqual([true, true]);
    expect(frame.gain).toBeCloseTo(FULL_GAIN - 22 * STEP, 0);
  });

  test('of a consonant has voice and no pitch', () => {
    const frame = silk(gain(flags(1, 0).symbol(1, ACTIVE_TYPE), UNVOICED_GAIN, 33));
    expect([frame.voice, frame.pitch]).toEqual([true, false]);
    expect(frame.gain).toBeCloseTo(FULL_GAIN - 30 * STEP, 0);
  });

  test('of noise has a gain alone', () => {
    const frame = silk(gain(flags(0, 0).symbol(1, INACTIVE_TYPE), INACTIVE_GAIN, 10));
    expect([frame.voice, frame.pitch]).toEqual([false, false]);
    expect(frame.gain).toBeCloseTo(FULL_GAIN - 53 * STEP, 0);
  });

  test('has voice if any part of it has', () => {
    const noise = (...parts: readonly number[]) =>
      gain(flags(...parts, 0).symbol(1, INACTIVE_TYPE), INACTIVE_GAIN, 10);
    expect(silk(noise(0, 0), 40).voice).toBe(false);
    expect(silk(noise(0, 1), 40).voice).toBe(true);
    expect(silk(noise(0, 0, 1), 60).voice).toBe(true);
  });

  test('with redundancy has the gain of that, which is less fine', () => {
    const plain = silk(gain(flags(1, 0).symbol(2, ACTIVE_TYPE), VOICED_GAIN, 41));
    const redundant = silk(gain(flags(0, 1).symbol(2, ACTIVE_TYPE), VOICED_GAIN, 41));
    expect(redundant.voice).toBe(false);
    expect(redundant.pitch).toBe(true);
    expect(redundant.gain).toBeLessThan(plain.gain);
    const second = gain(flags(1, 1, 1).symbol(2, REDUNDANT_OF_TWO), VOICED_GAIN, 41);
    const first = gain(flags(1, 1, 1).symbol(3, REDUNDANT_OF_TWO).symbol(2, ACTIVE_TYPE), VOICED_GAIN, 41);
    expect(silk(second, 40)).toMatchObject({ voice: true, pitch: false, gain: new SilkFrame().gain });
    expect(silk(first, 40).gain).toBeCloseTo(redundant.gain);
  });

  test('in stereo has them of the middle', () => {
    const withSide = stereoWeights(flags(1, 0, 1, 0));
    expect(silk(gain(withSide.symbol(2, ACTIVE_TYPE), VOICED_GAIN, 41), 20, true).gain).toBeCloseTo(-31.8, 0);
    const midOnly = stereoWeights(flags(0, 0, 0, 0)).symbol(1, MID_ONLY);
    expect(silk(gain(midOnly.symbol(0, INACTIVE_TYPE), INACTIVE_GAIN, 10), 20, true)).toMatchObject({
      voice: false,
      pitch: false,
    });
    expect(silk(stereoWeights(flags(0, 0, 1, 0)), 20, true).voice).toBe(true);
  });
});

function celt(frame: Uint8Array): CeltFrame {
  const celtFrame = new CeltFrame();
  const decoder = new RangeDecoder();
  decoder.start(frame, 0, frame.length);
  celtFrame.read(decoder, frame, 0, frame.length);
  return celtFrame;
}

describe('a CELT frame', () => {
  test('may say that it is silence', () => {
    expect(celt(new RangeEncoder().bit(1, 15).frame(LENGTH))).toMatchObject({ silence: true, pitch: 0 });
  });

  test('without a post-filter has no pitch', () => {
    const frame = new RangeEncoder().bit(0, 15).bit(0, 1).frame(LENGTH);
    expect(celt(frame)).toMatchObject({ silence: false, pitch: 0 });
  });

  test.each([0, 3, 5])('in octave %i has its pitch behind the period', (octave) => {
    const bits = (0b101 << (4 + octave)) | 0b1001;
    const frame = new RangeEncoder().bit(0, 15).bit(1, 1).uniform(octave, 6);
    expect(celt(frame.frame(LENGTH, [bits >> 8, bits & 0xff])).pitch).toBe(1 + 0b101);
  });

  test('that is too short has no room for a post-filter', () => {
    expect(celt(Uint8Array.of(0x7f, 0xff))).toMatchObject({ silence: false, pitch: 0 });
  });
});
