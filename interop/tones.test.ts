import { expect, test } from 'vitest';
import {
  fromPcm16,
  SAMPLE_RATE_HERTZ,
  SPECTRUM_SAMPLES,
  synthesize,
  toneOf,
  tonesIn,
  toPcm16,
} from './tones.js';

const MORE_THAN_ENOUGH = SPECTRUM_SAMPLES + 1000;

function sound(samples: Float32Array) {
  return { sampleRate: SAMPLE_RATE_HERTZ, samples };
}

function mix(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from({ length: MORE_THAN_ENOUGH }, (_, index) =>
    parts.reduce((sum, part) => sum + (part[index] ?? 0), 0),
  );
}

function noise(amplitude: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: MORE_THAN_ENOUGH }, () => {
    state = (state * 48271) % 2147483647;
    return amplitude * (state / 1073741823.5 - 1);
  });
}

test.each(Array.from({ length: 20 }, (_, index) => index))('tone %i is heard as itself', (index) => {
  expect(tonesIn(sound(synthesize(toneOf(index), 0, MORE_THAN_ENOUGH)))).toEqual([toneOf(index)]);
});

test('a tone survives 16-bit samples', () => {
  const samples = fromPcm16(toPcm16(synthesize(toneOf(3), 0, MORE_THAN_ENOUGH)));
  expect(tonesIn(sound(samples))).toEqual([toneOf(3)]);
});

test('two tones in one stream are both reported', () => {
  const both = mix(synthesize(toneOf(1), 0, MORE_THAN_ENOUGH), synthesize(toneOf(2), 0, MORE_THAN_ENOUGH));
  expect(tonesIn(sound(both))).toEqual([toneOf(1), toneOf(2)]);
});

test('a second tone 14 dB below the first is still reported', () => {
  const faint = synthesize(toneOf(6), 0, MORE_THAN_ENOUGH).map((sample) => sample / 5);
  const both = mix(synthesize(toneOf(0), 0, MORE_THAN_ENOUGH), faint);
  expect(tonesIn(sound(both))).toEqual([toneOf(0), toneOf(6)]);
});

test('a frequency that is nobody’s tone is reported as what it is', () => {
  const [heard, ...others] = tonesIn(sound(synthesize(1000, 0, MORE_THAN_ENOUGH)));
  expect(others).toEqual([]);
  expect(Math.abs((heard ?? 0) - 1000)).toBeLessThan(6);
});

test('a tone in the noise of a lossy codec is heard as itself', () => {
  const noisy = mix(synthesize(toneOf(4), 0, MORE_THAN_ENOUGH), noise(0.02));
  expect(tonesIn(sound(noisy))).toEqual([toneOf(4)]);
});

test('noise does not pass for a tone', () => {
  expect(tonesIn(sound(noise(0.3))).length).toBeGreaterThan(10);
});

test('silence has no tones', () => {
  expect(tonesIn(sound(new Float32Array(MORE_THAN_ENOUGH)))).toEqual([]);
  expect(tonesIn(sound(noise(0.003)))).toEqual([]);
});

test('too little sound has no tones', () => {
  expect(tonesIn(sound(synthesize(toneOf(0), 0, SPECTRUM_SAMPLES - 1)))).toEqual([]);
});

test('another sample rate is taken into account', () => {
  const samples = Float32Array.from(
    { length: MORE_THAN_ENOUGH },
    (_, index) => 0.2 * Math.sin((2 * Math.PI * toneOf(5) * index) / 44_100),
  );
  expect(tonesIn({ sampleRate: 44_100, samples })).toEqual([toneOf(5)]);
});

test('consecutive pieces of a tone join without a click', () => {
  const joined = new Float32Array(MORE_THAN_ENOUGH);
  for (let first = 0; first < MORE_THAN_ENOUGH; first += 480) {
    joined.set(synthesize(toneOf(2), first, Math.min(480, MORE_THAN_ENOUGH - first)), first);
  }
  expect(joined).toEqual(synthesize(toneOf(2), 0, MORE_THAN_ENOUGH));
});
