/** What the report takes from the samples: medians of rounds, and ratios within a round. */

import { FLOOR } from '../native/floor.js';
import { KRAKEN_NAME } from '../options.js';
import type { ScenarioResult } from '../scenario-result.js';
import type { BenchResults, CostSample } from './results.js';
import { type RoundValue, ratioSpread, type Spread, spreadOf } from './statistics.js';

/** Above these an SFU is at its limit: what a packet costs then is no longer what it costs in service. */
const SATURATION_LOSS = 0.001;
const SATURATION_LOAD = 0.97;

export function costValues(results: BenchResults, sfu: string, scenario: string): RoundValue[] {
  return samplesOf(results, sfu, scenario).flatMap(({ round, result }) => {
    const value = result.engine?.microsecondsPerPacketOut ?? null;
    return value === null ? [] : [{ round, value }];
  });
}

export function floorValues(
  results: BenchResults,
  scenario: string,
  variant: string = FLOOR.name,
): RoundValue[] {
  return results.floor
    .filter((sample) => sample.scenario === scenario && sample.variant === variant)
    .map(({ round, result }) => ({ round, value: result.microsecondsPerPacketOut }));
}

/** CPU time per packet out, in microseconds. */
export function costOf(results: BenchResults, sfu: string, scenario: string): Spread | null {
  return spreadOf(costValues(results, sfu, scenario).map(({ value }) => value));
}

export function floorOf(
  results: BenchResults,
  scenario: string,
  variant: string = FLOOR.name,
): Spread | null {
  return spreadOf(floorValues(results, scenario, variant).map(({ value }) => value));
}

/** Kraken's cost by a peer's. */
export function ratioToPeer(results: BenchResults, peer: string, scenario: string): Spread | null {
  return ratioSpread(costValues(results, KRAKEN_NAME, scenario), costValues(results, peer, scenario));
}

/** An SFU's cost by that of the floor. */
export function ratioToFloor(results: BenchResults, sfu: string, scenario: string): Spread | null {
  return ratioSpread(costValues(results, sfu, scenario), floorValues(results, scenario));
}

/** @param value null where it could not be measured */
export function resultSpread(
  results: BenchResults,
  sfu: string,
  scenario: string,
  value: (result: ScenarioResult) => number | null,
): Spread | null {
  const values = samplesOf(results, sfu, scenario).map(({ result }) => value(result));
  return spreadOf(values.filter((one) => one !== null));
}

/** Whether an SFU was at its limit in any round. */
export function isSaturated(results: BenchResults, sfu: string, scenario: string): boolean {
  return samplesOf(results, sfu, scenario).some(
    ({ result }) => result.loss > SATURATION_LOSS || (result.engine?.load ?? 0) > SATURATION_LOAD,
  );
}

function samplesOf({ cost }: BenchResults, sfu: string, scenario: string): CostSample[] {
  return cost.filter((sample) => sample.sfu === sfu && sample.result.name === scenario);
}
