/** Reads the options of `kraken token`. */
import { parseArgs } from 'node:util';
import { type GrantClaims, identifierProblem, userIdentifierProblem } from '@kraken/protocol';

export interface TokenOptions {
  readonly type: 'token';
  /** Holds the secret; null: the environment does. */
  readonly configPath: string | null;
  readonly claims: GrantClaims;
  /** How long it counts, s. */
  readonly lifetime: number;
}

const DEFAULT_LIFETIME = 3_600;
/** A year, s. */
const MAX_LIFETIME = 31_536_000;

export const TOKEN_USAGE = `Usage: kraken token [-c FILE] [OPTIONS]

Makes an access token by [auth] secret of an engine's or a monitor's configuration, and prints it.
  -c, --config FILE      the configuration; without it $KRAKEN_AUTH_SECRET is the secret
  --room RID             the room that it is for
  --uid UID              the user that it is for
  --name NAME            what the others may call that user
  --listen-only          may not be heard
  --speak-only           may not hear the others
  --administer           may change what the others may do; without --room or --uid it is for all of them
  --expires-in SECONDS   how long it counts (${DEFAULT_LIFETIME})
`;

/**
 * @param args behind `token`
 * @returns null when help is asked for
 * @throws Error of one line
 */
export function parseTokenOptions(args: readonly string[]): TokenOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string', short: 'c' },
      room: { type: 'string' },
      uid: { type: 'string' },
      name: { type: 'string' },
      'listen-only': { type: 'boolean', default: false },
      'speak-only': { type: 'boolean', default: false },
      administer: { type: 'boolean', default: false },
      'expires-in': { type: 'string', default: String(DEFAULT_LIFETIME) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const { room, uid, name, administer } = values;
  requireIdentifier('--room', room, identifierProblem, administer);
  requireIdentifier('--uid', uid, userIdentifierProblem, administer);
  return {
    type: 'token',
    configPath: values.config ?? null,
    claims: {
      ...(room === undefined ? {} : { room }),
      ...(uid === undefined ? {} : { uid }),
      ...(name === undefined ? {} : { name }),
      publish: !values['listen-only'],
      subscribe: !values['speak-only'],
      administer,
    },
    lifetime: lifetimeOf(values['expires-in']),
  };
}

function requireIdentifier(
  option: string,
  value: string | undefined,
  check: typeof identifierProblem,
  isOptional: boolean,
): void {
  if (value === undefined) {
    if (isOptional) return;
    throw new Error(`token needs ${option}, unless it is to --administer everywhere`);
  }
  const problem = check(value);
  if (problem !== null) throw new Error(`${option} ${JSON.stringify(value)} ${problem}`);
}

function lifetimeOf(text: string): number {
  const lifetime = Number(text);
  if (Number.isInteger(lifetime) && lifetime >= 1 && lifetime <= MAX_LIFETIME) return lifetime;
  throw new Error(`--expires-in ${JSON.stringify(text)}: expected an integer from 1 to ${MAX_LIFETIME}`);
}
