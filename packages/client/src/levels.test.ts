import { expect, test } from 'vitest';
import { SpeechDetector } from './levels.js';
import { loudness } from './loudness.js';

test('loudness grows from room noise to a raised voice, evenly for the ear', () => {
  expect(loudness(0)).toBe(0);
  expect(loudness(0.012)).toBe(0);
  expect(loudness(0.16)).toBe(1);
  expect(loudness(1)).toBe(1);
  expect(loudness(Math.sqrt(0.012 * 0.16))).toBeCloseTo(0.5);
});

test('speech begins at once, outlasts the pauses between words, and ends', () => {
  const detector = new SpeechDetector();
  const look = (levels: readonly number[]): string =>
    levels.map((level) => (detector.look(level) ? '1' : '0')).join('');
  expect(look([0, 0.2, 0.3])).toBe('001');
  expect(look([0, 0, 0, 0, 0, 0.3])).toBe('111111');
  expect(look([0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15])).toBe('1111111');
  expect(look([0, 0, 0, 0, 0, 0])).toBe('111110');
});
