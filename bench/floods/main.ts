/** `npm run bench:floods`: what packets cost that strangers send, held against forwarding, and what memory their floods take. */
import path from 'node:path';
import { readCommit } from '../commit.js';
import { type Cores, chooseCores, describeMachine, MachineError, pinThisProcess } from '../machine.js';
import { OptionError } from '../option-values.js';
import { formatMachine } from '../report.js';
import type { RunOptions } from '../run-scenario.js';
import { type FloodsFigures, writeFloodsPage } from './floods-page.js';
import { costTable, dearFloods, type FloodsResults } from './floods-report.js';
import { measureRound, type RoundFigures } from './measure-floods.js';
import { type MemoryFigures, measureMemory } from './memory/measure-memory.js';
import { type MemoryResults, memoryResultFaults, memoryTables } from './memory/memory-section.js';
import { type FloodsBenchOptions, parseFloodsOptions, USAGE } from './options.js';

const WARM_UP_SECONDS = 3;
const MS_PER_MINUTE = 60_000;

interface Run {
  readonly options: FloodsBenchOptions;
  readonly root: string;
  readonly command: string;
  readonly cores: Cores;
}

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when each packet costs less than forwarding and all of them were seen, and memory is bounded
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseFloodsOptions(args);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    // Only by an orderly exit are the processes ended that this one has started.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    const command = ['npm run bench:floods', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const cores = chooseCores();
    pinThisProcess(cores.generator);
    const run = { options, root, command, cores };
    const figures: FloodsFigures = {
      machine: describeMachine(),
      cost: options.floods.length === 0 ? null : await measureCost(run),
      memory: options.memoryFloods.length === 0 ? null : await measureAllMemory(run),
    };
    return report(figures, run);
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run bench:floods: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run bench:floods -- --help');
    return 1;
  }
}

/** @returns the exit code */
function report(figures: FloodsFigures, { options, root }: Run): number {
  const { machine, cost, memory } = figures;
  console.log(`\n${formatMachine(machine)}\n`);
  if (cost !== null) console.log(costTable(cost).join('\n'));
  if (memory !== null) console.log(memoryTables(memory).join('\n'));
  if (options.isWritten) writeFloodsPage(root, figures);
  const faults = [
    ...(cost === null ? [] : [...cost.rounds.flatMap(({ faults: found }) => found), ...dearFloods(cost)]),
    ...(memory === null ? [] : memoryResultFaults(memory)),
  ];
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

async function measureCost({ options, root, command, cores }: Run): Promise<FloodsResults> {
  const { floods, rounds: count, seconds } = options;
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const run: RunOptions = {
    root,
    folder: path.join(root, 'artifacts/bench/floods'),
    cores,
    seconds,
    sampleShare: 0,
    pollSeconds: 0,
    seed: 1,
    warmUpSeconds: WARM_UP_SECONDS,
  };
  const rounds: RoundFigures[] = [];
  for (let round = 0; round < count; round++) {
    rounds.push(await measureRound(floods, { ...run, seed: round + 1 }));
    console.log(`round ${round + 1} of ${count} is done`);
  }
  const minutes = (performance.now() - startedAt) / MS_PER_MINUTE;
  return { at, commit: readCommit(root), command, minutes, floods, seconds, rounds };
}

async function measureAllMemory({ options, root, command, cores }: Run): Promise<MemoryResults> {
  const { memoryFloods, half: seconds } = options;
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const floods: MemoryFigures[] = [];
  for (const flood of memoryFloods) {
    floods.push(await measureMemory(flood, { root, cores, seconds }));
    console.log(`${flood.name}: done`);
  }
  const minutes = (performance.now() - startedAt) / MS_PER_MINUTE;
  return { at, commit: readCommit(root), command, minutes, seconds, floods };
}
