import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { type ParticipantQuality, UNKNOWN_QUALITY } from './link-quality.js';
import { NetworkHistograms } from './network-histograms.js';

async function linesOf(histograms: NetworkHistograms): Promise<readonly string[]> {
  const registry = new Registry();
  histograms.describe(registry);
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function quality(uplink: Partial<ParticipantQuality['uplink']>, downlink = uplink): ParticipantQuality {
  return {
    ...UNKNOWN_QUALITY,
    uplink: { ...UNKNOWN_QUALITY.uplink, ...uplink },
    downlink: { ...UNKNOWN_QUALITY.downlink, ...downlink },
  };
}

test('each participant counts once for each direction, in seconds and shares', async () => {
  const histograms = new NetworkHistograms();
  histograms.add(quality({ loss: 0, jitter: 4, roundTrip: 90 }, { loss: 0.04, jitter: 25, roundTrip: 90 }));
  const lines = await linesOf(histograms);
  for (const line of [
    'kraken_participant_loss_ratio_bucket{le="0",direction="uplink"} 1',
    'kraken_participant_loss_ratio_bucket{le="0.02",direction="downlink"} 0',
    'kraken_participant_loss_ratio_bucket{le="0.05",direction="downlink"} 1',
    'kraken_participant_jitter_seconds_bucket{le="0.005",direction="uplink"} 1',
    'kraken_participant_jitter_seconds_sum{direction="downlink"} 0.025',
    'kraken_participant_round_trip_seconds_bucket{le="0.05"} 0',
    'kraken_participant_round_trip_seconds_bucket{le="0.1"} 1',
    'kraken_participant_round_trip_seconds_count 1',
  ]) {
    expect(lines).toContain(line);
  }
});

test('of whom nothing is known nothing is counted', async () => {
  const histograms = new NetworkHistograms();
  const before = await linesOf(histograms);
  histograms.add(UNKNOWN_QUALITY);
  expect(await linesOf(histograms)).toEqual(before);
});

test('participants change numbers, never lines', async () => {
  const histograms = new NetworkHistograms();
  const before = await linesOf(histograms);
  for (const loss of [0, 0.001, 0.3, 1]) histograms.add(quality({ loss, jitter: 1e4, roundTrip: 0 }));
  expect(await linesOf(histograms)).toHaveLength(before.length);
});
