/** The command line of the benchmark of floods. */
import { OptionError, positiveIntegerOf, ROUND_OPTIONS, valuesOf } from '../option-values.js';
import { FLOODS, type Flood } from './floods.js';
import { MEMORY_FLOODS } from './memory/all-floods.js';
import type { MemoryFlood } from './memory/memory-flood.js';

export interface FloodsBenchOptions {
  /** Whether the page is written. */
  readonly isWritten: boolean;
  /** Whose packets' cost is measured; none for that part of the page to be left out. */
  readonly floods: readonly Flood[];
  /** Whose memory is measured. */
  readonly memoryFloods: readonly MemoryFlood[];
  readonly rounds: number;
  /** Of each measurement of cost. */
  readonly seconds: number;
  /** Of each half of a flood whose memory is measured. */
  readonly half: number;
}

export const USAGE = `Usage: npm run bench:floods -- [OPTIONS]

Without options: everything, in some twelve minutes; writes docs/floods.md and docs/floods.json. With any option the figures
are only printed, unless --write is one of them.

  --quick        one short round, and short floods
  --write        write the page all the same; it names the options
  --part PART    "cost" for what packets cost, "memory" for what memory floods take; what the page has of the other stays
  --only TEXT    floods whose name contains this
  --rounds R     how often the cost of each flood is measured (3)
  --seconds S    length of each measurement of cost (2)
  --half S       length of each half of a flood whose memory is measured (3)
`;

const FULL = { rounds: 3, seconds: 2, half: 3 };
const QUICK = { rounds: 1, seconds: 1, half: 2 };
const PARTS = ['cost', 'memory'] as const;

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseFloodsOptions(args: readonly string[]): FloodsBenchOptions | null {
  const values = valuesOf(args, { ...ROUND_OPTIONS, part: { type: 'string' }, half: { type: 'string' } });
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  const part = PARTS.find((name) => name === values.part);
  if (values.part !== undefined && part === undefined)
    throw new OptionError(`--part ${values.part}: expected "cost" or "memory"`);
  const chosen = <Named extends { readonly name: string }>(
    of: (typeof PARTS)[number],
    all: readonly Named[],
  ) => ((part ?? of) === of ? all.filter(({ name }) => name.includes(values.only ?? '')) : []);
  const [floods, memoryFloods] = [chosen('cost', FLOODS), chosen('memory', MEMORY_FLOODS)];
  if (floods.length + memoryFloods.length === 0) {
    const names = [...FLOODS, ...MEMORY_FLOODS].map(({ name }) => name).join('; ');
    throw new OptionError(`--only ${values.only}: no flood is called so; there are: ${names}`);
  }
  return {
    isWritten: args.length === 0 || values.write === true,
    floods,
    memoryFloods,
    rounds: positiveIntegerOf('rounds', values.rounds, defaults.rounds),
    seconds: positiveIntegerOf('seconds', values.seconds, defaults.seconds),
    half: positiveIntegerOf('half', values.half, defaults.half),
  };
}
