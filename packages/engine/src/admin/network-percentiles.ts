/** How participants' networks are at one time, as the dashboard's charts show it. */
import type { ParticipantQuality } from './link-quality.js';

/** Each null when nothing is known of anybody. Losses are 0 to 1, round trips ms. */
export interface NetworkPercentiles {
  readonly uplinkLossP95: number | null;
  readonly downlinkLossP95: number | null;
  readonly roundTripP50: number | null;
  readonly roundTripP95: number | null;
}

export function networkPercentiles(qualities: Iterable<ParticipantQuality>): NetworkPercentiles {
  const uplinkLosses: number[] = [];
  const downlinkLosses: number[] = [];
  const roundTrips: number[] = [];
  for (const { uplink, downlink } of qualities) {
    if (uplink.loss !== null) uplinkLosses.push(uplink.loss);
    if (downlink.loss !== null) downlinkLosses.push(downlink.loss);
    if (downlink.roundTrip !== null) roundTrips.push(downlink.roundTrip);
  }
  return {
    uplinkLossP95: percentile(uplinkLosses, 0.95),
    downlinkLossP95: percentile(downlinkLosses, 0.95),
    roundTripP50: percentile(roundTrips, 0.5),
    roundTripP95: percentile(roundTrips, 0.95),
  };
}

/** The nearest rank: one of the values. */
function percentile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(share * sorted.length) - 1] ?? null;
}
