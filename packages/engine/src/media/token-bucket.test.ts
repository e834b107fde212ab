import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.js';

function takenAt(bucket: TokenBucket, now: number, tries: number): number {
  return Array.from({ length: tries }, () => bucket.take(now)).filter(Boolean).length;
}

test('a bucket gives its burst at once, then what it is filled with, and never more than it holds', () => {
  const bucket = new TokenBucket(100, 20);
  expect(takenAt(bucket, 1_000, 50)).toBe(20);
  expect(takenAt(bucket, 1_055, 50)).toBe(5);
  expect(takenAt(bucket, 1_059, 50)).toBe(0);
  expect(takenAt(bucket, 1_060, 50)).toBe(1);
  expect(takenAt(bucket, 100_000, 50)).toBe(20);
});

test('an amount that is not there is not taken in part', () => {
  const bucket = new TokenBucket(10, 10);
  expect(bucket.take(0, 7)).toBe(true);
  expect(bucket.take(0, 7)).toBe(false);
  expect(bucket.take(0, 3)).toBe(true);
});
