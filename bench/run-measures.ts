/** Capacity, latency, joins and memory of each SFU. What fails becomes a gap and costs no other's figures. */
import { type CapacityOptions, measureCapacity } from './measures/capacity.js';
import { measureJoins, measureStorm, type StormOptions } from './measures/joins.js';
import { CAPACITY_SHARES, measureLatency } from './measures/latency.js';
import { MESH, ROOMS_OF_TEN } from './measures/load-shape.js';
import { type MemoryOptions, measureMemory } from './measures/memory.js';
import { measureWorkers } from './measures/workers.js';
import { KRAKEN_NAME } from './options.js';
import type {
  CapacitySample,
  Gap,
  JoinsSample,
  LatencySample,
  MemorySample,
  StormSample,
  WorkersSample,
} from './report/results.js';
import { type RunOptions, startSettled, withRunning } from './run-scenario.js';
import { LECTURE, MANY_ROOMS, type Scenario } from './scenarios.js';
import type { Sfu } from './sfu/sfu.js';

const CAPACITY: CapacityOptions = {
  shape: MESH,
  /** What the slowest of the peers is known to carry on slow machines. */
  first: 60_000,
  limit: 1_500_000,
  seconds: 3,
  confirmSeconds: 6,
};
const LATENCY_SECONDS = 6;
const JOINS = { joins: 1500, concurrency: 64, roomSize: 10, staying: 100 };
const STORM: StormOptions = {
  rooms: ROOMS_OF_TEN.roomsOf(10),
  order: { joins: 2000, concurrency: 64, roomSize: 10, staying: 2000 },
  quietSeconds: 5,
};
const WORKERS_SCENARIOS: readonly Scenario[] = [MANY_ROOMS, LECTURE];
const MEMORY: MemoryOptions = {
  silent: [100, 1000],
  sending: [100, 400],
  churn: 40_000,
  churnReadings: 8,
  settleSeconds: 2,
};
/** Peers are held against the same participants, but not churned through. */
const PEER_MEMORY: MemoryOptions = { ...MEMORY, silent: [500], sending: [200], churn: 0 };

export async function measureCapacities(
  sfus: readonly Sfu[],
  options: RunOptions,
  gaps: Gap[],
): Promise<CapacitySample[]> {
  return forEach(sfus, 'capacity', gaps, async (sfu) => {
    const result = await withRunning(sfu, options, {}, (running) =>
      measureCapacity(running, CAPACITY, options),
    );
    return { sfu: sfu.name, result };
  });
}

/** @param capacities of the SFUs; one without is a gap already */
export async function measureLatencies(
  sfus: readonly Sfu[],
  capacities: readonly CapacitySample[],
  options: RunOptions,
  gaps: Gap[],
): Promise<LatencySample[]> {
  const carrying = sfus.flatMap((sfu) => {
    const capacity = capacities.find((sample) => sample.sfu === sfu.name)?.result.packetsPerSecond ?? null;
    return capacity === null ? [] : [{ name: sfu.name, sfu, capacity }];
  });
  return forEach(carrying, 'latency', gaps, async ({ sfu, capacity }) => {
    const latency = { shape: MESH, capacity, shares: CAPACITY_SHARES, seconds: LATENCY_SECONDS };
    const results = await withRunning(sfu, options, {}, (running) =>
      measureLatency(running, latency, options),
    );
    return { sfu: sfu.name, capacity, results };
  });
}

export async function measureAllJoins(
  sfus: readonly Sfu[],
  options: RunOptions,
  gaps: Gap[],
): Promise<JoinsSample[]> {
  return forEach(sfus, 'joins', gaps, async (sfu) => {
    const result = await withRunning(sfu, options, {}, (running) => measureJoins(running, JOINS, options));
    return { sfu: sfu.name, result };
  });
}

/** Of Kraken alone: it is what the targets ask for. */
export async function measureStorms(
  sfus: readonly Sfu[],
  options: RunOptions,
  gaps: Gap[],
): Promise<StormSample[]> {
  const kraken = sfus.filter(({ name }) => name === KRAKEN_NAME);
  return forEach(kraken, 'storm of joins', gaps, async (sfu) => {
    const result = await withRunning(sfu, options, {}, (running) => measureStorm(running, STORM, options));
    return { sfu: sfu.name, result };
  });
}

export async function measureMemories(
  sfus: readonly Sfu[],
  options: RunOptions,
  gaps: Gap[],
): Promise<MemorySample[]> {
  return forEach(sfus, 'memory', gaps, async (sfu) => {
    const memory = sfu.name === KRAKEN_NAME ? MEMORY : PEER_MEMORY;
    const result = await measureMemory((settings) => startSettled(sfu, options, settings), memory, options);
    return { sfu: sfu.name, result };
  });
}

/** Of Kraken alone; one worker and two by turns, so that a machine that slows down does so for both. */
export async function measureWorkersRounds(
  sfus: readonly Sfu[],
  rounds: number,
  options: RunOptions,
  gaps: Gap[],
): Promise<WorkersSample[]> {
  const kraken = sfus.find(({ name }) => name === KRAKEN_NAME);
  if (kraken === undefined) return [];
  const { root, folder, seconds } = options;
  const runs = Array.from({ length: rounds }, (_, round) =>
    WORKERS_SCENARIOS.flatMap((scenario) =>
      (round % 2 === 0 ? [1, 2] : [2, 1]).map((workers) => ({
        name: scenario.name,
        scenario,
        round,
        workers,
      })),
    ),
  ).flat();
  return forEach(runs, 'cost by number of workers', gaps, async ({ scenario, round, workers }) => {
    const start = { root, folder, seconds, context: options };
    const microsecondsPerPacketOut = await measureWorkers(kraken, scenario, workers, start);
    console.log(
      `round ${round + 1}, ${workers} workers: ${microsecondsPerPacketOut.toFixed(2)} µs per packet out`,
    );
    return { scenario: scenario.name, round, workers, microsecondsPerPacketOut };
  });
}

async function forEach<Item extends { readonly name: string }, Result>(
  items: readonly Item[],
  measure: string,
  gaps: Gap[],
  action: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    console.log(`measuring: ${measure} of ${item.name}`);
    try {
      results.push(await action(item));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      gaps.push({ what: `${measure} of ${item.name}`, sfu: item.name, reason });
      console.log(`failed: ${reason}`);
    }
  }
  return results;
}
