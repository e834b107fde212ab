import { describe, expect, test } from 'vitest';
import { CELT_SILENCE, CELT_VOWEL, celtNoise, SILK_NOISE, SILK_VOWEL } from '../opus/testing/opus-packets.js';
import {
  ATTACK_LEVEL,
  FLOOR_WINDOW,
  LEVEL_TIMEOUT,
  PACKET_TIMEOUT,
  QUIETEST_LEVEL,
  RELEASE_DURATION,
  RELEASE_LEVEL,
} from './speech-detector.js';
import { noise, PACKET, Scene, TICK } from './testing/scene.js';

const DIGITAL_SILENCE = -127;
/** A microphone with noise suppression, in a quiet room. */
const ROOM = -70;
/** Somebody who speaks at an ordinary distance. */
const VOICED = -25;

/** Syllables: loud for 180 ms, then fallen by 30 dB for 60 ms. */
function syllables(level: number): (i: number) => number {
  return (i) => (i % 12 < 9 ? level - (i % 3) * 3 : level - 30);
}

describe('silence', () => {
  test.each([DIGITAL_SILENCE, -90, ROOM, ATTACK_LEVEL - 1])('of %i dBov is no speech', (level) => {
    expect(new Scene().play(10_000, level).changes).toEqual([]);
  });

  test('of a muted microphone between words of others is none either', () => {
    const scene = new Scene().play(60_000, DIGITAL_SILENCE);
    expect(scene.changes).toEqual([]);
    expect(scene.detector.level).toBeCloseTo(QUIETEST_LEVEL);
  });
});

describe('speech', () => {
  test.each([
    [VOICED, ROOM],
    [VOICED, DIGITAL_SILENCE],
    [-10, ROOM],
    [-38, ROOM],
    [-40, -60],
  ])('of %i dBov over %i is noticed within 150 ms, and its end within 600 ms', (level, before) => {
    const scene = new Scene().play(8_000, before);
    const onset = scene.now;
    scene.play(1_000, level);
    const end = scene.now;
    scene.play(2_000, before);
    const [begun, ended, ...others] = scene.changes;
    expect(begun?.speaking).toBe(true);
    expect((begun?.at ?? 0) - onset).toBeLessThanOrEqual(150);
    expect((begun?.at ?? 0) - onset).toBeGreaterThanOrEqual(60);
    expect(ended?.speaking).toBe(false);
    expect((ended?.at ?? 0) - end).toBeLessThanOrEqual(600);
    expect((ended?.at ?? 0) - end).toBeGreaterThanOrEqual(350);
    expect(others).toEqual([]);
  });

  test('from the first packet on is noticed as well', () => {
    const scene = new Scene();
    expect(scene.play(200, VOICED).since(5_000)).toEqual([{ at: expect.any(Number), speaking: true }]);
  });

  test('goes on over syllables and pauses between words', () => {
    const scene = new Scene().play(3_000, ROOM);
    for (let word = 0; word < 40; word++) scene.play(480, syllables(VOICED)).play(200, ROOM);
    expect(scene.changes).toHaveLength(1);
    scene.play(2_000, ROOM);
    expect(scene.changes).toHaveLength(2);
  });

  test('without a pause for breath goes on', () => {
    const scene = new Scene().play(3_000, ROOM).play(20_000, syllables(VOICED));
    expect(scene.changes).toHaveLength(1);
  });

  test('parted by a second of silence begins and ends each time', () => {
    const scene = new Scene();
    for (let sentence = 0; sentence < 5; sentence++) scene.play(1_000, ROOM).play(2_000, syllables(VOICED));
    scene.play(1_000, ROOM);
    expect(scene.changes.map(({ speaking }) => speaking)).toEqual(
      Array.from({ length: 10 }, (_, i) => i % 2 === 0),
    );
  });

  test('around the thresholds does not flutter', () => {
    const scene = new Scene().play(3_000, ROOM);
    scene.play(3_000, (i) => (i % 50 < 25 ? ATTACK_LEVEL + 2 : RELEASE_LEVEL + 2));
    expect(scene.changes.map(({ speaking }) => speaking)).toEqual([true]);
  });

  test('over noise is told from it', () => {
    const hum = noise(-45, 2);
    const scene = new Scene().play(10_000, hum);
    const onset = scene.now;
    for (let word = 0; word < 4; word++) scene.play(480, syllables(-18)).play(120, hum);
    const end = scene.now;
    scene.play(2_000, hum);
    const spoken = scene.since(onset);
    expect(spoken.map(({ speaking }) => speaking)).toEqual([true, false]);
    expect(spoken[0]?.at).toBeLessThanOrEqual(150);
    expect(onset + (spoken[1]?.at ?? 0) - end).toBeLessThanOrEqual(600);
  });
});

