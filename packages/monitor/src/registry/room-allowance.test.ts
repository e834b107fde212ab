import { expect, test } from 'vitest';
import { RoomAllowance } from './room-allowance.js';

function placed(allowance: RoomAllowance, now: number, wanted: number): number {
  let count = 0;
  for (let i = 0; i < wanted; i++) {
    if (allowance.isSpent(now)) continue;
    allowance.take();
    count++;
  }
  return count;
}

test('new rooms are placed up to the burst at once, and at the rate in the long run', () => {
  const allowance = new RoomAllowance({ perSecond: 100, burst: 500 }, 0);
  expect(placed(allowance, 0, 1_000)).toBe(500);
  expect(placed(allowance, 5, 1_000)).toBe(0);
  expect(placed(allowance, 10, 1_000)).toBe(1);
  expect(placed(allowance, 1_010, 1_000)).toBe(100);
  expect(placed(allowance, 60_000, 1_000)).toBe(500);
});

test('what was placed beyond it is missing later', () => {
  const allowance = new RoomAllowance({ perSecond: 100, burst: 1 }, 0);
  for (let i = 0; i < 11; i++) allowance.take();
  expect(allowance.isSpent(100)).toBe(true);
  expect(allowance.isSpent(110)).toBe(false);
});

test('a clock that goes back gives nothing', () => {
  const allowance = new RoomAllowance({ perSecond: 100, burst: 1 }, 1_000);
  allowance.take();
  expect(allowance.isSpent(0)).toBe(true);
  expect(allowance.isSpent(10)).toBe(false);
});
