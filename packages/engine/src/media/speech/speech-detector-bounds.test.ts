/** What holds of the detector whatever it hears. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ATTACK_LEVEL,
  ATTACK_MARGIN,
  FLOOR_WINDOW,
  PACKET_TIMEOUT,
  QUIETEST_LEVEL,
  RELEASE_DURATION,
  RELEASE_MARGIN,
} from './speech-detector.js';
import { noise, Scene, TICK } from './testing/scene.js';

interface Stretch {
  readonly duration: number;
  readonly level: number;
  readonly spread: number;
  readonly voice: boolean;
  readonly pause: number;
}

const stretch: fc.Arbitrary<Stretch> = fc.record({
  duration: fc.integer({ min: 0, max: 3_000 }),
  level: fc.integer({ min: -127, max: 0 }),
  spread: fc.integer({ min: 0, max: 15 }),
  voice: fc.boolean(),
  pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000 })),
});

function play(scene: Scene, { duration, level, spread, voice, pause }: Stretch): Scene {
  return scene.play(duration, noise(level, spread), voice).pass(pause);
}

describe('whatever is played', () => {
  test('level and floor stay in their bounds, and changes alternate', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const scene = new Scene();
        for (const one of stretches) {
          play(scene, one);
          const { level, floor } = scene.detector;
          expect(level).toBeGreaterThanOrEqual(QUIETEST_LEVEL);
          expect(level).toBeLessThanOrEqual(0);
          expect(floor).toBeGreaterThanOrEqual(QUIETEST_LEVEL);
          expect(floor).toBeLessThanOrEqual(0);
        }
        expect(scene.changes.every(({ speaking }, i) => speaking === (i % 2 === 0))).toBe(true);
      }),
    );
  });

  test('nothing below the level of speech is speech', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const scene = new Scene();
        for (const one of stretches) play(scene, { ...one, level: Math.min(one.level, ATTACK_LEVEL - 16) });
        expect(scene.changes).toEqual([]);
      }),
    );
  });

  test('a level that stays ends speech, and so does the end of packets', () => {
    fc.assert(
      fc.property(
        fc.array(stretch, { maxLength: 6 }),
        fc.integer({ min: -127, max: 0 }),
        (stretches, level) => {
          const scene = new Scene();
          for (const one of stretches) play(scene, one);
          scene.play(2 * FLOOR_WINDOW + 2 * RELEASE_DURATION, level);
          expect(scene.detector.speaking).toBe(false);
          scene.play(500, -1).pass(PACKET_TIMEOUT + RELEASE_DURATION + TICK);
          expect(scene.detector.speaking).toBe(false);
        },
      ),
    );
  });

  test('what is louder than noise by both margins and more is speech within 200 ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: -80, max: -30 }), fc.integer({ min: 10, max: 20 }), (room, above) => {
        const scene = new Scene().play(10_000, room);
        const onset = scene.now;
        const loud = Math.max(room + ATTACK_MARGIN + RELEASE_MARGIN, ATTACK_LEVEL) + above;
        scene.play(200, Math.min(loud, 0));
        expect(scene.since(onset)).toMatchObject([{ speaking: true }]);
      }),
    );
  });
});
