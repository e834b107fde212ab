import { expect, test } from 'vitest';
import { GAP, gridShape } from './grid-shape.js';

const DESKTOP = [1216, 600] as const;
const PHONE = [328, 540] as const;

test.each([1, 2, 3, 5, 8, 12, 20, 30])('%i tiles fit on a desktop without scrolling', (count) => {
  const { columns, width, height } = gridShape(count, ...DESKTOP);
  const rows = Math.ceil(count / columns);
  expect(columns * (width + GAP) - GAP).toBeLessThanOrEqual(DESKTOP[0]);
  expect(rows * (height + GAP) - GAP).toBeLessThanOrEqual(DESKTOP[1]);
});

test('on a telephone a few people are large, and many scroll in three columns', () => {
  expect(gridShape(2, ...PHONE).columns).toBe(1);
  expect(gridShape(8, ...PHONE).columns).toBe(2);
  expect(gridShape(30, ...PHONE)).toEqual({ columns: 3, width: 101, height: 104 });
});

test('nobody alone fills a wall', () => {
  expect(gridShape(1, 4000, 2000)).toEqual({ columns: 1, width: 384, height: 320 });
});

test('a space without room still has a column', () => {
  expect(gridShape(5, 10, 10).columns).toBe(1);
});
