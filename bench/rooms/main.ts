/** `npm run bench:rooms`: what large rooms cost, with the loudest forwarded and with all. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCommit } from '../commit.js';
import { chooseCores, describeMachine, MachineError, pinThisProcess } from '../machine.js';
import { OptionError } from '../option-values.js';
import { formatMachine } from '../report.js';
import type { RunOptions } from '../run-scenario.js';
import { faultsOf } from './figures.js';
import { measureRow, type RowSample } from './measure-row.js';
import { parseRoomsOptions, type RoomsBenchOptions, USAGE } from './options.js';
import { composeRoomsPage, type RoomsResults, roomsPlot, roomsTable } from './rooms-report.js';
import { nameOf, type Row } from './rows.js';

const SAMPLE_SHARE = 0.01;
const POLL_SECONDS = 3;
const WARM_UP_SECONDS = 5;

/**
 * @param args behind the program's name
 * @param root the repository
 * @returns the exit code: 0 when all was measured and every packet was right
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseRoomsOptions(args);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    // Only by an orderly exit are the processes ended that this one has started.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    const command = ['npm run bench:rooms', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const results = await measure(options, root, command);
    console.log(`\n${formatMachine(results.machine)}\n\n${roomsTable(results).join('\n')}`);
    for (const gap of results.gaps) console.log(`NOT MEASURED: ${gap}`);
    if (options.isFull) writePage(path.join(root, 'docs/scaling'), results);
    const faults = faultsOf(results.samples);
    for (const fault of faults) console.log(`FAULT: ${fault}`);
    return faults.length === 0 && results.gaps.length === 0 ? 0 : 1;
  } catch (error) {
    const expected = error instanceof OptionError || error instanceof MachineError;
    console.error(`npm run bench:rooms: ${error instanceof Error ? error.message : String(error)}`);
    if (expected) console.error('See npm run bench:rooms -- --help');
    return 1;
  }
}

async function measure(options: RoomsBenchOptions, root: string, command: string): Promise<RoomsResults> {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const { rows, rounds, seconds } = options;
  const cores = chooseCores();
  pinThisProcess(cores.generator);
  const run: RunOptions = {
    root,
    folder: path.join(root, 'artifacts/bench/rooms'),
    cores,
    seconds,
    sampleShare: SAMPLE_SHARE,
    pollSeconds: POLL_SECONDS,
    seed: 1,
    warmUpSeconds: WARM_UP_SECONDS,
  };
  const samples: RowSample[] = [];
  const gaps: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) await measureOne(row, round, run, samples, gaps);
  }
  const minutes = (performance.now() - startedAt) / 60_000;
  const machine = describeMachine();
  return { at, commit: readCommit(root), command, minutes, machine, rounds, seconds, samples, gaps };
}

/** What fails is a gap in the page, so that one room's failure costs no other's figures. */
async function measureOne(
  row: Row,
  round: number,
  run: RunOptions,
  samples: RowSample[],
  gaps: string[],
): Promise<void> {
  const what = `${nameOf(row)}, ${row.loudest === 0 ? 'all' : `loudest ${row.loudest}`}`;
  try {
    const sample = await measureRow(row, round, run);
    samples.push(sample);
    const { load, packetsOutPerSecond, loss } = sample;
    console.log(
      `round ${round + 1}: ${what}: ${(100 * load).toFixed(1)}% of a core, ${packetsOutPerSecond.toFixed(0)} packets/s out, ${(100 * loss).toFixed(3)}% lost`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    gaps.push(`${what}, round ${round + 1}: ${reason}`);
    console.log(`round ${round + 1}: ${what}: failed: ${reason}`);
  }
}

function writePage(folder: string, results: RoomsResults): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'rooms.json'), `${JSON.stringify(results)}\n`);
  writeFileSync(path.join(folder, 'rooms.svg'), roomsPlot(results));
  writeFileSync(path.join(folder, 'rooms.md'), composeRoomsPage(results));
  console.log('\nwritten to docs/scaling/rooms.md');
}
