/** `npm run bench:floods`: what packets cost that strangers send, held against forwarding. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCommit } from '../commit.js';
import { chooseCores, describeMachine, MachineError, pinThisProcess } from '../machine.js';
import { OptionError } from '../option-values.js';
import { formatMachine } from '../report.js';
import type { RunOptions } from '../run-scenario.js';
import { composeFloodsPage, dearFloods, type FloodsResults, floodsTable } from './floods-report.js';
import { measureRound, type RoundFigures } from './measure-floods.js';
import { type FloodsBenchOptions, parseFloodsOptions, USAGE } from './options.js';

const WARM_UP_SECONDS = 3;
const PAGE = 'docs/floods.md';

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when each flood costs less than forwarding, and all of it was seen
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
    const results = await measure(options, root, command);
    console.log(`\n${formatMachine(results.machine)}\n\n${floodsTable(results).join('\n')}`);
    if (options.isWritten) {
      writeFileSync(path.join(root, PAGE), composeFloodsPage(results));
      console.log(`written to ${PAGE}`);
    }
    const faults = [...results.rounds.flatMap(({ faults: found }) => found), ...dearFloods(results)];
    for (const fault of faults) console.log(`FAULT: ${fault}`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run bench:floods: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run bench:floods -- --help');
    return 1;
  }
}

async function measure(
  { floods, rounds: count, seconds }: FloodsBenchOptions,
  root: string,
  command: string,
): Promise<FloodsResults> {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const cores = chooseCores();
  pinThisProcess(cores.generator);
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
  const minutes = (performance.now() - startedAt) / 60_000;
  return {
    at,
    commit: readCommit(root),
    command,
    minutes,
    machine: describeMachine(),
    floods,
    seconds,
    rounds,
  };
}
