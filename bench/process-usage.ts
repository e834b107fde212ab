/** CPU time and memory of a process, as Linux's /proc tells them (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux's USER_HZ: the unit of times in /proc/PID/stat and /proc/stat. It is 100 on every architecture that Node has. */
const TICKS_PER_SECOND = 100;
const NANOSECONDS = 1e9;
const KIBIBYTE = 1024;

export interface ThreadUsage {
  readonly id: number;
  readonly cpuSeconds: number;
}

export interface ProcessUsage {
  /** Seconds of a monotonic clock. */
  readonly at: number;
  /**
   * CPU seconds of the whole process since its start: exact to the nanosecond where the kernel tells and no thread has
   * ended, else to 20 ms.
   */
  readonly cpuSeconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** The process's main thread has the process's own id. */
  readonly threads: readonly ThreadUsage[];
  readonly residentBytes: number;
  /** Times that a thread gave up the CPU by itself, over all threads. */
  readonly voluntarySwitches: number;
}

/** @throws Error when there is no such process */
export function readProcessUsage(pid: number): ProcessUsage {
  const times = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const threads: ThreadUsage[] = [];
  let voluntarySwitches = 0;
  for (const name of readdirSync(`/proc/${pid}/task`)) {
    const thread = `/proc/${pid}/task/${name}`;
    threads.push({ id: Number(name), cpuSeconds: readThreadSeconds(thread) });
    voluntarySwitches += readStatusNumber(`${thread}/status`, 'voluntary_ctxt_switches');
  }
  const exact = threads.reduce((sum, thread) => sum + thread.cpuSeconds, 0);
  return {
    at: performance.now() / 1000,
    // Threads that have ended are only in the sum to the tick.
    cpuSeconds: Math.max(exact, times.userSeconds + times.systemSeconds),
    ...times,
    threads,
    residentBytes: readStatusNumber(`/proc/${pid}/status`, 'VmRSS') * KIBIBYTE,
    voluntarySwitches,
  };
}

/** The second field in parentheses is the command's name and may hold anything, parentheses and blanks included. */
export function parseStat(stat: string): { userSeconds: number; systemSeconds: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    userSeconds: Number(fields[11]) / TICKS_PER_SECOND,
    systemSeconds: Number(fields[12]) / TICKS_PER_SECOND,
  };
}

/** @returns seconds for which a core was busy since boot, whoever made it busy */
export function readCoreBusySeconds(core: number): number {
  return parseCoreBusySeconds(readFileSync('/proc/stat', 'utf8'), core);
}

/** @returns seconds since the machine's start in which the core could not run because its host ran something else */
export function readCoreStolenSeconds(core: number): number {
  return parseCoreTimes(readFileSync('/proc/stat', 'utf8'), core).stolen;
}

export function parseCoreBusySeconds(stat: string, core: number): number {
  return parseCoreTimes(stat, core).busy;
}

/** Lines are `cpuN user nice system idle iowait irq softirq steal …`. */
function parseCoreTimes(stat: string, core: number): { readonly busy: number; readonly stolen: number } {
  const line = stat.split('\n').find((candidate) => candidate.startsWith(`cpu${core} `));
  if (line === undefined) throw new Error(`/proc/stat has no cpu${core}`);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
  return { busy, stolen: steal / TICKS_PER_SECOND };
}

/** The first number of schedstat is the thread's time on a CPU in nanoseconds; kernels may be built without it. */
function readThreadSeconds(thread: string): number {
  try {
    return Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]) / NANOSECONDS;
  } catch {
    return 0;
  }
}

function readStatusNumber(path: string, name: string): number {
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  return line === undefined ? 0 : Number.parseInt(line.slice(name.length + 1), 10);
}
