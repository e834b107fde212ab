/** The command line of `npm run defences`. */
import { positiveIntegerOf, valuesOf } from '../../bench/option-values.js';

export interface DefencesOptions {
  /** Rows whose area, promise, test or file contains this; empty for all. */
  readonly only: string;
  /** Whether what is seen goes to the documents. */
  readonly write: boolean;
  /** How many copies of the tree are worked in at the same time. */
  readonly jobs: number;
  /** Whether nothing is removed, and the tables are only written from what was seen before. */
  readonly tables: boolean;
}

export const USAGE = `Usage: npm run defences -- [OPTIONS]

Copies the tree, removes each defence of scripts/defences/rows in turn, and runs its test: untouched it has to pass, and
without the defence to fail. Without options: all of them, printed only.

  --only TEXT   rows whose area, promise, test, title or file contains this
  --write       write what was seen into SECURITY.md, docs/reliability.md and docs/defences
  --jobs N      remove so many at the same time, each in a copy of its own (1)
  --tables      remove nothing; write the tables as the rows and what was seen before have them
`;

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseDefencesOptions(args: readonly string[]): DefencesOptions | null {
  const values = valuesOf(args, {
    help: { type: 'boolean' },
    only: { type: 'string' },
    write: { type: 'boolean' },
    jobs: { type: 'string' },
    tables: { type: 'boolean' },
  });
  if (values.help === true) return null;
  return {
    only: values.only ?? '',
    write: values.write === true,
    jobs: positiveIntegerOf('jobs', values.jobs, 1),
    tables: values.tables === true,
  };
}
