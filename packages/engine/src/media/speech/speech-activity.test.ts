import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVEL_STEP, SILENT_SCORE, SpeechActivity } from './speech-activity.js';

const PACKET = 20;
/** dB above the least level of speech. */
const LOUD = 30;
const SILENCE = 0;

function after(...stretches: readonly (readonly [duration: number, excess: number])[]): number {
  const activity = new SpeechActivity();
  for (const [duration, excess] of stretches) {
    for (let sent = 0; sent < duration; sent += PACKET) activity.count(excess, PACKET);
  }
  return activity.score;
}

describe('the score', () => {
  test('of nothing, and of silence, is the least', () => {
    expect(new SpeechActivity().score).toBe(SILENT_SCORE);
    expect(after([5_000, SILENCE])).toBe(SILENT_SCORE);
  });

  test('rises with each packet that is louder than silence, up to a second', () => {
    const scores = [0, 100, 200, 400, 700, 1_000].map((duration) => after([duration, LOUD]));
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(new Set(scores).size).toBe(scores.length);
    expect(after([10_000, LOUD])).toBe(scores.at(-1));
  });

  test('of who has spoken for a second is above that of who coughs meanwhile, also between two words', () => {
    const cough = after([60, LOUD]);
    expect(after([2_000, LOUD])).toBeGreaterThan(cough);
    expect(after([2_000, LOUD], [60, SILENCE])).toBeGreaterThan(cough);
  });

  test('of who has fallen silent is below that of who has begun since, half a second later', () => {
    expect(after([5_000, LOUD], [500, SILENCE])).toBeLessThan(after([500, LOUD]));
  });

  test('of who is nearer to the microphone is higher, as far as it is not clear anyhow', () => {
    expect(after([2_000, 5 * LEVEL_STEP])).toBeGreaterThan(after([2_000, 3 * LEVEL_STEP]));
    expect(after([2_000, 60])).toBe(after([2_000, 40]));
  });

  test('is forgotten within little more than a second', () => {
    expect(after([60_000, LOUD], [1_100, SILENCE])).toBe(SILENT_SCORE);
  });

  test('is the same however long packets are', () => {
    const [short, long] = [new SpeechActivity(), new SpeechActivity()];
    for (let i = 0; i < 24; i++) short.count(LOUD, 10);
    for (let i = 0; i < 4; i++) long.count(LOUD, 60);
    expect(short.score).toBe(long.score);
  });

  test('is an integer in bounds whatever comes, and never lower for more', () => {
    const stretch = fc.tuple(fc.integer({ min: -60, max: 90 }), fc.double({ min: 0, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(stretch, { maxLength: 40 }),
        fc.integer({ min: 0, max: 40 }),
        (stretches, more) => {
          const [less, louder] = [new SpeechActivity(), new SpeechActivity()];
          for (const [excess, elapsed] of stretches) {
            less.count(excess, elapsed);
            louder.count(excess + more, elapsed);
            expect(Number.isInteger(less.score)).toBe(true);
            expect(less.score).toBeGreaterThanOrEqual(SILENT_SCORE);
            expect(louder.score).toBeGreaterThanOrEqual(less.score);
          }
        },
      ),
    );
  });
});
