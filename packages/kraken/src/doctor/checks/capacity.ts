/** Cores and memory, against what the configuration asks for. */
import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { EngineConfig } from '@kraken/engine';
import { type Finding, ok, warning } from '../finding.js';

const MEBIBYTE = 1024 * 1024;
/** An engine without participants has some 165 MB resident while it starts; the rest is for participants, MiB. */
const LEAST_MEMORY = 512;
/** Of a participant that speaks, bytes, rounded up: docs/performance. */
const MEMORY_PER_PARTICIPANT = 100_000;
const IDLE_MEMORY = 165e6;

/** What the process may use, which may be less than the machine has. */
export interface Resources {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

export async function readResources(): Promise<Resources> {
  const quota = await readCoreQuota('/sys/fs/cgroup/cpu.max');
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { cores: Math.min(availableParallelism(), quota), memory };
}

export async function checkCores(
  { media: { workers } }: EngineConfig,
  { cores }: Resources,
): Promise<readonly Finding[]> {
  const named = `${workers} media ${workers === 1 ? 'worker' : 'workers'} on ${Number(cores.toFixed(1))} cores`;
  if (workers > cores && workers > 1) {
    return [
      warning('cores', `${named}: they take turns`, 'set [engine] workers to one less than the cores, or 0'),
    ];
  }
  if (workers + 1 > cores && cores > 1) {
    return [
      warning(
        'cores',
        `${named} leave none for calls and rooms`,
        'set [engine] workers to one less than the cores, or 0',
      ),
    ];
  }
  return [ok('cores', named)];
}

export async function checkMemory({ memory }: Resources): Promise<readonly Finding[]> {
  const mebibytes = Math.round(memory / MEBIBYTE);
  if (mebibytes < LEAST_MEMORY) {
    return [warning('memory', `${mebibytes} MiB are few`, `give it ${LEAST_MEMORY} MiB or more`)];
  }
  const participants = Math.floor((memory - IDLE_MEMORY) / MEMORY_PER_PARTICIPANT);
  return [ok('memory', `${mebibytes} MiB, enough for some ${roundDown(participants)} participants`)];
}

function roundDown(count: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(count)));
  return Math.floor(count / step) * step;
}

/** A cgroup's `cpu.max` is `quota period`, or `max period` for none. @returns cores */
async function readCoreQuota(path: string): Promise<number> {
  try {
    const [quota = 'max', period = ''] = (await readFile(path, 'utf8')).trim().split(' ');
    return quota === 'max' ? Number.POSITIVE_INFINITY : Number(quota) / Number(period);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
