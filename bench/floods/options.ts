/** The command line of the benchmark of floods. */
import { chosenOf, positiveIntegerOf, ROUND_OPTIONS, valuesOf } from '../option-values.js';
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
  const values = valuesOf(args, ROUND_OPTIONS);
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  return {
    isWritten: args.length === 0 || values.write === true,
    floods: chosenOf('flood', FLOODS, ({ name }) => name, values.only),
    rounds: positiveIntegerOf('rounds', values.rounds, defaults.rounds),
    seconds: positiveIntegerOf('seconds', values.seconds, defaults.seconds),
  };
}
