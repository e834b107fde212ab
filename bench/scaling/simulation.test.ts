import { randomOf } from '@kraken/load/random';
import { expect, test } from 'vitest';
import { type SimulationOptions, simulate } from './simulation.js';

const options = (seed: number): SimulationOptions => ({
  engines: 20,
  rooms: 3000,
  roomsPerSecond: 1.5,
  deathInterval: 60_000,
  upgradeInterval: 6 * 60_000,
  random: randomOf(seed),
});

test('engines die and are upgraded, and no room is ever on two; who lost theirs is back within ten seconds', () => {
  const { joins, split, refused, deaths, upgrades, moved, backAfter, samples } = simulate(options(1));
  expect(split).toBe(0);
  expect(refused).toBe(0);
  expect(joins).toBeGreaterThan(10_000);
  expect(deaths).toBeGreaterThan(5);
  expect(upgrades).toBeGreaterThan(5);
  expect(moved).toBeGreaterThan(0);
  expect(backAfter.at(-1)).toBeLessThan(10_000);
  expect(samples.length).toBeGreaterThan(50);
});

test('the same seed gives the same run', () => {
  expect(simulate(options(2))).toEqual(simulate(options(2)));
});

test('rooms spread: the busiest engines of a settled cluster are not far from the mean', () => {
  const { samples } = simulate({ ...options(3), deathInterval: 0, upgradeInterval: 0 });
  const settled = samples.filter(({ mean }) => mean > 0.3);
  expect(settled.length).toBeGreaterThan(50);
  const worst = Math.max(...settled.map(({ p99, mean }) => p99 / mean));
  expect(worst).toBeLessThan(3);
});
