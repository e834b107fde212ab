/** `npm run bench`: measures what is asked for, prints it, and writes the report. */
import path from 'node:path';
import { chooseCores, MachineError, pinThisProcess } from './machine.js';
import { OptionError } from './option-values.js';
import { KRAKEN_NAME, parseOptions, USAGE } from './options.js';
import { formatTargets } from './report/targets.js';
import { writeReport } from './report/write-report.js';
import { faultsOf, formatReport } from './report.js';
import { runBench } from './run-bench.js';

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when all of Kraken that was asked for was measured and every verified packet was right
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    const cores = chooseCores();
    pinThisProcess(cores.generator);
    // Only by an orderly exit are the processes ended that this one has started.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    const folder = path.join(root, 'artifacts/bench');
    const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const target = options.isFull ? path.join(root, 'docs/performance') : folder;
    const results = await runBench({ options, root, folder, cores, command }, (soFar) =>
      writeReport(target, soFar),
    );
    console.log(`\n${formatReport(results.machine, results.sendFloorMicroseconds, results.cost)}`);
    console.log(`\n${formatTargets(results)}`);
    const written = writeReport(target, results);
    console.log(`\nwritten to ${path.relative(root, written)}`);
    const isComplete = results.gaps.every(({ sfu }) => sfu !== KRAKEN_NAME);
    return isComplete && faultsOf(results.cost).length === 0 ? 0 : 1;
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run bench: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run bench -- --help');
    return 1;
  }
}
