/** CPU time and memory of a process with all that it has started: some SFUs are more than one process. */
import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessUsage, readProcessUsage } from './process-usage.js';

/**
 * @param root of the tree
 * @returns sums over the tree; what processes used that have ended meanwhile is no longer in them
 * @throws Error when the root is gone
 */
export function readTreeUsage(root: number): ProcessUsage {
  return sumUsages(
    readProcessUsage(root),
    descendantsOf(root).flatMap((pid) => {
      try {
        return [readProcessUsage(pid)];
      } catch {
        return [];
      }
    }),
  );
}

/** @param first whose moment counts */
export function sumUsages(first: ProcessUsage, others: readonly ProcessUsage[]): ProcessUsage {
  return others.reduce(
    (sum, usage) => ({
      at: sum.at,
      cpuSeconds: sum.cpuSeconds + usage.cpuSeconds,
      userSeconds: sum.userSeconds + usage.userSeconds,
      systemSeconds: sum.systemSeconds + usage.systemSeconds,
      threads: [...sum.threads, ...usage.threads],
      residentBytes: sum.residentBytes + usage.residentBytes,
      voluntarySwitches: sum.voluntarySwitches + usage.voluntarySwitches,
    }),
    first,
  );
}

/** @returns process ids of children, their children, and so on: proc(5), `/proc/PID/task/TID/children` */
export function descendantsOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => childrenOf(pid, thread));
  return [...children, ...children.flatMap(descendantsOf)];
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function childrenOf(pid: number, thread: string): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    return [];
  }
}
