/** Runs tests by their titles, and tells what became of each. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** How long one run may take, ms: a defence whose test hangs without it is not proven by that. */
const RUN_TIMEOUT = 240_000;
/** What stands in vitest's report in place of a time-out's message. */
const TIMED_OUT = 'Error: STACK_TRACE_ERROR';
/** What of a message goes into a table, in characters. */
const MAX_MESSAGE_LENGTH = 120;

export interface TestOutcome {
  /** Of its describe blocks and its own title. */
  readonly fullName: string;
  readonly status: string;
  /** First line of what it failed with; empty when it did not. */
  readonly message: string;
  /** What it has measured, if it tells. */
  readonly figure: string | null;
}

/** The part of vitest's JSON report that is read. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
      readonly meta?: { readonly figure?: unknown };
    }[];
  }[];
}

/**
 * @param tree the repository, or a copy of it
 * @param vitest path of its program
 * @param file of tests, from the tree's root
 * @param names titles of the tests to run, or parts of them
 * @returns outcomes of the tests that were found under these names; null when the run made no report, as when it hung
 */
export async function runTests(
  tree: string,
  vitest: string,
  file: string,
  names: readonly string[],
): Promise<readonly TestOutcome[] | null> {
  const report = path.join(tree, 'defences-report.json');
  rmSync(report, { force: true });
  const pattern = names.map(patternOf).join('|');
  const args = [vitest, 'run', file, '-t', pattern, '--reporter=json', `--outputFile=${report}`];
  await finished(process.execPath, args, tree);
  if (!existsSync(report)) return null;
  const { testResults }: Report = JSON.parse(readFileSync(report, 'utf8'));
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => names.some((name) => isNamed(fullName, name)))
    .map(({ fullName, status, failureMessages, meta }) => ({
      fullName,
      status,
      message: firstLine((failureMessages?.[0] ?? '').replaceAll(`${tree}/`, '')),
      figure: typeof meta?.figure === 'string' ? meta.figure : null,
    }));
}

/** @returns whether a test's full name has this title in it */
export function isNamed(fullName: string, name: string): boolean {
  return new RegExp(patternOf(name)).test(fullName);
}

/** A title in which vitest puts values, as "%s is refused", stands for those with any values. */
function patternOf(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/%[sdifjo]/g, '.*');
}

/** Ends the program and all that it started when it takes too long. */
function finished(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, { cwd, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, RUN_TIMEOUT);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      fulfil();
    });
  });
}

/** As it can stand in a code span in a table. */
function firstLine(message: string): string {
  if (message.startsWith(TIMED_OUT)) return 'the test does not end in time';
  const line = (stripVTControlCharacters(message).split('\n', 1)[0] ?? '')
    .replace(/^AssertionError: /, '')
    .replace(/ \/\/ Object\.is equality$/, '')
    .replaceAll('`', "'")
    .trim();
  return line.length <= MAX_MESSAGE_LENGTH ? line : `${line.slice(0, MAX_MESSAGE_LENGTH)}…`;
}
