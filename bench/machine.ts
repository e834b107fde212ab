/** The machine that a measurement was made on, and the two cores that it uses. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
}

export interface Cores {
  readonly engine: number;
  readonly generator: number;
}

/** This machine cannot run the benchmark; the message says what is missing and what to do. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    processor: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
  };
}

/**
 * @returns the first two cores that this process may use
 * @throws MachineError when there are none, or no taskset to pin processes with
 */
export function chooseCores(): Cores {
  const [engine, generator] = findCores();
  return { engine, generator };
}

/**
 * @returns all cores that this process may use
 * @throws MachineError when there are less than two, or no taskset to pin processes with
 */
export function findCores(): readonly [number, number, ...number[]] {
  if (process.platform !== 'linux')
    throw new MachineError('the benchmark reads /proc and pins processes: Linux only');
  if (spawnSync('taskset', ['--version']).status !== 0) {
    throw new MachineError(
      'taskset is missing; it is in the Debian package util-linux: apt-get install util-linux',
    );
  }
  const [first, second, ...others] = parseCpuList(readAllowedList());
  if (first === undefined || second === undefined) {
    throw new MachineError('the benchmark needs two cores: one for what is measured, one for the load');
  }
  return [first, second, ...others];
}

/** Moves this process with all its threads to a core. */
export function pinThisProcess(core: number): void {
  spawnSync('taskset', ['-a', '-p', '-c', String(core), String(process.pid)]);
}

/** The kernel's list format: `0-2,5`. */
export function parseCpuList(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function readAllowedList(): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
}
