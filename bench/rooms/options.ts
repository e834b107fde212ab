/** The command line of the benchmark of large rooms. */
import { chosenOf, positiveIntegerOf, ROUND_OPTIONS, valuesOf } from '../option-values.js';
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
  const values = valuesOf(args, ROUND_OPTIONS);
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  return {
    isFull: args.length === 0 || values.write === true,
    rows: chosenOf('room', ROWS, nameOf, values.only),
    rounds: positiveIntegerOf('rounds', values.rounds, defaults.rounds),
    seconds: positiveIntegerOf('seconds', values.seconds, defaults.seconds),
  };
}
