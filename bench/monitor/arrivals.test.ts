import { randomOf } from '@kraken/load/random';
import { expect, test } from 'vitest';
import { arrivals } from './arrivals.js';

const RATE = 2000;
const COUNT = 100_000;

function timesOf(seed: number): number[] {
  const next = arrivals(RATE, randomOf(seed));
  return Array.from({ length: COUNT }, next);
}

test('as many calls come as are asked for, in order', () => {
  const times = timesOf(1);
  expect(times.every((time, place) => time >= (times[place - 1] ?? 0))).toBe(true);
  expect(COUNT / ((times.at(-1) ?? 0) / 1000) / RATE).toBeCloseTo(1, 1);
});

test('of a Poisson process, 1/e of the intervals are longer than the mean', () => {
  const times = timesOf(2);
  const long = times.filter((time, place) => time - (times[place - 1] ?? 0) > 1000 / RATE);
  expect(long.length / COUNT).toBeCloseTo(Math.exp(-1), 2);
});

test('one seed gives one schedule', () => {
  expect(timesOf(3)).toEqual(timesOf(3));
});
