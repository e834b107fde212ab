/** The benchmark's command line, and the scenarios that it stands for. */
import { parseArgs } from 'node:util';
import type { RoomShape } from './generator/messages.js';

export interface Scenario {
  /** What the report calls it. */
  readonly name: string;
  /** None for an engine without participants. */
  readonly rooms: readonly RoomShape[];
}

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  /** Of each measurement. */
  readonly seconds: number;
  /** Between the last participant's joining and the measurement: V8 compiles, buffers grow. */
  readonly warmUpSeconds: number;
  readonly sampleShare: number;
  readonly pollSeconds: number;
  readonly seed: number;
  /** An engine that runs already, or null: then the benchmark starts one for each scenario. */
  readonly target: { readonly url: string; readonly pid: number | null } | null;
  /** Whether the engine writes CPU profiles. */
  readonly profile: boolean;
}

export const USAGE = `Usage: npm run bench -- [OPTIONS]

Without options: an engine without participants, rooms of 10, 20, 30 and 50, ten rooms of 10, and a room of
10 speakers with 40 listeners.

  --quick                only without participants and rooms of 10 and 20, for 5 s each
  --participants N,...   one room of N in which everybody speaks, for each N
  --rooms M              M rooms of that size in place of one
  --listeners L          L more in each room who only listen
  --idle                 the engine without participants
  --seconds S            length of each measurement (10)
  --warm-up S            between joining and measuring (3)
  --sample SHARE         share of received packets to decrypt and verify (0.01)
  --poll S               seconds between a participant's subscribe calls, 0 for none (3)
  --seed N               of the moments at which participants speak (1)
  --url URL              measure the engine that runs there; with --pid N also its CPU time
  --profile              let the engine write CPU profiles to artifacts/bench
`;

const DEFAULT_SECONDS = 10;
const QUICK_SECONDS = 5;
const IDLE: Scenario = { name: 'idle', rooms: [] };

/** The command line is wrong; the message says how, in one line. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const values = parseValues(args);
  if (values.help === true) return null;
  const quick = values.quick === true;
  const pid = values.pid === undefined ? null : integerOf('pid', values.pid, 1);
  if (pid !== null && values.url === undefined) throw new OptionError('--pid needs --url');
  return {
    scenarios: scenariosOf(values),
    seconds: numberOf('seconds', values.seconds ?? String(quick ? QUICK_SECONDS : DEFAULT_SECONDS), 0.1),
    warmUpSeconds: numberOf('warm-up', values['warm-up'] ?? '3', 0),
    sampleShare: Math.min(1, numberOf('sample', values.sample ?? '0.01', 0)),
    pollSeconds: numberOf('poll', values.poll ?? '3', 0),
    seed: integerOf('seed', values.seed ?? '1', 0),
    target: values.url === undefined ? null : { url: values.url, pid },
    profile: values.profile === true,
  };
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
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
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function scenariosOf(values: ReturnType<typeof parseValues>): Scenario[] {
  const rooms = integerOf('rooms', values.rooms ?? '1', 1);
  const listeners = integerOf('listeners', values.listeners ?? '0', 0);
  const idle = values.idle === true ? [IDLE] : [];
  if (values.participants !== undefined) {
    const sizes = values.participants.split(',').map((size) => integerOf('participants', size, 1));
    return [...idle, ...sizes.map((publishers) => scenarioOf(rooms, { publishers, listeners }))];
  }
  if (values.rooms !== undefined || values.listeners !== undefined) {
    return [...idle, scenarioOf(rooms, { publishers: 10, listeners })];
  }
  if (values.idle === true) return idle;
  const meshSizes = values.quick === true ? [10, 20] : [10, 20, 30, 50];
  const meshes = meshSizes.map((publishers) => scenarioOf(1, { publishers, listeners: 0 }));
  if (values.quick === true) return [IDLE, ...meshes];
  const rest = [
    scenarioOf(10, { publishers: 10, listeners: 0 }),
    scenarioOf(1, { publishers: 10, listeners: 40 }),
  ];
  return [IDLE, ...meshes, ...rest];
}

function scenarioOf(rooms: number, shape: RoomShape): Scenario {
  const size =
    shape.listeners === 0 ? `${shape.publishers}` : `${shape.publishers} + ${shape.listeners} listeners`;
  const name = rooms === 1 ? `room of ${size}` : `${rooms} rooms of ${size}`;
  return { name, rooms: Array.from({ length: rooms }, () => shape) };
}

function integerOf(name: string, value: string, minimum: number): number {
  const number = numberOf(name, value, minimum);
  if (!Number.isInteger(number)) throw new OptionError(`--${name} ${value}: expected an integer`);
  return number;
}

function numberOf(name: string, value: string, minimum: number): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= minimum) || !Number.isFinite(number)) {
    throw new OptionError(`--${name} ${value}: expected a number from ${minimum} on`);
  }
  return number;
}
