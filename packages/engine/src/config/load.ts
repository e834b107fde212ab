/** Reads and checks the engine's configuration. Every fault is a ConfigurationError, one line long. */
import { readFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { core } from 'zod';
import { ConfigurationError, describeFault, showValue } from './configuration-error.js';
import { DEFAULT_PORT_MAX, DEFAULT_PORT_MIN, type EngineConfig } from './engine-config.js';
import { parseLogLevel } from './log-level.js';
import { type FileContent, fileSchema } from './schema.js';

/** Names the embedded configuration in messages. */
const DEFAULT_SOURCE = 'default configuration';

/** @returns the configuration of an engine that was given none */
export function defaultConfig(): EngineConfig {
  return parseConfig('', DEFAULT_SOURCE);
}

/**
 * @param path of a TOML file; `~/` is the user's home, as in Kraken
 * @throws ConfigurationError
 */
export function loadConfig(path: string): EngineConfig {
  const file = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
  let toml: string;
  try {
    toml = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${path}: ${readProblem(error)}`);
  }
  return parseConfig(toml, path);
}

/**
 * @param toml the file's content
 * @param source names it in messages
 * @throws ConfigurationError
 */
export function parseConfig(toml: string, source: string): EngineConfig {
  const result = fileSchema.safeParse(parseToml(toml, source), { reportInput: true });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new ConfigurationError(`${source}: ${issue === undefined ? 'not usable' : describeIssue(issue)}`);
  }
  return toEngineConfig(result.data, source);
}

function parseToml(toml: string, source: string): unknown {
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '');
    throw new ConfigurationError(
      `${source}: line ${error.line}, column ${error.column}: broken TOML: ${problem}`,
    );
  }
}

function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'no such file';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read the file';
    case 'EISDIR':
      return 'is a directory, expected a TOML file';
    default:
      return `cannot be read (${String(code ?? error)})`;
  }
}

/** Puts zod's first finding into a file's terms. */
function describeIssue(issue: core.$ZodIssue): string {
  const [section, key] = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [unknown = ''] = issue.keys;
    const known = section === undefined ? Object.keys(fileSchema.shape) : sectionKeys(section);
    const place = section === undefined ? `[${unknown}]` : `[${section}] ${unknown}`;
    return `${place}: unknown ${section === undefined ? 'section or key' : 'key'}${suggestion(unknown, known)}`;
  }
  if (key === undefined) return `${section ?? 'file'} = ${showValue(issue.input)}: ${issue.message}`;
  return `[${section}] ${key} = ${showValue(issue.input)}: ${issue.message}`;
}

function sectionKeys(section: string): readonly string[] {
  switch (section) {
    case 'engine':
    case 'turn':
    case 'rpc':
    case 'callback':
      return Object.keys(fileSchema.shape[section].unwrap().shape);
    default:
      return [];
  }
}

/** Only the separator and the case are forgiven. */
function suggestion(unknown: string, known: readonly string[]): string {
  const bare = (name: string) => name.toLowerCase().replace(/[-_]/g, '');
  const meant = known.find((name) => bare(name) === bare(unknown));
  return meant === undefined ? ` (known: ${known.join(', ')})` : `, did you mean ${meant}?`;
}

function toEngineConfig(file: FileContent, source: string): EngineConfig {
  const { engine, turn, rpc, callback } = file;
  if (turn.host !== '' && turn.secret === '') {
    const problem = "expected the TURN server's static-auth-secret, since [turn] host is set";
    throw new ConfigurationError(describeFault(source, 'turn', 'secret', turn.secret, problem));
  }
  const { portMin, portMax } = portRange(engine, source);
  return {
    source,
    logLevel: parseLogLevel(engine['log-level']),
    media: {
      interfaces: listOf(engine.interface),
      announced: listOf(engine.address),
      portMin,
      portMax,
      workers: workerCount(engine.workers, portMax - portMin + 1, source),
      spreadRoomAt: engine['spread-room-at'],
      tcp: engine.tcp,
      io: engine.io,
    },
    turn: turn.host === '' ? null : { host: turn.host, secret: turn.secret },
    rpc: { host: rpc.host === '' ? null : rpc.host, port: rpc.port },
    callback: { allowPrivate: callback['allow-private'] },
  };
}

function listOf(value: string | readonly string[]): readonly string[] {
  return (typeof value === 'string' ? [value] : value).filter((entry) => entry !== '');
}

function portRange(
  engine: FileContent['engine'],
  source: string,
): { readonly portMin: number; readonly portMax: number } {
  const portMin = engine['port-min'];
  const portMax = engine['port-max'];
  if (portMin === 0 && portMax === 0) return { portMin: DEFAULT_PORT_MIN, portMax: DEFAULT_PORT_MAX };
  if (portMin === 0) {
    const problem = `expected a port from 1 to ${portMax}, since [engine] port-max is set`;
    throw new ConfigurationError(describeFault(source, 'engine', 'port-min', portMin, problem));
  }
  if (portMin > portMax) {
    const problem = `expected at most [engine] port-max, which is ${portMax}`;
    throw new ConfigurationError(describeFault(source, 'engine', 'port-min', portMin, problem));
  }
  return { portMin, portMax };
}

/** Each worker needs a port of its own. */
function workerCount(configured: number, ports: number, source: string): number {
  if (configured === 0) return Math.min(Math.max(1, availableParallelism() - 1), ports);
  if (configured <= ports) return configured;
  const problem = `expected at most ${ports}, one per port from [engine] port-min to port-max`;
  throw new ConfigurationError(describeFault(source, 'engine', 'workers', configured, problem));
}
