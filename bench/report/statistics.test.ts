import { expect, test } from 'vitest';
import { median, ratioSpread, spreadOf } from './statistics.js';

test('a median is the middle value, or between the two middle ones', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a spread tells the extremes and how many there were', () => {
  expect(spreadOf([10, 2, 9])).toEqual({ median: 9, min: 2, max: 10, rounds: 3 });
  expect(spreadOf([])).toBeNull();
});

test('ratios are taken within a round', () => {
  const ours = [1, 2, 4].map((value, round) => ({ round, value }));
  const theirs = [2, 2, 8].map((value, round) => ({ round, value }));
  expect(ratioSpread(ours, theirs)).toEqual({ median: 0.5, min: 0.5, max: 1, rounds: 3 });
});

test('a round that only one of them has counts for nothing', () => {
  expect(ratioSpread([{ round: 0, value: 1 }], [{ round: 1, value: 2 }])).toBeNull();
});
