/** The benchmark's command line, and what it stands for. */
import { integerOf, numberOf, OptionError, valuesOf } from './option-values.js';
import { customScenarios, FULL_SCENARIOS, QUICK_SCENARIOS, type Scenario } from './scenarios.js';

/** What can be measured, in the order in which it is. */
export const MEASURES = [
  'cost',
  'capacity',
  'latency',
  'joins',
  'memory',
  'workers',
  'kernel',
  'send',
] as const;
export type MeasureName = (typeof MEASURES)[number];

export interface BenchOptions {
  /** Whether everything is measured at full length: only then the report goes to docs/performance. */
  readonly isFull: boolean;
  readonly measures: readonly MeasureName[];
  /** Names of SFUs, in the order of the first round. */
  readonly sfus: readonly string[];
  readonly rounds: number;
  readonly scenarios: readonly Scenario[];
  /** Of each measurement of cost. */
  readonly seconds: number;
  /** Between the last participant's joining and the measurement: V8 compiles, buffers grow. */
  readonly warmUpSeconds: number;
  readonly sampleShare: number;
  readonly pollSeconds: number;
  readonly seed: number;
  /** An engine that runs already, or null: then the benchmark starts SFUs itself. */
  readonly target: { readonly url: string; readonly pid: number | null } | null;
  /** Whether the engine writes CPU profiles. */
  readonly profile: boolean;
}

export const USAGE = `Usage: npm run bench -- [OPTIONS]

Without options: everything, against all SFUs that are there; takes about 25 minutes and writes docs/performance.
With any other option the report goes to artifacts/bench.

  --quick                two minutes: cost of an idle engine and of rooms of 10, 20 and 50, once; kernel and sending
  --only MEASURE,...     cost, capacity, latency, joins, memory, workers, kernel, send
  --sfu NAME,...         kraken-ts, mediasoup, janus
  --rounds R             how often the cost of each is measured, by turns (3)

Cost of certain rooms, of kraken-ts unless --sfu says otherwise:
  --participants N,...   one room of N in which everybody speaks, for each N
  --rooms M              M rooms of that size in place of one
  --listeners L          L more in each room who only listen
  --idle                 the engine without participants
  --seconds S            length of each measurement (4; quick 5; certain rooms 10)
  --warm-up S            between joining and measuring (5)
  --sample SHARE         share of received packets to decrypt and verify (0.01)
  --poll S               seconds between a participant's subscribe calls, 0 for none (3)
  --seed N               of the moments at which participants speak (1)
  --url URL              measure the engine that runs there; with --pid N also its CPU time
  --profile              let the engine write CPU profiles to artifacts/bench
`;

export const KRAKEN_NAME = 'kraken-ts';
const ALL_SFUS = [KRAKEN_NAME, 'mediasoup', 'janus'];

interface Defaults {
  readonly measures: readonly MeasureName[];
  readonly sfus: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** In small rooms V8 takes seconds to compile what runs per packet: until then a packet costs twice as much. */
const WARM_UP_SECONDS = 5;
const FULL: Defaults = {
  measures: MEASURES,
  sfus: ALL_SFUS,
  rounds: 3,
  seconds: 4,
  warmUpSeconds: WARM_UP_SECONDS,
};
const QUICK: Defaults = {
  measures: ['cost', 'kernel', 'send'],
  sfus: [KRAKEN_NAME],
  rounds: 1,
  seconds: 5,
  warmUpSeconds: WARM_UP_SECONDS,
};
const CUSTOM: Defaults = {
  measures: ['cost'],
  sfus: [KRAKEN_NAME],
  rounds: 1,
  seconds: 10,
  warmUpSeconds: WARM_UP_SECONDS,
};

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const values = parseValues(args);
  if (values.help === true) return null;
  const pid = values.pid === undefined ? null : integerOf('pid', values.pid, 1);
  if (pid !== null && values.url === undefined) throw new OptionError('--pid needs --url');
  const custom = customRooms(values);
  const isQuick = values.quick === true;
  const defaults = custom !== null ? CUSTOM : isQuick ? QUICK : FULL;
  return {
    isFull: args.length === 0,
    measures: namesOf('only', values.only, MEASURES) ?? defaults.measures,
    sfus: namesOf('sfu', values.sfu, ALL_SFUS) ?? defaults.sfus,
    rounds: integerOf('rounds', values.rounds ?? String(defaults.rounds), 1),
    scenarios: custom ?? (isQuick ? QUICK_SCENARIOS : FULL_SCENARIOS),
    seconds: numberOf('seconds', values.seconds ?? String(defaults.seconds), 0.1),
    warmUpSeconds: numberOf('warm-up', values['warm-up'] ?? String(defaults.warmUpSeconds), 0),
    sampleShare: Math.min(1, numberOf('sample', values.sample ?? '0.01', 0)),
    pollSeconds: numberOf('poll', values.poll ?? '3', 0),
    seed: integerOf('seed', values.seed ?? '1', 0),
    target: values.url === undefined ? null : { url: values.url, pid },
    profile: values.profile === true,
  };
}

function parseValues(args: readonly string[]) {
  return valuesOf(args, {
    help: { type: 'boolean', short: 'h' },
    quick: { type: 'boolean' },
    only: { type: 'string' },
    sfu: { type: 'string' },
    rounds: { type: 'string' },
    participants: { type: 'string' },
    rooms: { type: 'string' },
    listeners: { type: 'string' },
    idle: { type: 'boolean' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    sample: { type: 'string' },
    poll: { type: 'string' },
    seed: { type: 'string' },
    url: { type: 'string' },
    pid: { type: 'string' },
    profile: { type: 'boolean' },
  });
}

/** @returns null where no rooms are named */
function customRooms(values: ReturnType<typeof parseValues>): Scenario[] | null {
  const { participants, rooms, listeners, idle, url } = values;
  const isCustom = [participants, rooms, listeners, url].some((value) => value !== undefined);
  if (!isCustom && idle !== true) return null;
  if (!isCustom) return customScenarios({ isIdle: true, sizes: [], rooms: 1, listeners: 0 });
  const sizes = participants?.split(',').map((size) => integerOf('participants', size, 1));
  const isRoomGiven = rooms !== undefined || listeners !== undefined;
  return customScenarios({
    isIdle: idle === true,
    sizes: sizes ?? (idle === true && !isRoomGiven ? [] : [10]),
    rooms: integerOf('rooms', rooms ?? '1', 1),
    listeners: integerOf('listeners', listeners ?? '0', 0),
  });
}

function namesOf<Name extends string>(
  option: string,
  value: string | undefined,
  known: readonly Name[],
): Name[] | null {
  if (value === undefined) return null;
  return value.split(',').map((given) => {
    const name = known.find((candidate) => candidate === given);
    if (name === undefined) throw new OptionError(`--${option} ${given}: there are ${known.join(', ')}`);
    return name;
  });
}
