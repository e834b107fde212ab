/** The command line of the benchmark of bad networks. */
import {
  chosenOf,
  OptionError,
  positiveIntegerOf,
  positiveOf,
  ROUND_OPTIONS,
  valuesOf,
} from '../option-values.js';
import { BAD_NETWORKS, type BadNetwork } from './conditions.js';
import { VARIANTS, type Variant } from './variants.js';

export interface NetworksBenchOptions {
  /** Whether all is measured at full length: only then it goes to docs. */
  readonly isFull: boolean;
  readonly networks: readonly BadNetwork[];
  readonly variants: readonly Variant[];
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** In which jitter buffers and estimators get to know the network. */
  readonly warmUpSeconds: number;
  /** Networks that are measured at once, each with all variants. */
  readonly atOnce: number;
  readonly seed: number;
  /** Whether the kernel makes networks bad. */
  readonly netem: boolean;
}

export const USAGE = `Usage: npm run bench:networks -- [OPTIONS]

One who talks and one who listens in Chromium, each behind the same bad network, for each network that there is: what the
listener's decoder has to make up, with and without the engine's recovery.

Without options: everything, in some 12 minutes; writes docs/bad-networks.md and docs/bad-networks.
With any option the figures are only printed, unless --write is one of them.

  --quick             one short round
  --write             write the page all the same; it names the options
  --only TEXT         networks whose name contains this: ${BAD_NETWORKS.map(({ name }) => name).join('; ')}
  --variant TEXT,...  variants whose name is this: ${VARIANTS.map(({ name }) => `"${name}"`).join(', ')}
  --rounds R          how often each is measured (3)
  --seconds S         length of each measurement (20)
  --warm-up S         before it (10)
  --at-once N         networks that are measured at once (2)
  --seed N            of what happens to packets (1)
  --netem             the kernel's netem in a network namespace in place of a relay; needs root, and a kernel that has it
`;

const FULL = { rounds: 3, seconds: 20, warmUpSeconds: 10 };
const QUICK = { rounds: 1, seconds: 10, warmUpSeconds: 6 };
const AT_ONCE = 2;

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseNetworksOptions(args: readonly string[]): NetworksBenchOptions | null {
  const values = parseValues(args);
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  return {
    isFull: args.length === 0 || values.write === true,
    networks: chosenOf('network', BAD_NETWORKS, ({ name }) => name, values.only),
    variants: variantsOf(values.variant),
    rounds: positiveIntegerOf('rounds', values.rounds, defaults.rounds),
    seconds: positiveOf('seconds', values.seconds, defaults.seconds),
    warmUpSeconds: positiveOf('warm-up', values['warm-up'], defaults.warmUpSeconds),
    atOnce: values.netem === true ? 1 : positiveIntegerOf('at-once', values['at-once'], AT_ONCE),
    seed: positiveIntegerOf('seed', values.seed, 1),
    netem: values.netem === true,
  };
}

function parseValues(args: readonly string[]) {
  return valuesOf(args, {
    ...ROUND_OPTIONS,
    variant: { type: 'string' },
    'warm-up': { type: 'string' },
    'at-once': { type: 'string' },
    seed: { type: 'string' },
    netem: { type: 'boolean' },
  });
}

function variantsOf(names: string | undefined): readonly Variant[] {
  if (names === undefined) return VARIANTS;
  return names.split(',').map((name) => {
    const variant = VARIANTS.find((candidate) => candidate.name === name);
    if (variant !== undefined) return variant;
    throw new OptionError(`--variant ${name}: there are ${VARIANTS.map((one) => one.name).join('; ')}`);
  });
}