describe('what is no speech', () => {
  test.each([20, 40])('a click of %i ms is none, as loud as may be', (duration) => {
    const scene = new Scene().play(3_000, ROOM);
    for (let i = 0; i < 20; i++) scene.play(duration, 0).play(400, ROOM);
    expect(scene.changes).toEqual([]);
  });

  test.each([
    [-48, 1],
    [-40, 3],
    [-20, 3],
    [-5, 2],
  ])('noise of %i dBov, give or take %i, counts as speech for a few seconds at most', (level, spread) => {
    const scene = new Scene().play(3_000, ROOM);
    const onset = scene.now;
    scene.play(60_000, noise(level, spread));
    const heard = scene.since(onset);
    expect(heard.map(({ speaking }) => speaking)).toEqual([true, false].slice(0, heard.length));
    expect(heard.length % 2).toBe(0);
    for (const { at } of heard) expect(at).toBeLessThanOrEqual(2 * FLOOR_WINDOW + 2 * RELEASE_DURATION);
  });

  test('noise that ends leaves the thresholds where they were, after seconds', () => {
    const scene = new Scene().play(20_000, noise(-35, 2)).play(500, ROOM);
    const onset = scene.now;
    scene.play(300, -40);
    expect(scene.since(onset)).toMatchObject([{ speaking: true }]);
  });

  test('what the sender marks as no voice is none, however loud, if it marks voice at all', () => {
    const scene = new Scene().play(1_000, ROOM, true).play(2_000, VOICED, false);
    expect(scene.changes).toEqual([]);
    scene.play(200, VOICED, true);
    expect(scene.detector.speaking).toBe(true);
    scene.play(2_000, VOICED, false);
    expect(scene.detector.speaking).toBe(false);
    expect(new Scene().play(1_000, VOICED, false).detector.speaking).toBe(true);
  });
});

describe('packets without a level', () => {
  test.each([
    ['SILK', SILK_VOWEL, SILK_NOISE],
    ['CELT', CELT_VOWEL, celtNoise()],
    ['CELT that says when it is silent', CELT_VOWEL, CELT_SILENCE],
  ])('of %s are speech when they say so', (_, vowel, silence) => {
    const scene = new Scene().playPayload(3_000, silence);
    const onset = scene.now;
    scene.playPayload(1_000, vowel).playPayload(2_000, silence);
    const [begun, ended, ...others] = scene.since(onset);
    expect(begun?.speaking).toBe(true);
    expect(begun?.at).toBeLessThanOrEqual(150);
    expect(ended?.speaking).toBe(false);
    expect((ended?.at ?? 0) - 1_000).toBeLessThanOrEqual(800);
    expect(others).toEqual([]);
  });

  test('of a constant bitrate that show nothing are never speech', () => {
    expect(new Scene().playPayload(20_000, celtNoise(160)).changes).toEqual([]);
  });

  test('are speech when a sender ceases to tell levels, and no longer count when it begins', () => {
    const scene = new Scene().play(2_000, ROOM, false);
    const ceased = scene.now;
    scene.playPayload(1_000, SILK_VOWEL);
    expect(scene.since(ceased)).toMatchObject([{ speaking: true }]);
    expect(scene.since(ceased)[0]?.at).toBeLessThanOrEqual(LEVEL_TIMEOUT + 150);
    scene.play(2_000, ROOM, false);
    expect(scene.detector.speaking).toBe(false);
    scene.play(200, VOICED, false);
    expect(scene.detector.speaking).toBe(true);
  });

  test('between packets with a level do not count', () => {
    const scene = new Scene().play(1_000, ROOM);
    for (let i = 0; i < 100; i++) scene.play(PACKET, ROOM).playPayload(2 * PACKET, SILK_VOWEL);
    expect(scene.changes).toEqual([]);
  });

  test('nor any payload are passed over', () => {
    const scene = new Scene().playPayload(1_000, SILK_VOWEL);
    const { level } = scene.detector;
    scene.playPayload(PACKET, new Uint8Array(0));
    expect(scene.detector.level).toBe(level);
  });
});

