/** Where a process spends its CPU time, as Linux's perf samples it: perf-record(1), perf-script(1). */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Not a round number, so that sampling does not beat with the engine's ticks. */
const SAMPLES_PER_SECOND = 1999;
const HOTSPOTS = 12;
const MAX_SCRIPT = 512 * 1024 * 1024;

/** From the least avoidable to the most. */
export const CPU_SHARES = [
  'sendmmsg',
  'recvmmsg',
  'poll and wake-up',
  'kernel, other',
  'WebAssembly',
  'JavaScript',
  'V8 compiling',
  'V8 collecting garbage',
  'V8 and node, other',
  'others',
] as const;
export type CpuShareName = (typeof CPU_SHARES)[number];

/** The first that is among a sample's callers tells what the kernel was doing. */
const SYSTEM_CALLS: readonly (readonly [RegExp, CpuShareName])[] = [
  [/sys_send(m?msg|to)$/, 'sendmmsg'],
  [/sys_recv(m?msg|from)$/, 'recvmmsg'],
  [/sys_(p?poll|epoll_p?wait\d?|futex)$/, 'poll and wake-up'],
];

/** Names of what V8 has compiled of scripts. */
const SCRIPT = /^(JS|LazyCompile|Function|Script|Eval):/;
/** V8's own work, told by the names of its namespaces and classes. */
const V8_WORK: readonly (readonly [RegExp, CpuShareName])[] = [
  [/Scaveng|MarkCompact|Marking|Sweep|Evacuat|v8::internal::Heap::/, 'V8 collecting garbage'],
  [/v8::internal::(compiler|maglev|baseline|interpreter|wasm)::|Compil|TurboAssembler/, 'V8 compiling'],
];

export interface Hotspot {
  readonly symbol: string;
  readonly program: string;
  /** 0 to 1, of all samples. */
  readonly share: number;
}

export interface PerfProfile {
  readonly samples: number;
  /** 0 to 1 each. */
  readonly shares: Readonly<Record<CpuShareName, number>>;
  /** The busiest functions, in descending order. */
  readonly hotspots: readonly Hotspot[];
}

/** One line of a sampled stack. */
export interface Frame {
  readonly symbol: string;
  /** The file that the code is from, as perf calls it. */
  readonly program: string;
}

/** @returns in one line why there can be no profile, or null */
export function whyNotProfiled(): string | null {
  if (spawnSync('perf', ['--version']).status !== 0) {
    return 'perf is missing; Debian has it in the package linux-perf';
  }
  const trial = spawnSync('perf', ['stat', '-e', 'cpu-clock', 'true']);
  return trial.status === 0 ? null : 'perf may not sample; see the sysctl kernel.perf_event_paranoid';
}

/**
 * Samples a process and its threads for a while.
 * @param folder for perf's own data, which is removed again; so are the names that V8 has written for perf
 * @throws Error when perf fails
 */
export async function recordProfile(pid: number, seconds: number, folder: string): Promise<PerfProfile> {
  mkdirSync(folder, { recursive: true });
  const data = path.join(folder, 'perf.data');
  const sampling = ['-F', String(SAMPLES_PER_SECOND), '-e', 'cpu-clock', '-g', '-p', String(pid), '-o', data];
  const recorder = spawn('perf', ['record', ...sampling, '--', 'sleep', String(seconds)], {
    stdio: 'ignore',
  });
  const [code] = await once(recorder, 'exit');
  if (code !== 0) throw new Error(`perf record ended with ${code}`);
  const { stdout, status } = spawnSync('perf', ['script', '-i', data, '-F', 'ip,sym,dso'], {
    encoding: 'utf8',
    maxBuffer: MAX_SCRIPT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rmSync(data, { force: true });
  rmSync(`/tmp/perf-${pid}.map`, { force: true });
  if (status !== 0) throw new Error(`perf script ended with ${status}`);
  return profileOf(parseStacks(stdout));
}

/** Stacks are parted by empty lines; a line is `ADDRESS SYMBOL (PROGRAM)`, the innermost function first. */
export function parseStacks(script: string): Frame[][] {
  return script.split(/\n\s*\n/).flatMap((stack) => {
    const frames = [...stack.matchAll(/^\s*[0-9a-f]+ (.*) \((.*)\)$/gm)];
    return frames.length === 0
      ? []
      : [frames.map(([, symbol = '', program = '']) => ({ symbol: symbol.trim(), program }))];
  });
}

export function profileOf(stacks: readonly (readonly Frame[])[]): PerfProfile {
  const counts = new Map<CpuShareName, number>();
  const hotspots = new Map<string, { frame: Frame; count: number }>();
  for (const stack of stacks) {
    const name = shareOf(stack);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const [frame] = stack;
    if (frame === undefined) continue;
    const key = `${frame.program} ${frame.symbol}`;
    const count = (hotspots.get(key)?.count ?? 0) + 1;
    hotspots.set(key, { frame, count });
  }
  const share = (count: number) => count / Math.max(1, stacks.length);
  const shareBy = (name: CpuShareName) => share(counts.get(name) ?? 0);
  return {
    samples: stacks.length,
    shares: {
      sendmmsg: shareBy('sendmmsg'),
      recvmmsg: shareBy('recvmmsg'),
      'poll and wake-up': shareBy('poll and wake-up'),
      'kernel, other': shareBy('kernel, other'),
      WebAssembly: shareBy('WebAssembly'),
      JavaScript: shareBy('JavaScript'),
      'V8 compiling': shareBy('V8 compiling'),
      'V8 collecting garbage': shareBy('V8 collecting garbage'),
      'V8 and node, other': shareBy('V8 and node, other'),
      others: shareBy('others'),
    },
    hotspots: [...hotspots.values()]
      .sort((left, right) => right.count - left.count)
      .slice(0, HOTSPOTS)
      .map(({ frame, count }) => ({
        symbol: readableSymbol(frame.symbol),
        program: isCompiled(frame.program) ? 'compiled code' : path.basename(frame.program),
        share: share(count),
      })),
  };
}

export function shareOf(stack: readonly Frame[]): CpuShareName {
  const [innermost] = stack;
  if (innermost === undefined) return 'others';
  const { symbol, program } = innermost;
  if (program.startsWith('[kernel')) {
    for (const [pattern, name] of SYSTEM_CALLS) {
      if (stack.some((frame) => pattern.test(frame.symbol))) return name;
    }
    return 'kernel, other';
  }
  if (/wasm-function|wasm-to-js|js-to-wasm/i.test(symbol)) return 'WebAssembly';
  if (isCompiled(program) && SCRIPT.test(symbol)) return 'JavaScript';
  if (!isCompiled(program) && path.basename(program) !== 'node') return 'others';
  for (const [pattern, name] of V8_WORK) {
    if (stack.some((frame) => pattern.test(frame.symbol))) return name;
  }
  return 'V8 and node, other';
}

/** V8 lists what it has compiled in /tmp/perf-PID.map, which perf calls by that name or by the thread. */
function isCompiled(program: string): boolean {
  return /^\[JIT\]|\/perf-\d+\.map$/.test(program);
}

/** `JS:*receive file:///…/media/worker.js:131:13` is `receive media/worker.js:131`. */
function readableSymbol(symbol: string): string {
  const script = /^\w+:[*~^+]*(\S*) \S*\/dist\/(\S+?):(\d+)/.exec(symbol);
  if (script !== null) return `${script[1]} ${script[2]}:${script[3]}`;
  return symbol.replace(/^JS:[*~^+]*/, '').replace(/(wasm-function\[\d+\])\S*/, '$1');
}
