import { describe, expect, test } from 'vitest';
import {
  ESTIMATE_INTERVAL,
  FIRST_ESTIMATE,
  MAX_ESTIMATE,
  MIN_ESTIMATE,
  ReceiverEstimate,
} from './receiver-estimate.js';

const PACKETS_PER_SECOND = 50;

/**
 * Packets every 20 ms through a link that loses some of them.
 * @param loss 0 to 1 @param bitrate of what is sent, bits per second
 * @returns the estimates, one for each second
 */
function estimates(seconds: number, loss: number, bitrate: number): readonly number[] {
  const estimate = new ReceiverEstimate();
  const length = bitrate / 8 / PACKETS_PER_SECOND;
  const found: number[] = [];
  let expected = 0;
  let lost = 0;
  for (let now = 0; now <= seconds * 1000; now += 20) {
    expected++;
    if (Math.floor(expected * loss) > lost) lost++;
    else estimate.packetReceived(length, now);
    if (!estimate.isDue(now)) continue;
    estimate.update(expected, lost, now);
    found.push(estimate.bitrate);
  }
  return found;
}

test('without loss it rises to one and a half of what comes, and no farther', () => {
  const rising = estimates(60, 0, 200_000);
  expect(rising[0]).toBeGreaterThan(FIRST_ESTIMATE);
  expect(rising.at(-1)).toBeGreaterThan(290_000);
  expect(rising.at(-1)).toBeLessThan(310_000);
  expect(estimates(120, 0, 2_000_000).at(-1)).toBe(MAX_ESTIMATE);
});

test('with much loss it falls below what comes, to where Opus can still speak', () => {
  const falling = estimates(60, 0.3, 64_000);
  expect(falling[0]).toBeLessThan(64_000 * 1.5);
  expect(falling.at(-1)).toBe(MIN_ESTIMATE);
});

test('with some loss it stays', () => {
  expect(new Set(estimates(20, 0.05, 64_000))).toEqual(new Set([FIRST_ESTIMATE]));
});

describe('silence', () => {
  test('does not lower it', () => {
    expect(estimates(30, 0, 500).at(-1)).toBe(FIRST_ESTIMATE);
  });

  test('before an interval is no part of it', () => {
    const estimate = new ReceiverEstimate();
    const end = 100_000 + ESTIMATE_INTERVAL;
    for (let now = 100_000; now <= end; now += 20) estimate.packetReceived(400, now);
    expect(estimate.isDue(end - 1)).toBe(false);
    expect(estimate.isDue(end)).toBe(true);
    estimate.update(61, 10, end);
    // 160 kbit/s of which 16 % are lost, not 1.6 kbit/s.
    expect(estimate.bitrate).toBeGreaterThan(100_000);
  });
});