describe('the score', () => {
  test('ranks who speaks above who does not, and who speaks for longer above who has begun', () => {
    const [talker, newcomer, listener, hum] = [new Scene(), new Scene(), new Scene(), new Scene()];
    talker.play(8_000, ROOM).play(2_000, syllables(VOICED));
    newcomer.play(9_900, ROOM).play(100, VOICED);
    listener.play(10_000, ROOM);
    hum.play(10_000, noise(-40, 2));
    const scores = [talker, newcomer, listener].map(({ detector }) => detector.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBe(3);
    expect(hum.detector.score).toBe(listener.detector.score);
  });

  test('falls when packets stop', () => {
    const scene = new Scene();
    const before = scene.detector.score;
    scene.play(3_000, VOICED).pass(PACKET_TIMEOUT + 2 * TICK);
    expect(scene.detector.score).toBeLessThan(new Scene().play(500, VOICED).detector.score);
    expect(scene.pass(1_500).detector.score).toBe(before);
  });
});

describe('packets', () => {
  test('that stop end speech: discontinuous transmission', () => {
    const scene = new Scene().play(1_000, VOICED);
    const end = scene.now;
    scene.pass(10_000);
    expect(scene.since(end)).toEqual([{ at: expect.any(Number), speaking: false }]);
    expect(scene.since(end)[0]?.at).toBeLessThanOrEqual(RELEASE_DURATION + TICK);
    expect(scene.detector.level).toBe(QUIETEST_LEVEL);
  });

  test('that come each 400 ms, of silence, are silence', () => {
    const scene = new Scene().play(1_000, VOICED).play(200, ROOM);
    for (let i = 0; i < 20; i++) scene.pass(380).play(PACKET, DIGITAL_SILENCE);
    expect(scene.changes.map(({ speaking }) => speaking)).toEqual([true, false]);
    scene
      .pass(380)
      .play(2 * PACKET, 0)
      .play(1_000, ROOM);
    expect(scene.changes).toHaveLength(2);
    const onset = scene.now;
    expect(scene.pass(380).play(200, VOICED).since(onset)[0]?.at).toBeLessThanOrEqual(380 + 150);
  });

  test('of which some are lost are speech all the same', () => {
    const scene = new Scene().play(1_000, ROOM);
    for (let i = 0; i < 30; i++) scene.play(40, VOICED).pass(80);
    expect(scene.changes.map(({ speaking }) => speaking)).toEqual([true]);
  });

  test('that come in bursts are speech all the same', () => {
    const scene = new Scene().play(1_000, ROOM);
    for (let i = 0; i < 20; i++) scene.burst(200, VOICED);
    expect(scene.changes.map(({ speaking }) => speaking)).toEqual([true]);
  });

  test('that were overtaken change nothing', () => {
    const scene = new Scene().play(1_000, ROOM);
    const { level, floor } = scene.detector;
    for (let i = 0; i < 50; i++) scene.late(0, (i % 10) * PACKET);
    expect([scene.detector.level, scene.detector.floor]).toEqual([level, floor]);
    expect(scene.changes).toEqual([]);
  });

  test.each([0x7fff_ff00, 5, -5_000_000, 2_000_000_000])(
    'whose timestamps begin anew at %i are heard',
    (timestamp) => {
      const scene = new Scene().play(2_000, ROOM).restartTimestamps(timestamp);
      const onset = scene.now;
      expect(scene.play(200, VOICED).since(onset)).toMatchObject([{ speaking: true }]);
    },
  );
});
