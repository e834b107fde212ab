/** `npm run bench:networks`: what is heard over bad networks, in a real browser. */
import path from 'node:path';
import { readCommit } from '../commit.js';
import { describeMachine } from '../machine.js';
import { OptionError } from '../option-values.js';
import { linesOfTargets } from '../report/target.js';
import { formatMachine } from '../report.js';
import { NetemStage } from './netem-stage.js';
import { figureLines, networksTargets, writeNetworksReport } from './networks-report.js';
import { type NetworksBenchOptions, parseNetworksOptions, USAGE } from './options.js';
import { RelayedStage } from './relayed-stage.js';
import type { NetworksResults } from './results.js';
import { runNetworks } from './run-networks.js';

const MS_PER_MINUTE = 60_000;

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when all was measured
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseNetworksOptions(args);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    const command = ['npm run bench:networks', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const results = await measure(options, root, command);
    console.log(`\n${formatMachine(results.machine)}\n\n${figureLines(results).join('\n')}`);
    console.log(linesOfTargets(networksTargets(results)));
    if (options.isFull) console.log(`\nwritten to ${writeNetworksReport(path.join(root, 'docs'), results)}`);
    return results.gaps.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`npm run bench:networks: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof OptionError) console.error('See npm run bench:networks -- --help');
    return 1;
  }
}

async function measure(
  options: NetworksBenchOptions,
  root: string,
  command: string,
): Promise<NetworksResults> {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const stage = await (options.netem ? NetemStage.set() : RelayedStage.set());
  try {
    const browser = await stage.browser.version();
    const measured = await runNetworks(stage, options, (line) => console.log(line));
    const minutes = (performance.now() - startedAt) / MS_PER_MINUTE;
    const { rounds, seconds, warmUpSeconds, seed, atOnce } = options;
    const how = { rounds, seconds, warmUpSeconds, seed, atOnce, impairment: stage.impairment };
    return {
      at,
      commit: readCommit(root),
      command,
      browser,
      machine: describeMachine(),
      minutes,
      ...how,
      ...measured,
    };
  } finally {
    await stage.close();
  }
}
