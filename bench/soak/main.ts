/** `npm run soak`: an hour of churn, and whether anything of it is left. */
import { readCommit } from '../commit.js';
import { describeMachine, MachineError } from '../machine.js';
import { OptionError } from '../option-values.js';
import { formatMachine } from '../report.js';
import { parseSoakOptions, type SoakOptions, USAGE } from './options.js';
import { type Calm, runSoak } from './run-soak.js';
import { faultsOf, type SoakResults, soakTables, writeSoakPage } from './soak-report.js';

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when nothing was left or grew, and nothing went wrong
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseSoakOptions(args);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    // Only by an orderly exit are the processes ended that this one has started.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    const command = ['npm run soak', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const results = await soak(options, root, command);
    console.log(`\n${formatMachine(results.machine)}\n\n${soakTables(results).join('\n')}`);
    if (options.isWritten) writeSoakPage(root, results);
    const faults = faultsOf(results);
    for (const fault of faults) console.log(`FAULT: ${fault}`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run soak: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run soak -- --help');
    return 1;
  }
}

async function soak(options: SoakOptions, root: string, command: string): Promise<SoakResults> {
  const at = new Date().toISOString();
  const commit = readCommit(root);
  const run = await runSoak(options, root, tellCalm);
  return {
    ...{ at, commit, command, minutes: options.minutes, seed: options.seed },
    machine: describeMachine(),
    ...run,
    done: Object.fromEntries(run.done),
  };
}

function tellCalm({ reading, seconds, left, witnesses }: Calm): void {
  const megabytes = (octets: number) => (octets / 1e6).toFixed(1);
  const { expected, arrived } = witnesses;
  console.log(
    `${(reading.at / 60).toFixed(1)} min: calm in ${seconds.toFixed(1)} s; resident ${megabytes(reading.residentBytes)} MB, ` +
      `heap ${megabytes(reading.heapBytes)}, workers' ${megabytes(reading.workerHeapBytes)}; ` +
      `${reading.joins} joins; witnesses lost ${expected - arrived} of ${expected}` +
      left.map((difference) => `\n  LEFT: ${difference}`).join(''),
  );
}
