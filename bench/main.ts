/** `npm run bench`: measures the engine, prints a report, writes it to artifacts/bench. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chooseCores, describeMachine, MachineError, pinThisProcess } from './machine.js';
import { OptionError, parseOptions, USAGE } from './options.js';
import { formatReport } from './report.js';
import { runScenario } from './run-scenario.js';
import type { ScenarioResult } from './scenario-result.js';
import { measureSendFloor } from './send-floor.js';

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when all was measured and every verified packet was right
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
    const sendFloor = measureSendFloor();
    const folder = path.join(root, 'artifacts/bench');
    const results: ScenarioResult[] = [];
    for (const scenario of options.scenarios) {
      console.log(`measuring: ${scenario.name}`);
      results.push(await runScenario(scenario, { ...options, root, folder, cores }));
    }
    const machine = describeMachine();
    console.log(`\n${formatReport(machine, sendFloor, results)}`);
    const resultsPath = path.join(folder, 'results.json');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      resultsPath,
      `${JSON.stringify({ at: new Date().toISOString(), machine, sendFloorMicroseconds: sendFloor, results }, null, 2)}\n`,
    );
    console.log(`\nwritten to ${path.relative(root, resultsPath)}`);
    return results.every(({ faults }) => faults.length === 0) ? 0 : 1;
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run bench: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run bench -- --help');
    return 1;
  }
}
