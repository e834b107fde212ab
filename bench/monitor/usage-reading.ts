/** What processes and cores used while a load ran, as the operating system tells. */
import { type ProcessUsage, readCoreBusySeconds, readProcessUsage } from '../process-usage.js';
import type { RunningCluster } from './cluster.js';
import type { MonitorCores } from './cores.js';

/** All are shares of one core, but for the CPU time. */
export interface LoadUsage {
  /** CPU seconds of the monitor's process, all threads, user and kernel. */
  readonly monitorCpuSeconds: number;
  readonly monitorLoad: number;
  /** Used of the monitor's core by other processes: above some percent, rates and latencies are not worth much. */
  readonly othersLoad: number;
  readonly engineLoad: number;
  readonly generatorLoad: number;
}

/** At one moment. */
export interface UsageReading {
  readonly monitor: ProcessUsage;
  readonly engine: ProcessUsage;
  readonly generator: ProcessUsage;
  /** Seconds since boot. */
  readonly coreBusySeconds: number;
}

export function readUsage(cluster: RunningCluster, cores: MonitorCores): UsageReading {
  return {
    monitor: readProcessUsage(cluster.monitorPid),
    engine: readProcessUsage(cluster.enginePid),
    generator: readProcessUsage(process.pid),
    coreBusySeconds: readCoreBusySeconds(cores.monitor),
  };
}

export function usageBetween(before: UsageReading, after: UsageReading): LoadUsage {
  const seconds = after.monitor.at - before.monitor.at;
  const used = (name: 'monitor' | 'engine' | 'generator') => after[name].cpuSeconds - before[name].cpuSeconds;
  const monitorLoad = used('monitor') / seconds;
  return {
    monitorCpuSeconds: used('monitor'),
    monitorLoad,
    othersLoad: Math.max(0, (after.coreBusySeconds - before.coreBusySeconds) / seconds - monitorLoad),
    engineLoad: used('engine') / seconds,
    generatorLoad: used('generator') / seconds,
  };
}
