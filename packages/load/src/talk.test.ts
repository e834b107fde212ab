import { expect, test } from 'vitest';
import { isSpeaking, levelAt, TURN_MS } from './talk.js';

const TALK = { publishers: 10, speakers: 2 };
const PLACES = [...Array(TALK.publishers).keys()];

function speakersAt(now: number): number[] {
  return PLACES.filter((place) => isSpeaking(TALK, place, now));
}

test('at any time as many speak as are to, and everybody gets their turn', () => {
  const turns = [0, 1, 2, 3, 4].map((turn) => speakersAt(turn * TURN_MS));
  expect(turns.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
  expect(turns.flat().sort((one, other) => one - other)).toEqual(PLACES);
  expect(speakersAt(5 * TURN_MS - 1)).toEqual(turns[4]);
  expect(speakersAt(5 * TURN_MS)).toEqual(turns[0]);
});

test('who speaks is loud, and nobody else is', () => {
  for (let now = 0; now < 2 * TURN_MS; now += 20) {
    for (const place of PLACES) {
      const level = levelAt(TALK, place, now);
      expect(level < 40).toBe(isSpeaking(TALK, place, now));
      expect(level).toBeLessThan(80);
    }
  }
});
