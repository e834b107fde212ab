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
  expect(rates.size).toBe(MAX_CALLERS);
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
