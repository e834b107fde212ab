/** Reads the options of `kraken load`. */
import { parseArgs } from 'node:util';
import { parseUrl } from '@kraken/edge/http/parse-url';

export interface LoadOptions {
  readonly type: 'load';
  readonly url: URL;
  readonly rooms: number;
  /** Of each room. */
  readonly participants: number;
  /** Of each room, among its participants. */
  readonly speakers: number;
  readonly seconds: number;
  readonly joinsPerSecond: number;
  /** Share of packets that may be lost, 0 to 1. */
  readonly maxLoss: number;
  /** Whether a server that is not this machine may be loaded. */
  readonly isAllowedElsewhere: boolean;
}

export const LOAD_USAGE = `Usage: kraken load URL [OPTIONS]

Lets synthetic participants join rooms of the engine or monitor at URL over real ICE, DTLS and SRTP, speak and hear, and leave.
  --rooms N              rooms (1)
  --participants N       in each room (10)
  --speakers N           of these, who speak all the time (3)
  --seconds S            how long, once all have joined (30)
  --join-rate R          participants that join per second (10)
  --max-loss PERCENT     of packets; more is a failure (1)
  --yes-load-this-server needed for servers that are not this machine

Where access tokens are demanded, $KRAKEN_TOKEN is one for all rooms and users: kraken token --administer.
Exit code 1: calls failed, or more was lost. Linux only.
`;

/** Above, one process can neither send nor hear in time. */
const MAX_PARTICIPANTS = 2_000;
const MAX_SECONDS = 86_400;
const MAX_JOIN_RATE = 1_000;
const DEFAULT_SPEAKERS = 3;
const PERCENT = 100;

/**
 * @param args behind `load`
 * @returns null when help is asked for
 * @throws Error of one line
 */
export function parseLoadOptions(args: readonly string[]): LoadOptions | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rooms: { type: 'string', default: '1' },
      participants: { type: 'string', default: '10' },
      speakers: { type: 'string' },
      seconds: { type: 'string', default: '30' },
      'join-rate': { type: 'string', default: '10' },
      'max-loss': { type: 'string', default: '1' },
      'yes-load-this-server': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const [url = '', ...more] = positionals;
  if (more.length > 0 || !isHttpUrl(url))
    throw new Error('load needs one http or https URL of an engine or a monitor');
  const rooms = integer('rooms', values.rooms, 1, MAX_PARTICIPANTS);
  const participants = integer('participants', values.participants, 1, MAX_PARTICIPANTS);
  if (rooms * participants > MAX_PARTICIPANTS) {
    throw new Error(
      `${rooms} rooms of ${participants} are more than the ${MAX_PARTICIPANTS} participants of one process`,
    );
  }
  const speakers = values.speakers ?? String(Math.min(DEFAULT_SPEAKERS, participants));
  return {
    type: 'load',
    url: new URL(url),
    rooms,
    participants,
    speakers: integer('speakers', speakers, 0, participants),
    seconds: number('seconds', values.seconds, 1, MAX_SECONDS),
    joinsPerSecond: number('join-rate', values['join-rate'], 0.1, MAX_JOIN_RATE),
    maxLoss: number('max-loss', values['max-loss'], 0, PERCENT) / PERCENT,
    isAllowedElsewhere: values['yes-load-this-server'],
  };
}

function isHttpUrl(value: string): boolean {
  return /^https?:$/.test(parseUrl(value)?.protocol ?? '');
}

function integer(name: string, value: string, least: number, most: number): number {
  const parsed = number(name, value, least, most);
  if (Number.isInteger(parsed)) return parsed;
  throw new Error(`--${name} ${value}: expected an integer`);
}

function number(name: string, value: string, least: number, most: number): number {
  const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (parsed >= least && parsed <= most) return parsed;
  throw new Error(`--${name} ${value}: expected a number from ${least} to ${most}`);
}
