/** The command line of the benchmark of large rooms. */
import { parseArgs } from 'node:util';
import { integerOf, OptionError } from '../options.js';
import { nameOf, ROWS, type Row } from './rows.js';

export interface RoomsBenchOptions {
  /** Whether all is measured at full length: only then it goes to docs/scaling. */
  readonly isFull: boolean;
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
}

export const USAGE = `Usage: npm run bench:rooms -- [OPTIONS]

Without options: everything, in some twenty minutes; writes docs/scaling/rooms.md. With any option the figures are only
printed, unless --write is one of them.

  --quick        one short round
  --write        write the page all the same; it names the options
  --only TEXT    rooms whose name contains this
  --rounds R     how often each room is measured (3)
  --seconds S    length of each measurement (6)
`;

const FULL = { rounds: 3, seconds: 6 };
const QUICK = { rounds: 1, seconds: 3 };

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseRoomsOptions(args: readonly string[]): RoomsBenchOptions | null {
  const values = parseValues(args);
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  const rows = ROWS.filter((row) => nameOf(row).includes(values.only ?? ''));
  if (rows.length === 0) throw new OptionError(`--only ${values.only}: no room is called so`);
  return {
    isFull: args.length === 0 || values.write === true,
    rows,
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
