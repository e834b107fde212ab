import { expect, test } from 'vitest';
import { Counters } from './counters.js';

test('counts start at nothing and add up by name', () => {
  const counters = new Counters();
  expect(counters.get('late')).toBe(0);
  counters.count('late');
  counters.count('early', 3);
  counters.count('late');
  expect(counters.get('late')).toBe(2);
  expect(counters.toRecord()).toEqual({ late: 2, early: 3 });
});

test('a record is a copy', () => {
  const counters = new Counters();
  counters.count('late');
  const record = counters.toRecord();
  counters.count('late');
  expect(record).toEqual({ late: 1 });
});

test('names that are known beforehand are there from the start', () => {
  const counters = new Counters(['late', 'early']);
  counters.count('late');
  expect(counters.toRecord()).toEqual({ late: 1, early: 0 });
});
