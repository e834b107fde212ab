/** What the report takes from the samples: medians of rounds, and differences within a round. */
import { type Spread, spreadOf } from '../report/statistics.js';
import type { CallName, Way } from './calls.js';
import type { LatencyRun, LoadSample, MonitorResults, RegistryRun } from './results.js';

/** Other processes may use so much of a core, as a share of it, before a measurement is doubtful. */
const MAX_OTHERS_LOAD = 0.05;
const MICROSECONDS_PER_MILLISECOND = 1000;

export type Percentile = 'p50' | 'p99';

export function samplesOf(samples: readonly LoadSample[], call: CallName, way: Way): LoadSample[] {
  return samples.filter((sample) => sample.call === call && sample.way === way);
}

/** Spread of one figure over rounds. @returns null where it was not measured */
export function spreadBy(
  samples: readonly LoadSample[],
  value: (sample: LoadSample) => number | null,
): Spread | null {
  return spreadOf(samples.map(value).filter((one) => one !== null));
}

export function callsPerSecond({ result }: LoadSample): number {
  return result.callsPerSecond;
}

/** What one core of the monitor's carries, whoever else may have slowed the rest. */
export function callsPerCpuSecond({ result, usage }: LoadSample): number {
  return result.calls / usage.monitorCpuSeconds;
}

/** @returns from when a call was due until its answer came, ms */
export function latencyOf({ result }: LoadSample, percentile: Percentile): number | null {
  const microseconds = result.latency[percentile];
  return microseconds === null ? null : microseconds / MICROSECONDS_PER_MILLISECOND;
}

/**
 * What the way through the monitor adds: a percentile of routed calls less that of direct ones of the same round.
 * @returns ms; null where no round has both
 */
export function addedLatency({ samples }: LatencyRun, percentile: Percentile): Spread | null {
  const direct = samplesOf(samples, 'list', 'engine');
  return spreadBy(samplesOf(samples, 'list', 'monitor'), (routed) => {
    const beside = direct.find(({ round }) => round === routed.round);
    const theirs = beside === undefined ? null : latencyOf(beside, percentile);
    const ours = latencyOf(routed, percentile);
    return ours === null || theirs === null ? null : ours - theirs;
  });
}

/** Whether other processes used the cores of the measurement. */
export function isDisturbed({ usage }: LoadSample): boolean {
  return usage.othersLoad > MAX_OTHERS_LOAD;
}

/** @returns what makes a run fail, in words */
export function faultsOf({ runs }: MonitorResults): string[] {
  return samplesIn(runs).flatMap(({ call, way, round, result }) =>
    result.failed === 0
      ? []
      : [
          `${result.failed} of ${result.calls} ${call} calls to the ${way}, round ${round + 1}: ${result.failure}`,
        ],
  );
}

/** @returns how many measurements there are, and how many of them are doubtful */
export function disturbance({ runs }: MonitorResults): {
  readonly samples: number;
  readonly disturbed: number;
} {
  const samples = samplesIn(runs);
  return { samples: samples.length, disturbed: samples.filter(isDisturbed).length };
}

function samplesIn(runs: readonly RegistryRun[]): LoadSample[] {
  return runs.flatMap(({ saturation, latencies }) => [
    ...saturation,
    ...latencies.flatMap(({ samples }) => samples),
  ]);
}
