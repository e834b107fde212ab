/** All that a run of the benchmark has found: the raw numbers that lie beside the report, which is made from them. */
import type { Machine } from '../machine.js';
import type { CapacityResult } from '../measures/capacity.js';
import type { JoinsResult, StormResult } from '../measures/joins.js';
import type { LatencyResult } from '../measures/latency.js';
import type { MemoryResult } from '../measures/memory.js';
import type { CryptoSpeeds } from '../micro/crypto-speed.js';
import type { SendSpeed } from '../micro/send-methods.js';
import type { FloorResult, FloorVariant } from '../native/floor.js';
import type { PerfProfile } from '../perf-profile.js';
import type { ScenarioResult } from '../scenario-result.js';
import type { Scenario } from '../scenarios.js';

export interface CostSample {
  readonly sfu: string;
  /** From 0. Samples of one round were taken right after each other. */
  readonly round: number;
  readonly result: ScenarioResult;
}

export interface FloorSample {
  readonly scenario: string;
  readonly round: number;
  readonly variant: FloorVariant['name'];
  readonly result: FloorResult;
}

export interface ProfileSample {
  readonly scenario: string;
  /** CPU time per packet out while perf was sampling. */
  readonly microsecondsPerPacketOut: number | null;
  readonly profile: PerfProfile;
}

export interface CapacitySample {
  readonly sfu: string;
  readonly result: CapacityResult;
}

export interface LatencySample {
  readonly sfu: string;
  /** Packets/s that the shares are of. */
  readonly capacity: number;
  readonly results: readonly LatencyResult[];
}

/** The floor at a load at which Kraken's latency was measured. */
export interface LatencyFloorSample {
  readonly share: number;
  readonly variant: FloorVariant['name'];
  readonly gatherMicroseconds: number;
  readonly result: FloorResult;
}

export interface JoinsSample {
  readonly sfu: string;
  readonly result: JoinsResult;
}

export interface StormSample {
  readonly sfu: string;
  readonly result: StormResult;
}

export interface MemorySample {
  readonly sfu: string;
  readonly result: MemoryResult;
}

/** What a packet costs with so many media workers, on as many cores. */
export interface WorkersSample {
  readonly scenario: string;
  readonly round: number;
  readonly workers: number;
  readonly microsecondsPerPacketOut: number;
}

/** Something that ought to have been measured, and why it was not. */
export interface Gap {
  readonly what: string;
  /** Of which SFU; null for what is of none. */
  readonly sfu: string | null;
  readonly reason: string;
}

export interface BenchResults {
  /** ISO 8601. */
  readonly at: string;
  /** Of the engine, as git names it; null outside of a repository. */
  readonly commit: string | null;
  readonly command: string;
  /** Whether everything was asked for. */
  readonly isFull: boolean;
  readonly minutes: number;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly scenarios: readonly Scenario[];
  readonly sfus: readonly { readonly name: string; readonly notes: readonly string[] }[];
  readonly gaps: readonly Gap[];
  /** Microseconds that a bare send of one datagram takes. */
  readonly sendFloorMicroseconds: number;
  readonly cost: readonly CostSample[];
  readonly floor: readonly FloorSample[];
  readonly profiles: readonly ProfileSample[];
  readonly capacity: readonly CapacitySample[];
  readonly latency: readonly LatencySample[];
  readonly latencyFloor: readonly LatencyFloorSample[];
  readonly joins: readonly JoinsSample[];
  readonly storms: readonly StormSample[];
  readonly memory: readonly MemorySample[];
  readonly workers: readonly WorkersSample[];
  readonly kernel: CryptoSpeeds | null;
  readonly send: readonly SendSpeed[];
}
