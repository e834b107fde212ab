import { expect, test } from 'vitest';
import { slopeOf } from './slope.js';

test('the slope is that of the line through the points', () => {
  const points = [0, 1, 2, 5].map((x) => ({ x, y: 3 * x + 7 }));
  expect(slopeOf(points)).toBeCloseTo(3);
  const noise = [1, -1, -1, 1];
  expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: 4 * x + (noise[x] ?? 0) })))).toBeCloseTo(4);
});

test('points without extent have none', () => {
  expect(slopeOf([])).toBe(null);
  expect(slopeOf([{ x: 2, y: 1 }])).toBe(null);
  expect(slopeOf([1, 5].map((y) => ({ x: 2, y })))).toBe(null);
});
