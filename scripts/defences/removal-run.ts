/** Removes defences one after the other, and tells of each whether its test stands for it. */
import type { CopiedTree } from './copied-tree.js';
import { type Defence, needsBuild } from './defence.js';
import { isNamed, runTests, type TestOutcome } from './named-tests.js';
import type { Sighting } from './sightings.js';

export interface Finding {
  readonly row: Defence;
  /** Null when the defence is not proven. */
  readonly sighting: Sighting | null;
  /** What the test said without the defence, or why that proves nothing. */
  readonly problem: string;
}

export class RemovalRun {
  readonly #tree: CopiedTree;
  readonly #vitest: string;

  /** @param vitest path of its program */
  constructor(tree: CopiedTree, vitest: string) {
    this.#tree = tree;
    this.#vitest = vitest;
  }

  /**
   * Runs the tests once untouched, for all rows; then once without each defence.
   * @param rows of one file of tests
   */
  async *of(rows: readonly Defence[]): AsyncGenerator<Finding> {
    const [first] = rows;
    if (first === undefined) return;
    const names = rows.map(({ name }) => name);
    const untouched = await runTests(this.#tree.path, this.#vitest, first.test, names);
    for (const row of rows) yield await this.#finding(row, outcomesOf(row, untouched));
  }

  async #finding(row: Defence, untouched: readonly TestOutcome[]): Promise<Finding> {
    if (untouched.length === 0) return unproven(row, 'no such test was run');
    const broken = untouched.find(({ status }) => status !== 'passed');
    if (broken !== undefined) return unproven(row, `${broken.status} untouched: ${broken.message}`);
    try {
      const outcomes = await this.#tree.without(row.removal, needsBuild(row), async () =>
        outcomesOf(row, await runTests(this.#tree.path, this.#vitest, row.test, [row.name])),
      );
      return judge(row, untouched, outcomes);
    } catch (error) {
      return unproven(row, error instanceof Error ? error.message : String(error));
    }
  }
}

function judge(row: Defence, untouched: readonly TestOutcome[], without: readonly TestOutcome[]): Finding {
  if (without.length === 0)
    return unproven(row, 'without the defence the test does not load, or does not end');
  const failed = without.find(({ status }) => status === 'failed');
  if (failed === undefined) return unproven(row, 'the test passes without the defence');
  const seen = new Date().toISOString().slice(0, 10);
  const figure = untouched.find((outcome) => outcome.figure !== null)?.figure ?? null;
  const sighting = { seen, without: failed.message, ...(figure === null ? {} : { figure }) };
  return { row, sighting, problem: failed.message };
}

function unproven(row: Defence, problem: string): Finding {
  return { row, sighting: null, problem };
}

function outcomesOf(row: Defence, outcomes: readonly TestOutcome[] | null): readonly TestOutcome[] {
  return (outcomes ?? []).filter(({ fullName }) => isNamed(fullName, row.name));
}
