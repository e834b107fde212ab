/** A session: the targets one behind the other, or several at a time, each in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { CrashReport, DoneReport, ExploreOptions, ExploreReport } from './explore/explore-options.js';
import { writeCrash } from './explore/fixtures.js';
import { readJournal } from './explore/journal.js';

/** Milliseconds that one trial may take, on a machine that does something else as well. */
const TRIAL_LIMIT = 30_000;
const WATCH_INTERVAL = 500;
/** Megabytes of JavaScript heap: a trial that needs more counts as a crash. */
const HEAP_LIMIT = 1_024;

export interface SessionOptions {
  readonly root: string;
  /** What bundleFuzzer() has made. */
  readonly program: string;
  readonly targets: readonly string[];
  /** For all targets together. */
  readonly milliseconds: number;
  /** Targets at a time. */
  readonly jobs: number;
  readonly seed: number;
  readonly keeps: boolean;
  /** How many of the known inputs of each target are tried at most; all when left out, as they have to where the corpus is kept. */
  readonly maxKnown?: number;
  /** Milliseconds that one trial may take; thirty seconds when left out. */
  readonly trialLimit?: number;
}

export interface TargetResult {
  readonly target: string;
  readonly crashes: readonly CrashReport[];
  /** Null when the process did not come to its end. */
  readonly done: DoneReport | null;
}

/** @param onResult called for each target when it is done */
export async function fuzz(
  options: SessionOptions,
  onResult: (result: TargetResult) => void,
): Promise<TargetResult[]> {
  const { targets, jobs, milliseconds } = options;
  const waiting = [...targets];
  const results: TargetResult[] = [];
  const each = (milliseconds * jobs) / targets.length;
  const work = async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const result = await fuzzTarget(options, target, each);
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

async function fuzzTarget(
  options: SessionOptions,
  target: string,
  milliseconds: number,
): Promise<TargetResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kraken-fuzz-'));
  const journal = path.join(folder, 'journal');
  const { root, seed, keeps, program, maxKnown = Number.MAX_SAFE_INTEGER } = options;
  const explore: ExploreOptions = { root, target, milliseconds, maxKnown, seed, journal, keeps };
  try {
    return await runProcess(program, explore, options.trialLimit ?? TRIAL_LIMIT);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What ended the process is in the journal, when it was not the process itself. */
async function runProcess(
  program: string,
  options: ExploreOptions,
  trialLimit: number,
): Promise<TargetResult> {
  const { target, journal } = options;
  const crashes: CrashReport[] = [];
  let done: DoneReport | null = null;
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_LIMIT}`, program, JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  createInterface(child.stdout).on('line', (line) => {
    const report: ExploreReport = JSON.parse(line);
    if (report.type === 'done') done = report;
    else crashes.push(report);
  });
  let hangs = false;
  const watch = watchTrials(journal, trialLimit, () => {
    hangs = true;
    child.kill('SIGKILL');
  });
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  clearInterval(watch);
  if (done === null)
    crashes.push(lastTrial(options, hangs ? `no end within ${trialLimit} ms` : `process died: ${end}`));
  return { target, crashes, done };
}

function watchTrials(journal: string, trialLimit: number, onHang: () => void): NodeJS.Timeout {
  let trial = -1;
  let since = performance.now();
  return setInterval(() => {
    const now = performance.now();
    const current = existsSync(journal) ? readJournal(journal).trial : 0;
    if (current !== trial) since = now;
    trial = current;
    // Before the first trial the target prepares itself.
    if (trial > 0 && now - since > trialLimit) onHang();
  }, WATCH_INTERVAL);
}

function lastTrial({ root, target, journal, keeps }: ExploreOptions, signature: string): CrashReport {
  const input = existsSync(journal) ? readJournal(journal).input : new Uint8Array(0);
  const file = keeps ? writeCrash(root, target, input) : null;
  return { type: 'crash', signature, detail: signature, file, input: Buffer.from(input).toString('hex') };
}
