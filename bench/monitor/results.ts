/** All that a run of the monitor's benchmark has found: the raw numbers of which the report is made. */
import type { Machine } from '../machine.js';
import type { CallName, Way } from './calls.js';
import type { MonitorCores } from './cores.js';
import type { LoadResult } from './tally.js';
import type { LoadUsage } from './usage-reading.js';

/** One load in one round. */
export interface LoadSample {
  /** From 0. Samples of one round were taken right after each other. */
  readonly round: number;
  readonly call: CallName;
  readonly way: Way;
  readonly result: LoadResult;
  readonly usage: LoadUsage;
}

/** What was found with one kind of registry. */
export interface RegistryRun {
  readonly registry: string;
  /** As many calls as the monitor, or the engine, takes. */
  readonly saturation: readonly LoadSample[];
  readonly latencies: readonly LatencyRun[];
}

/** Latency at one rate. */
export interface LatencyRun {
  /** What the rate is half of: of the routed calls that are wanted of a core, or of the most that were found. */
  readonly halfOf: 'wanted' | 'most';
  /** Calls per second. */
  readonly rate: number;
  readonly samples: readonly LoadSample[];
}

export interface RegistryGap {
  readonly registry: string;
  readonly reason: string;
}

export interface MonitorResults {
  /** ISO 8601. */
  readonly at: string;
  /** As git names it; null outside of a repository. */
  readonly commit: string | null;
  readonly command: string;
  readonly machine: Machine;
  readonly cores: MonitorCores;
  readonly minutes: number;
  readonly connections: number;
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** How often one was made that other programs disturbed, at most. */
  readonly attempts: number;
  readonly runs: readonly RegistryRun[];
  readonly gaps: readonly RegistryGap[];
}
