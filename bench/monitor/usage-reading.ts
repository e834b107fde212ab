/** What processes and cores used while a load ran, as the operating system tells. */
import { type ProcessUsage, readCoreBusySeconds, readProcessUsage } from '../process-usage.js';
import type { RunningCluster } from './cluster.js';
import type { MonitorCores } from './cores.js';

type Part = 'monitor' | 'engine' | 'generator';

const PARTS: readonly Part[] = ['monitor', 'engine', 'generator'];

/** All are shares of one core, but for the CPU time. */
export interface LoadUsage {
  /** CPU seconds of the monitor's process, all threads, user and kernel. */
  readonly monitorCpuSeconds: number;
  readonly monitorLoad: number;
  readonly engineLoad: number;
  readonly generatorLoad: number;
  /** Used by other processes of the core that they used most of: above some percent, latencies are not worth much. */
  readonly othersLoad: number;
}

/** At one moment. */
export interface UsageReading {
  readonly processes: Readonly<Record<Part, ProcessUsage>>;
  /** Seconds since boot that the core of each was busy, with whatever. */
  readonly coreBusySeconds: Readonly<Record<Part, number>>;
}

export function readUsage({ monitorPid, enginePid }: RunningCluster, cores: MonitorCores): UsageReading {
  return {
    processes: {
      monitor: readProcessUsage(monitorPid),
      engine: readProcessUsage(enginePid),
      generator: readProcessUsage(process.pid),
    },
    coreBusySeconds: {
      monitor: readCoreBusySeconds(cores.monitor),
      engine: readCoreBusySeconds(cores.engine),
      generator: readCoreBusySeconds(cores.generator),
    },
  };
}

/** @param cores on which the processes ran */
export function usageBetween(before: UsageReading, after: UsageReading, cores: MonitorCores): LoadUsage {
  const seconds = after.processes.monitor.at - before.processes.monitor.at;
  const used = (part: Part) => after.processes[part].cpuSeconds - before.processes[part].cpuSeconds;
  const load = (part: Part) => used(part) / seconds;
  const othersOnCoreOf = (part: Part) => {
    const busy = (after.coreBusySeconds[part] - before.coreBusySeconds[part]) / seconds;
    const ours = PARTS.filter((other) => cores[other] === cores[part]).map(load);
    return busy - ours.reduce((sum, one) => sum + one, 0);
  };
  return {
    monitorCpuSeconds: used('monitor'),
    monitorLoad: load('monitor'),
    engineLoad: load('engine'),
    generatorLoad: load('generator'),
    othersLoad: Math.max(0, ...PARTS.map(othersOnCoreOf)),
  };
}
