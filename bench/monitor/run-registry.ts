/** Measures a cluster whose monitor has one kind of registry. */
import { randomOf } from '@kraken/load/random';
import { median } from '../report/statistics.js';
import { CallPool } from './call-pool.js';
import { type Calls, listCalls, locateCalls, turnCalls } from './calls.js';
import { runClosedLoop } from './closed-loop.js';
import { type RunningCluster, startCluster } from './cluster.js';
import type { MonitorCores } from './cores.js';
import { callsPerSecond, isDisturbed } from './figures.js';
import { runOpenLoop } from './open-loop.js';
import type { MonitorBenchOptions } from './options.js';
import type { Registry } from './registry.js';
import type { LatencyRun, LoadSample, RegistryRun } from './results.js';
import type { LoadResult } from './tally.js';
import { readUsage, usageBetween } from './usage-reading.js';

/** Routed calls per second of CPU time that a monitor shall carry, at least. */
export const ROUTED_TARGET = 5000;
/** At this share of what is wanted, and of the most that was found, latency is measured. */
const LATENCY_SHARE = 0.5;

export interface RegistryBench {
  readonly options: MonitorBenchOptions;
  /** The repository. */
  readonly root: string;
  /** Where configuration, logs and profiles go. */
  readonly folder: string;
  readonly cores: MonitorCores;
}

/** A cluster under measurement. */
interface Bench extends RegistryBench {
  readonly cluster: RunningCluster;
}

interface Load {
  readonly what: string;
  run(pool: CallPool, calls: Calls, seconds: number): Promise<LoadResult>;
}

/** @throws Error when the cluster does not come up, or a connection to it breaks */
export async function measureRegistry(registry: Registry, bench: RegistryBench): Promise<RegistryRun> {
  const { root, folder, cores, options } = bench;
  const cluster = await startCluster({ root, folder, cores, registry, profile: options.profile });
  try {
    const running: Bench = { ...bench, cluster };
    const { rids } = cluster;
    const lists = await measureSaturation(running, () => [
      listCalls('engine', rids),
      listCalls('monitor', rids),
    ]);
    const most = median(lists.filter(isRouted).map(callsPerSecond));
    const latencies: LatencyRun[] = [];
    for (const [halfOf, rate] of [
      ['wanted', LATENCY_SHARE * ROUTED_TARGET],
      ['most', LATENCY_SHARE * most],
    ] as const) {
      latencies.push({ halfOf, rate, samples: await measureLatency(running, rate) });
    }
    // Last, since the registry is full of claims for seconds after tens of thousands of rooms have been placed.
    const others = await measureSaturation(running, (round) => [turnCalls(), locateCalls(`new-${round}`)]);
    return { registry: registry.name, saturation: [...lists, ...others], latencies };
  } finally {
    await cluster.stop();
  }
}

function isRouted({ way }: LoadSample): boolean {
  return way === 'monitor';
}

/** @param callsOf what is called in a round, by turns */
async function measureSaturation(
  bench: Bench,
  callsOf: (round: number) => readonly Calls[],
): Promise<LoadSample[]> {
  const { connections, rounds } = bench.options;
  const load: Load = {
    what: 'the most',
    run: (pool, calls, seconds) => runClosedLoop(pool, calls, connections, seconds),
  };
  const samples: LoadSample[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const calls of callsOf(round)) samples.push(await measureLoad(bench, round, calls, load));
  }
  return samples;
}

async function measureLatency(bench: Bench, rate: number): Promise<LoadSample[]> {
  const { rids } = bench.cluster;
  const samples: LoadSample[] = [];
  for (let round = 0; round < bench.options.rounds; round++) {
    // The same schedule both ways.
    const load: Load = {
      what: 'latency',
      run: (pool, calls, seconds) => runOpenLoop(pool, calls, { rate, seconds, random: randomOf(round + 1) }),
    };
    for (const way of ['engine', 'monitor'] as const) {
      samples.push(await measureLoad(bench, round, listCalls(way, rids), load));
    }
  }
  return samples;
}

/** Measures again what other programs disturbed, some times; of what was disturbed each time, the calmest counts. */
async function measureLoad(bench: Bench, round: number, calls: Calls, load: Load): Promise<LoadSample> {
  const { name: call, way } = calls;
  const attempts: LoadSample[] = [];
  for (let attempt = 1; attempt <= bench.options.attempts; attempt++) {
    console.log(`measuring: ${call}, ${load.what}, by the ${way}, round ${round + 1}, attempt ${attempt}`);
    const sample = { round, call, way, ...(await measureOnce(bench, calls, load)) };
    if (!isDisturbed(sample)) return sample;
    attempts.push(sample);
  }
  return attempts.reduce((calmest, one) => (one.usage.othersLoad < calmest.usage.othersLoad ? one : calmest));
}

async function measureOnce(
  { cluster, cores, options }: Bench,
  calls: Calls,
  load: Load,
): Promise<Pick<LoadSample, 'result' | 'usage'>> {
  await cluster.fillRooms();
  const url = calls.way === 'monitor' ? cluster.monitorUrl : cluster.engineUrl;
  const pool = await CallPool.open(url, options.connections);
  try {
    await load.run(pool, calls, options.warmUpSeconds);
    const before = readUsage(cluster, cores);
    const result = await load.run(pool, calls, options.seconds);
    return { result, usage: usageBetween(before, readUsage(cluster, cores), cores) };
  } finally {
    pool.close();
  }
}
