import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyHistogram } from './latency-histogram.js';

test('quantiles are exact to 1.6 %, and never below', () => {
  const durations = fc.array(fc.integer({ min: 0, max: 2_000_000_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(durations, (nanoseconds) => {
      const histogram = new LatencyHistogram();
      for (const duration of nanoseconds) histogram.count(duration);
      const sorted = [...nanoseconds].sort((a, b) => a - b);
      const { p50, p99, max, samples } = histogram.figures();
      expect(samples).toBe(sorted.length);
      expect(max).toBe((sorted.at(-1) ?? 0) / 1000);
      for (const [quantile, share] of [
        [p50, 0.5],
        [p99, 0.99],
      ] as const) {
        const exact = (sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1000;
        expect(quantile).toBeGreaterThanOrEqual(exact);
        expect(quantile).toBeLessThanOrEqual(exact * 1.016 + 0.001);
      }
    }),
  );
});

test('one in a thousand is seen by the 99.9th percentile only from there on', () => {
  const histogram = new LatencyHistogram();
  for (let i = 0; i < 999; i++) histogram.count(100_000);
  histogram.count(5_000_000);
  expect(histogram.figures().p999).toBeLessThan(102);
  histogram.count(5_000_000);
  expect(histogram.figures().p999).toBe(5000);
});

test('nothing counted is told from 0, before and after clearing', () => {
  const histogram = new LatencyHistogram();
  const nothing = { samples: 0, p50: null, p99: null, p999: null, max: null, mean: null };
  expect(histogram.figures()).toEqual(nothing);
  histogram.count(-5);
  expect(histogram.figures()).toMatchObject({ samples: 1, p50: 0, max: 0 });
  histogram.clear();
  expect(histogram.figures()).toEqual(nothing);
});

test('what is longer than two seconds counts as that long', () => {
  const histogram = new LatencyHistogram();
  histogram.count(60e9);
  expect(histogram.figures().max).toBeCloseTo(2_147_483.647);
});
