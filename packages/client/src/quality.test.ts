import { expect, test } from 'vitest';
import { gradeOf, type Impairment, QualityMeter } from './quality.js';

const FINE: Impairment = { loss: 0, jitter: 5, roundTripTime: 40 };
const BAD: Impairment = { ...FINE, loss: 0.2 };

test.each([
  [FINE, 'good'],
  [{ ...FINE, loss: 0.05 }, 'fair'],
  [{ ...FINE, jitter: 60 }, 'fair'],
  [{ ...FINE, roundTripTime: 400 }, 'fair'],
  [BAD, 'poor'],
  [{ ...FINE, jitter: 150 }, 'poor'],
  [{ ...FINE, roundTripTime: 900 }, 'poor'],
] as const)('%o is %s', (measured, grade) => {
  expect(gradeOf(measured)).toBe(grade);
});

function grades(measured: readonly (Impairment | null)[]): string {
  const meter = new QualityMeter();
  return measured.map((one) => meter.take(one).charAt(0)).join('');
}

test('the first measurement counts at once, one bad moment does not, two do', () => {
  expect(grades([FINE, BAD, FINE, BAD, BAD])).toBe('ggggp');
});

test('it takes three good moments on end to be good again', () => {
  expect(grades([BAD, FINE, FINE, BAD, FINE, FINE, FINE])).toBe('ppppppg');
});

test('when nothing flows nothing is known', () => {
  expect(grades([null, FINE, null, BAD])).toBe('ugup');
});
