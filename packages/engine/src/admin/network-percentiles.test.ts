import { expect, test } from 'vitest';
import { UNKNOWN_QUALITY } from './link-quality.js';
import { networkPercentiles } from './network-percentiles.js';

test('of twenty participants one may be worse than is told', () => {
  const { uplink } = UNKNOWN_QUALITY;
  const qualities = Array.from({ length: 20 }, (_, i) => ({
    ...UNKNOWN_QUALITY,
    uplink: { ...uplink, loss: i / 100 },
    downlink: { ...uplink, roundTrip: 100 * (20 - i) },
  }));
  expect(networkPercentiles(qualities)).toEqual({
    uplinkLossP95: 0.18,
    downlinkLossP95: null,
    roundTripP50: 1_000,
    roundTripP95: 1_900,
  });
});

test('of nobody nothing is told', () => {
  expect(new Set(Object.values(networkPercentiles([])))).toEqual(new Set([null]));
  expect(new Set(Object.values(networkPercentiles([UNKNOWN_QUALITY])))).toEqual(new Set([null]));
});
