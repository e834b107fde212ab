import { randomOf } from '@kraken/load/random';
import { describe, expect, test } from 'vitest';
import { CLEAN, type LinkConditions } from './conditions.js';
import { ImpairedLink, IP_UDP_HEADERS } from './impaired-link.js';

const PACKETS = 20_000;
/** ms */
const INTERVAL = 20;

function passAll(conditions: Partial<LinkConditions>, seed = 1, length = 100): (readonly number[])[] {
  const link = new ImpairedLink({ ...CLEAN, ...conditions }, randomOf(seed));
  return Array.from({ length: PACKETS }, (_, index) => link.pass(length, index * INTERVAL));
}

function lossOf(passed: readonly (readonly number[])[]): number {
  return passed.filter(({ length }) => length === 0).length / passed.length;
}

test('a wire passes everything at once', () => {
  expect(passAll({})).toEqual(Array.from({ length: PACKETS }, (_, index) => [index * INTERVAL]));
});

test('the same seed gives the same fate, another seed another one', () => {
  const conditions = { loss: 0.1, jitter: 50, reorder: 0.1, duplicate: 0.1 };
  expect(passAll(conditions)).toEqual(passAll(conditions));
  expect(passAll(conditions)).not.toEqual(passAll(conditions, 2));
});

test.each([0.01, 0.1, 0.3])('loses a share of %d', (loss) => {
  expect(lossOf(passAll({ loss }))).toBeCloseTo(loss, 1.5);
});

test('loses the same share in bursts', () => {
  const passed = passAll({ loss: 0.1, burst: 4 });
  const losses = passed.map(({ length }) => length === 0);
  const bursts = losses.filter((isLost, index) => isLost && losses[index - 1] !== true).length;
  expect(lossOf(passed)).toBeCloseTo(0.1, 1.5);
  expect(losses.filter(Boolean).length / bursts).toBeGreaterThan(3.5);
  expect(losses.filter(Boolean).length / bursts).toBeLessThan(4.5);
});

test('delay and jitter keep the order', () => {
  const passed = passAll({ delay: 20, jitter: 200 }).flat();
  expect(passed).toEqual([...passed].sort((one, other) => one - other));
  const late = passed.map((at, index) => at - index * INTERVAL);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...late)).toBeGreaterThan(180);
  expect(Math.max(...late)).toBeLessThanOrEqual(220);
});

test('packets overtake later ones where they may', () => {
  const passed = passAll({ jitter: 200, overtaking: true }).flat();
  const overtaken = passed.filter((at, index) => at > (passed[index + 1] ?? Number.POSITIVE_INFINITY)).length;
  // Of two that are late by up to ten intervals each, the second is the earlier one with a chance of 0.9² / 2.
  expect(overtaken / PACKETS).toBeCloseTo(0.405, 1.5);
});

test('what is held back is overtaken', () => {
  const passed = passAll({ reorder: 0.1 }).flat();
  const overtaken = passed.filter((at, index) => at > (passed[index + 1] ?? Number.POSITIVE_INFINITY)).length;
  expect(overtaken / PACKETS).toBeCloseTo(0.1, 1);
});

test('a share comes twice', () => {
  const twice = passAll({ duplicate: 0.1 }).filter(({ length }) => length === 2).length;
  expect(twice / PACKETS).toBeCloseTo(0.1, 1.5);
});

describe('a bottleneck', () => {
  test('spaces packets by its rate, headers included', () => {
    const link = new ImpairedLink({ ...CLEAN, rate: 64_000 }, randomOf(1));
    const time = ((100 + IP_UDP_HEADERS) * 8) / 64;
    expect([link.pass(100, 0), link.pass(100, 0), link.pass(100, 100)]).toEqual([
      [time],
      [2 * time],
      [100 + time],
    ]);
  });

  test('loses what its queue has no room for, and recovers', () => {
    const link = new ImpairedLink({ ...CLEAN, rate: 8_000, queue: 1_000 }, randomOf(1));
    const passed = Array.from({ length: 20 }, () => link.pass(100, 0).length);
    expect(passed.filter((count) => count === 1)).toHaveLength(8);
    expect(passed.slice(8)).toEqual(Array.from({ length: 12 }, () => 0));
    expect(link.pass(100, 2_000)).toHaveLength(1);
  });
});

test('what is longer than the MTU is lost', () => {
  const link = new ImpairedLink({ ...CLEAN, mtu: 1280 }, randomOf(1));
  expect(link.pass(1280 - IP_UDP_HEADERS, 0)).toHaveLength(1);
  expect(link.pass(1281 - IP_UDP_HEADERS, 0)).toHaveLength(0);
});

test('a blackout begins when it is told to, and ends', () => {
  const link = new ImpairedLink({ ...CLEAN, blackout: 100 }, randomOf(1));
  expect(link.pass(100, 999)).toHaveLength(1);
  link.blackOut(1_000);
  expect([1_000, 1_099, 1_100].map((now) => link.pass(100, now).length)).toEqual([0, 0, 1]);
});
