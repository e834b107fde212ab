/** `npm run bench:monitor`: measures the monitor, prints it, and writes docs/scaling/monitor.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCommit } from '../commit.js';
import { describeMachine, MachineError, pinThisProcess } from '../machine.js';
import { OptionError } from '../option-values.js';
import { linesOfTargets } from '../report/target.js';
import { formatMachine } from '../report.js';
import { assignCores, type MonitorCores } from './cores.js';
import { faultsOf } from './figures.js';
import { composeMonitorPage, figureLines, monitorTargets } from './monitor-report.js';
import { type MonitorBenchOptions, parseMonitorOptions, USAGE } from './options.js';
import type { MonitorResults, RegistryGap, RegistryRun } from './results.js';
import { measureRegistry } from './run-registry.js';

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when all was measured and every answer was right
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseMonitorOptions(args);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    const cores = assignCores();
    pinThisProcess(cores.generator);
    // Only by an orderly exit are the processes ended that this one has started.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    const command = ['npm run bench:monitor', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const results = await measure(options, root, cores, command);
    console.log(`\n${formatMachine(results.machine)}\n\n${figureLines(results).join('\n')}`);
    console.log(linesOfTargets(monitorTargets(results)));
    if (options.isFull) writePage(path.join(root, 'docs/scaling'), results);
    const faults = faultsOf(results);
    for (const fault of faults) console.log(`FAULT: ${fault}`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run bench:monitor: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run bench:monitor -- --help');
    return 1;
  }
}

async function measure(
  options: MonitorBenchOptions,
  root: string,
  cores: MonitorCores,
  command: string,
): Promise<MonitorResults> {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const folder = path.join(root, 'artifacts/bench/monitor');
  const runs: RegistryRun[] = [];
  const gaps: RegistryGap[] = [];
  for (const registry of options.registries) {
    const reason = registry.whyNotMeasured();
    if (reason === null) runs.push(await measureRegistry(registry, { options, root, folder, cores }));
    else gaps.push({ registry: registry.name, reason });
  }
  const { connections, rounds, seconds, attempts } = options;
  const measured = { connections, rounds, seconds, attempts, runs, gaps };
  const minutes = (performance.now() - startedAt) / 60_000;
  return { at, commit: readCommit(root), command, machine: describeMachine(), cores, minutes, ...measured };
}

function writePage(folder: string, results: MonitorResults): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'monitor.json'), `${JSON.stringify(results)}\n`);
  writeFileSync(path.join(folder, 'monitor.md'), composeMonitorPage(results));
  console.log('\nwritten to docs/scaling/monitor.md');
}
