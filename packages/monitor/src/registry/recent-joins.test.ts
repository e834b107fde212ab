import { expect, test } from 'vitest';
import { JOIN_MEMORY, RecentJoins } from './recent-joins.js';

test('joins count for twenty seconds, each from its own second on', () => {
  const joins = new RecentJoins();
  joins.add(0);
  joins.add(1500);
  expect(joins.count(1999)).toBe(2);
  expect(joins.count(JOIN_MEMORY * 1000 - 1)).toBe(2);
  expect(joins.count(JOIN_MEMORY * 1000)).toBe(1);
  expect(joins.count((JOIN_MEMORY + 1) * 1000)).toBe(0);
});

test('a long silence forgets everything, and a clock that goes back forgets nothing', () => {
  const joins = new RecentJoins();
  joins.add(5000);
  joins.add(3000);
  expect(joins.count(4000)).toBe(2);
  expect(joins.count(10_000_000)).toBe(0);
});
