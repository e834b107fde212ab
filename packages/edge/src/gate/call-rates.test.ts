import { expect, test } from 'vitest';
import { CallRates, MAX_CALLERS } from './call-rates.js';
import { Tally } from './tally.js';

test('callers are remembered in bounded memory, those first who have called of late', () => {
  const rates = new CallRates({ perSecond: 1, burst: 1 });
  expect(rates.take('busy', 0)).toBe(true);
  for (let caller = 0; caller < 3 * MAX_CALLERS; caller++) {
    rates.take(`address ${caller}`, 0);
    if (caller % 1_000 === 0) expect(rates.take('busy', 0)).toBe(false);
  }
  expect(rates.size).toBeLessThanOrEqual(MAX_CALLERS);
  expect(rates.size).toBeGreaterThan(MAX_CALLERS / 3);
});

test('who has not called for so long that all would be left to them is forgotten', () => {
  const rates = new CallRates({ perSecond: 2, burst: 10 });
  for (let caller = 0; caller < 100_000; caller++) rates.take(`address ${caller}`, caller);
  // Those of the last five seconds, and of some before.
  expect(rates.size).toBeLessThanOrEqual(10_000);
  for (let call = 0; call < 10; call++) expect(rates.take('alone', 150_000)).toBe(true);
  expect(rates.take('alone', 150_000)).toBe(false);
  rates.take('alone', 200_000);
  rates.take('alone', 210_000);
  expect(rates.size).toBe(1);
});

test('a rate of none takes all calls, and remembers nobody', () => {
  const rates = new CallRates({ perSecond: 0, burst: 1 });
  for (let call = 0; call < 10; call++) expect(rates.take('a', 0)).toBe(true);
  expect(rates.size).toBe(0);
});

test('a clock that goes back gives nothing', () => {
  const rates = new CallRates({ perSecond: 1, burst: 1 });
  expect(rates.take('a', 10_000)).toBe(true);
  expect(rates.take('a', 0)).toBe(false);
});

test('a tally forgets who has none left', () => {
  const tally = new Tally();
  for (let owner = 0; owner < 100; owner++) {
    tally.add(String(owner));
    tally.remove(String(owner));
    tally.remove(String(owner));
  }
  expect(tally.size).toBe(0);
  expect(tally.of('1')).toBe(0);
});
