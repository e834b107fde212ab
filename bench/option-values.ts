/** What the command lines of all benchmarks have in common. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Options of benchmarks that measure the same things by turns, in rounds; as parseArgs() takes them. */
export const ROUND_OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  quick: { type: 'boolean' },
  write: { type: 'boolean' },
  only: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
} as const;

/** The command line is wrong; the message says how, in one line. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * @param args behind the program's name
 * @param options as parseArgs() takes them
 * @throws OptionError for what is no option, or lacks its value
 */
export function valuesOf<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param what in the singular, what is chosen among
 * @param text of --only; those are chosen whose name contains it
 * @throws OptionError with all the names when there are none
 */
export function chosenOf<Named>(
  what: string,
  all: readonly Named[],
  nameOf: (one: Named) => string,
  text = '',
): readonly Named[] {
  const chosen = all.filter((one) => nameOf(one).includes(text));
  if (chosen.length > 0) return chosen;
  throw new OptionError(`--only ${text}: no ${what} is called so; there are: ${all.map(nameOf).join('; ')}`);
}

/** @throws OptionError */
export function integerOf(name: string, value: string, minimum: number): number {
  return integral(name, value, numberOf(name, value, minimum));
}

/** @throws OptionError */
export function numberOf(name: string, value: string, minimum: number): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= minimum) || !Number.isFinite(number)) {
    throw new OptionError(`--${name} ${value}: expected a number from ${minimum} on`);
  }
  return number;
}

/**
 * @param otherwise what an option that is not given stands for
 * @throws OptionError
 */
export function positiveIntegerOf(name: string, value: string | undefined, otherwise: number): number {
  return integral(name, value, positiveOf(name, value, otherwise));
}

/**
 * @param otherwise what an option that is not given stands for
 * @throws OptionError
 */
export function positiveOf(name: string, value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new OptionError(`--${name} ${value}: expected a number above 0`);
}

function integral(name: string, value: string | undefined, number: number): number {
  if (Number.isInteger(number)) return number;
  throw new OptionError(`--${name} ${value}: expected an integer`);
}
