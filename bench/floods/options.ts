/** The command line of the benchmark of floods. */
import { parseArgs } from 'node:util';
import { integerOf, OptionError } from '../options.js';
import { FLOODS, type Flood } from './floods.js';

export interface FloodsBenchOptions {
  /** Whether the page is written. */
  readonly isWritten: boolean;
  readonly floods: readonly Flood[];
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
}

export const USAGE = `Usage: npm run bench:floods -- [OPTIONS]

Without options: everything, in some two minutes; writes docs/floods.md. With any option the figures are only printed, unless
--write is one of them.

  --quick        one short round
  --write        write the page all the same; it names the options
  --only TEXT    floods whose name contains this
  --rounds R     how often each flood is measured (3)
  --seconds S    length of each measurement (2)
`;

const FULL = { rounds: 3, seconds: 2 };
const QUICK = { rounds: 1, seconds: 1 };

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseFloodsOptions(args: readonly string[]): FloodsBenchOptions | null {
  const values = parseValues(args);
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  const floods = FLOODS.filter(({ name }) => name.includes(values.only ?? ''));
  if (floods.length === 0) throw new OptionError(`--only ${values.only}: no flood is called so`);
  return {
    isWritten: args.length === 0 || values.write === true,
    floods,
    rounds: integerOf('rounds', values.rounds ?? String(defaults.rounds), 1),
    seconds: integerOf('seconds', values.seconds ?? String(defaults.seconds), 1),
  };
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
        write: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}
