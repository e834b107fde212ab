import { describe, expect, test } from 'vitest';
import { HISTORY_SECONDS, HISTORY_STEP_SECONDS, History, MAX_HISTORY_POINTS } from './history.js';

const STEP = HISTORY_STEP_SECONDS * 1_000;
const START = 1_000 * STEP;

function newHistory(): History {
  return new History(
    new Map([
      ['rate', 'mean'],
      ['peak', 'maximum'],
    ]),
    START,
  );
}

describe('a point', () => {
  test('holds the mean, or the maximum, of what falls into it', () => {
    const history = newHistory();
    for (const value of [2, 4, 9]) history.add({ rate: value, peak: -value }, START + value);
    const { series, step } = history.read(5, START + 10);
    expect(series).toEqual({ rate: [5], peak: [-2] });
    expect(step).toBe(STEP);
  });

  test('is null where nothing is known', () => {
    const history = newHistory();
    history.add({ rate: 1, peak: null }, START);
    history.add({ rate: Number.NaN }, START + 2 * STEP);
    history.add({ rate: 3 }, START + 3 * STEP);
    expect(history.read(5, START + 3 * STEP).series).toEqual({
      rate: [1, null, null, 3],
      peak: [null, null, null, null],
    });
  });

  test('tells its age', () => {
    const history = newHistory();
    history.add({ rate: 1 }, START);
    expect(history.read(5, START + 700)).toMatchObject({ age: 700 });
    const { age, series } = history.read(1, START + 20 * STEP + 300);
    expect(series.rate).toHaveLength(60 / HISTORY_STEP_SECONDS);
    expect(age).toBe(((series.rate?.length ?? 0) - 1) * STEP + 300);
  });
});

test('an hour is told in few points, whatever was put in', () => {
  const history = newHistory();
  for (let second = 0; second < 2 * HISTORY_SECONDS; second++) {
    history.add({ rate: second, peak: second }, START + second * 1_000);
  }
  const { series, step } = history.read(60, START + 2 * HISTORY_SECONDS * 1_000 - 1);
  expect(series.rate?.length).toBeLessThanOrEqual(MAX_HISTORY_POINTS);
  expect(series.rate?.length).toBeGreaterThan(MAX_HISTORY_POINTS - 3);
  expect(series.peak?.at(-1)).toBe(2 * HISTORY_SECONDS - 1);
  const [first, second] = (series.rate ?? []).map((value) => value ?? 0);
  expect(first).toBeGreaterThan(HISTORY_SECONDS);
  expect((second ?? 0) - (first ?? 0)).toBe(step / 1_000);
});

test('merged points stay as they are while time goes on', () => {
  const history = newHistory();
  const read = (slot: number) => history.read(60, START + slot * STEP).series.peak?.slice(0, 20);
  for (let slot = 0; slot <= 100; slot++) history.add({ peak: slot % 7 }, START + slot * STEP);
  const before = read(100);
  history.add({ peak: 3 }, START + 101 * STEP);
  expect(read(101)).toEqual(before);
});

test('what is older than an hour is forgotten, also after a long pause', () => {
  const history = newHistory();
  history.add({ rate: 1 }, START);
  const later = START + 10 * HISTORY_SECONDS * 1_000;
  expect(history.read(60, later).series.rate?.every((value) => value === null)).toBe(true);
  history.add({ rate: 2 }, later);
  expect(history.read(60, later).series.rate?.at(-1)).toBe(2);
});

test('weeks of samples take no more memory than an hour of them', () => {
  const history = newHistory();
  for (let slot = 0; slot < 2_000; slot++) history.add({ rate: 1, peak: 1 }, START + slot * STEP);
  const before = process.memoryUsage().arrayBuffers;
  for (let slot = 2_000; slot < 200_000; slot++) history.add({ rate: 1, peak: 1 }, START + slot * STEP);
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before);
  expect(history.read(60, START + 200_000 * STEP).series.rate?.length).toBeLessThanOrEqual(
    MAX_HISTORY_POINTS,
  );
});
