import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CELT_SILENCE,
  CELT_VOWEL,
  celtNoise,
  EMPTY,
  SILK_NOISE,
  SILK_VOWEL,
} from '../opus/testing/opus-packets.js';
import { OpusActivity } from './opus-activity.js';

const VOICE = 0x80;
const SILENCE = 127;

function levelsOf(activity: OpusActivity, ...packets: readonly Uint8Array[]): number[] {
  return packets.map((packet) => activity.levelOf(packet, 0, packet.length));
}

function repeated(packet: Uint8Array, times: number): Uint8Array[] {
  return Array.from({ length: times }, () => packet);
}

test('is telling from the first frame of SILK on, and in CELT from the first pitch on', () => {
  const [silk, celt] = [new OpusActivity(), new OpusActivity()];
  levelsOf(celt, EMPTY, ...repeated(celtNoise(), 20));
  expect([silk.isTelling, celt.isTelling]).toEqual([false, false]);
  levelsOf(silk, SILK_NOISE);
  levelsOf(celt, CELT_VOWEL);
  expect([silk.isTelling, celt.isTelling]).toEqual([true, true]);
});

describe('the level', () => {
  test('of SILK follows its gain, with its own voice activity', () => {
    const [vowel = 0, noise = 0] = levelsOf(new OpusActivity(), SILK_VOWEL, SILK_NOISE);
    expect(vowel & VOICE).toBe(VOICE);
    expect(vowel & ~VOICE).toBeGreaterThan(20);
    expect(vowel & ~VOICE).toBeLessThan(40);
    expect(noise).toBeGreaterThan(60);
    expect(noise).toBeLessThan(80);
  });

  test('of what is empty, or no Opus, is silence', () => {
    expect(
      levelsOf(new OpusActivity(), EMPTY, Uint8Array.of(0x48, 0), CELT_SILENCE, Uint8Array.of(0x03)),
    ).toEqual([SILENCE, SILENCE, SILENCE, SILENCE]);
  });

  test('of CELT is that of speech where it has a pitch, and a little beyond', () => {
    const activity = new OpusActivity();
    const [vowel = 0] = levelsOf(activity, CELT_VOWEL);
    expect(vowel & VOICE).toBe(VOICE);
    expect(vowel & ~VOICE).toBeLessThan(35);
    const behind = levelsOf(activity, ...repeated(celtNoise(), 20));
    expect(behind.slice(0, 9).every((level) => (level & ~VOICE) < SILENCE)).toBe(true);
    expect(behind.slice(10)).toEqual(behind.slice(10).map(() => SILENCE));
  });

  test('of CELT without a pitch rises with its length above the shortest, and with nothing else', () => {
    const activity = new OpusActivity();
    const constant = levelsOf(activity, ...repeated(celtNoise(160), 50));
    expect(Math.min(...constant.map((level) => level & ~VOICE))).toBeGreaterThan(80);
    const [longer = 0, longest = 0] = levelsOf(activity, celtNoise(240), celtNoise(300));
    expect(longer & ~VOICE).toBeLessThan(50);
    expect(longest).toBeLessThan(longer);
  });

  test('of a longer bitrate that stays becomes that of noise', () => {
    const activity = new OpusActivity();
    levelsOf(activity, ...repeated(celtNoise(100), 50));
    const levels = levelsOf(activity, ...repeated(celtNoise(200), 600)).map((level) => level & ~VOICE);
    expect(levels[0]).toBeLessThan(10);
    expect(levels.at(-1)).toBeGreaterThan(80);
  });

  test('is one of RFC 6464 whatever comes', () => {
    const activity = new OpusActivity();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const level = activity.levelOf(bytes, 0, bytes.length);
        expect(Number.isInteger(level)).toBe(true);
        expect(level).toBeGreaterThanOrEqual(0);
        expect(level).toBeLessThanOrEqual(255);
      }),
      { numRuns: 500 },
    );
  });
});
