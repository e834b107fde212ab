import { expect, test } from 'vitest';
import { Gathering, MAX_GATHERING, MIN_GATHERING } from './gathering.js';

/** After a second at this rate. */
function durationAt(datagramsPerSecond: number, packetsPerSecond = 0): number {
  const gathering = new Gathering(5000);
  gathering.count(datagramsPerSecond);
  gathering.adapt(packetsPerSecond, 6000);
  return gathering.duration;
}

test('where datagrams are rare, none waits for another', () => {
  expect(durationAt(0)).toBe(0);
  expect(durationAt(500)).toBe(0);
});

test('where they come about every millisecond, they wait for less than a millisecond', () => {
  expect(durationAt(1000)).toBe(MAX_GATHERING);
  expect(durationAt(2000)).toBe(MAX_GATHERING);
  expect(MAX_GATHERING).toBeLessThan(1000);
});

test('where each goes to many, rare ones wait for each other as well', () => {
  expect(durationAt(500, 10_000)).toBe(0);
  expect(durationAt(500, 125_000)).toBe(MAX_GATHERING);
  expect(durationAt(100, 50_000)).toBe(MAX_GATHERING);
  expect(durationAt(500, 250_000)).toBe(MAX_GATHERING);
});

test('the more there are, the shorter they wait', () => {
  expect(durationAt(2500)).toBe(800);
  expect(durationAt(3200)).toBe(625);
});

test('however many there are, they are not received one by one', () => {
  expect(durationAt(10_000)).toBe(MIN_GATHERING);
  expect(durationAt(50_000)).toBe(MIN_GATHERING);
});

test('only what came since the last measurement counts', () => {
  const gathering = new Gathering(0);
  gathering.count(1000);
  gathering.adapt(0, 1000);
  expect(gathering.duration).toBe(MAX_GATHERING);
  gathering.adapt(0, 1000);
  expect(gathering.duration).toBe(MAX_GATHERING);
  gathering.adapt(0, 2000);
  expect(gathering.duration).toBe(0);
});
