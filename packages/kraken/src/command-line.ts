/** Reads the command line: Kraken's two options, the two that every program has, and commands to a cluster. */
import { parseArgs } from 'node:util';
import { LOAD_USAGE, type LoadOptions, parseLoadOptions } from './load/load-options.js';
import { parseTokenOptions, TOKEN_USAGE, type TokenOptions } from './token/token-options.js';

/** What the program can be. */
export const SERVICE_NAMES = ['engine', 'monitor'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Where a command finds the monitor; what is null, the environment or a default tells. */
export interface MonitorSource {
  /** An engine's configuration, or the monitor's own. */
  readonly configPath: string | null;
  readonly url: string | null;
}

/** What the command line asks for. */
export type Command =
  | { readonly type: 'run'; readonly service: ServiceName; readonly configPath: string | null }
  | { readonly type: 'drain'; readonly engine: string; readonly monitor: MonitorSource }
  | { readonly type: 'status'; readonly json: boolean; readonly monitor: MonitorSource }
  /** `service` is null where the file tells. */
  | {
      readonly type: 'doctor';
      readonly service: ServiceName | null;
      readonly configPath: string | null;
      readonly json: boolean;
    }
  | LoadOptions
  | TokenOptions
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'version' }
  /** `message` is one line. */
  | { readonly type: 'unusable'; readonly message: string };

export const USAGE = `Usage: kraken [-c FILE] [-s SERVICE]
       kraken drain ENGINE [-c FILE] [--monitor URL]
       kraken cluster status [--json] [-c FILE] [--monitor URL]
       kraken doctor [--json] [-c FILE] [-s SERVICE]
       kraken load URL [OPTIONS]
       kraken token [-c FILE] [OPTIONS]

Without a command it runs a service:
  -c, --config FILE      configuration in TOML; without it the defaults are used
  -s, --service SERVICE  engine (the default) or monitor

drain has an engine of a cluster take no new rooms, wait for those that it has, hand over what is left, and end. ENGINE is
its URL, its id or the beginning of that, as cluster status shows them.
cluster status shows the engines of a cluster.
  -c, --config FILE      the monitor's configuration, or that of an engine: tells the monitor and the secret
  --monitor URL          the monitor; else $KRAKEN_MONITOR, else the file's, else http://127.0.0.1:7000/
  --json                 for scripts
The cluster's secret is $KRAKEN_SECRET, else the file's; drain needs it, and so does all where access tokens are demanded.

doctor checks what a service with this configuration needs of the machine, the network and the TURN server, and says what to
change. It exits with 1 where it finds a problem.
load lets synthetic participants join a server; kraken load --help tells its options.
token makes an access token; kraken token --help tells its options.

  -h, --help             print this help
  -v, --version          print the version
`;

/** Go's flag package, and with it Kraken, takes `-c=FILE` as well as `-c FILE`. */
const GO_FLAG = /^-([cs])=/;

/** Commands that take options of their own. */
const WITH_OWN_HELP: ReadonlySet<string> = new Set(['load', 'token']);

/** The command line cannot be used; the message is one line. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @param args the arguments behind the program's name */
export function parseCommandLine(args: readonly string[]): Command {
  try {
    if (args[0] === 'load') return parseLoadOptions(args.slice(1)) ?? { type: 'help', text: LOAD_USAGE };
    if (args[0] === 'token') {
      return parseTokenOptions(args.slice(1)) ?? { type: 'help', text: TOKEN_USAGE };
    }
    return commandOf(parseOptions(args));
  } catch (error) {
    const [problem] = error instanceof Error ? error.message.split('\n', 1) : [];
    const help = WITH_OWN_HELP.has(args[0] ?? '') ? `kraken ${args[0]} --help` : 'kraken --help';
    return { type: 'unusable', message: `${problem ?? 'unknown option'} (see ${help})` };
  }
}

type Parsed = ReturnType<typeof parseOptions>;
type Values = Parsed['values'];

/** @throws UsageError */
function commandOf({ values, positionals }: Parsed): Command {
  if (values.help === true) return { type: 'help', text: USAGE };
  if (values.version === true) return { type: 'version' };
  if (values.config === '') throw new UsageError('-c needs the path of a file');
  const [name, ...operands] = positionals;
  switch (name) {
    case undefined:
      return runOf(values);
    case 'drain':
      return drainOf(values, operands);
    case 'cluster':
      return statusOf(values, operands);
    case 'doctor':
      return doctorOf(values, operands);
    default:
      throw new UsageError(
        `${JSON.stringify(name)}: no such command, expected drain, cluster status, doctor, load or token`,
      );
  }
}

function runOf(values: Values): Command {
  refuse(values, 'a service', 'monitor', 'json');
  return { type: 'run', service: serviceOf(values) ?? 'engine', configPath: values.config ?? null };
}

/** @returns null when none is given */
function serviceOf({ service: name }: Values): ServiceName | null {
  if (name === undefined) return null;
  const service = SERVICE_NAMES.find((known) => known === name);
  if (service !== undefined) return service;
  throw new UsageError(`-s ${JSON.stringify(name)}: no such service, expected ${SERVICE_NAMES.join(' or ')}`);
}

function drainOf(values: Values, operands: readonly string[]): Command {
  refuse(values, 'drain', 'service', 'json');
  const [engine, ...more] = operands;
  if (engine === undefined || engine === '' || more.length > 0) {
    throw new UsageError('drain needs one engine: its URL, its id or the beginning of that');
  }
  return { type: 'drain', engine, monitor: monitorOf(values) };
}

function statusOf(values: Values, operands: readonly string[]): Command {
  if (operands.length !== 1 || operands[0] !== 'status') {
    throw new UsageError(`cluster ${operands.join(' ')}: no such command, expected cluster status`);
  }
  refuse(values, 'cluster status', 'service');
  return { type: 'status', json: values.json === true, monitor: monitorOf(values) };
}

function doctorOf(values: Values, operands: readonly string[]): Command {
  refuse(values, 'doctor', 'monitor');
  if (operands.length > 0) throw new UsageError(`doctor takes no ${JSON.stringify(operands[0])}`);
  return {
    type: 'doctor',
    service: serviceOf(values),
    configPath: values.config ?? null,
    json: values.json === true,
  };
}

function monitorOf({ config, monitor }: Values): MonitorSource {
  return { configPath: config ?? null, url: monitor ?? null };
}

/** @throws UsageError when one of these options is given */
function refuse(values: Values, what: string, ...names: readonly (keyof Values)[]): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} is not for ${what}`);
}

function parseOptions(args: readonly string[]) {
  return parseArgs({
    args: args.map((arg) => arg.replace(GO_FLAG, '-$1')),
    allowPositionals: true,
    options: {
      config: { type: 'string', short: 'c' },
      service: { type: 'string', short: 's' },
      monitor: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  });
}
