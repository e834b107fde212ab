/** Reads the command line: Kraken's two options, and the two that every program has. */
import { parseArgs } from 'node:util';

/** What the program can be. */
export const SERVICE_NAMES = ['engine', 'monitor'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** What the command line asks for. */
export type Command =
  | { readonly type: 'run'; readonly service: ServiceName; readonly configPath: string | null }
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  /** `message` is one line. */
  | { readonly type: 'unusable'; readonly message: string };

export const USAGE = `Usage: kraken [-c FILE] [-s SERVICE]

  -c, --config FILE      configuration in TOML; without it the defaults are used
  -s, --service SERVICE  engine (the default) or monitor
  -h, --help             print this help
  -v, --version          print the version
`;

/** Go's flag package, and with it Kraken, takes `-c=FILE` as well as `-c FILE`. */
const GO_FLAG = /^-([cs])=/;

/** @param args the arguments behind the program's name */
export function parseCommandLine(args: readonly string[]): Command {
  let values: ReturnType<typeof parseOptions>;
  try {
    values = parseOptions(args);
  } catch (error) {
    const [problem] = error instanceof Error ? error.message.split('\n', 1) : [];
    return { type: 'unusable', message: `${problem ?? 'unknown option'} (see kraken --help)` };
  }
  if (values.help === true) return { type: 'help' };
  if (values.version === true) return { type: 'version' };
  if (values.config === '')
    return { type: 'unusable', message: '-c needs the path of a file (see kraken --help)' };
  const { service: name = 'engine' } = values;
  const service = SERVICE_NAMES.find((known) => known === name);
  if (service === undefined) {
    const message = `-s ${JSON.stringify(name)}: no such service, expected ${SERVICE_NAMES.join(' or ')}`;
    return { type: 'unusable', message };
  }
  return { type: 'run', service, configPath: values.config ?? null };
}

function parseOptions(args: readonly string[]) {
  return parseArgs({
    args: args.map((arg) => arg.replace(GO_FLAG, '-$1')),
    allowPositionals: false,
    options: {
      config: { type: 'string', short: 'c' },
      service: { type: 'string', short: 's' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  }).values;
}
