/** Reads and checks the engine's configuration. Every fault is a ConfigurationError, one line long. */
import { availableParallelism } from 'node:os';
import { authOf } from '@kraken/edge/auth/auth-config';
import { ConfigurationError, describeFault } from '@kraken/edge/config/configuration-error';
import { httpLimitsOf } from '@kraken/edge/config/limit-fields';
import { parseLogLevel } from '@kraken/edge/config/log-level';
import { rpcOf } from '@kraken/edge/config/rpc-config';
import { parseToml, readTomlFile, turnOf } from '@kraken/edge/config/toml-file';
import { DEFAULT_CAPACITY } from '../room/capacity.js';
import { DEFAULT_PORT_MAX, DEFAULT_PORT_MIN, type EngineConfig } from './engine-config.js';
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
  return parseConfig(readTomlFile(path), path);
}

/**
 * @param toml the file's content
 * @param source names it in messages
 * @throws ConfigurationError
 */
export function parseConfig(toml: string, source: string): EngineConfig {
  return toEngineConfig(parseToml(toml, source, fileSchema), source);
}

function toEngineConfig(file: FileContent, source: string): EngineConfig {
  const { engine, recovery, turn, rpc, limits, callback, room, admin, monitor } = file;
  const auth = authOf(file.auth, source);
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
    recovery,
    turn: turnOf(turn, source),
    auth,
    callback: {
      allowPrivate: callback['allow-private'],
      secret: callback.secret === '' ? null : callback.secret,
    },
    rpc: rpcOf(rpc, auth, source),
    limits: limitsOf(limits),
    room,
    admin: { token: admin.token === '' ? null : admin.token },
    monitor: monitorOf(monitor, source),
  };
}

function limitsOf(limits: FileContent['limits']): EngineConfig['limits'] {
  const { pendingJoinsPerAddress, pendingJoinsPerSubject } = DEFAULT_CAPACITY;
  // However few there may be in all, nobody takes all of them unless that was written out.
  const partOf = (joins: number, usual: number) =>
    joins === usual ? Math.min(joins, Math.ceil(limits['pending-joins'] / 2)) : joins;
  return {
    http: httpLimitsOf(limits),
    capacity: {
      rooms: limits.rooms,
      participants: limits.participants,
      pendingJoins: limits['pending-joins'],
      pendingJoinsPerAddress: partOf(limits['pending-joins-per-address'], pendingJoinsPerAddress),
      pendingJoinsPerSubject: partOf(limits['pending-joins-per-subject'], pendingJoinsPerSubject),
    },
    descriptions: { mediaLines: limits['m-lines'], candidates: limits.candidates },
    tcp: { octets: limits['tcp-octets'], perAddress: limits['tcp-pending-per-address'] },
  };
}

/** Everything that is not given is a fault, since a wrong guess would send clients nowhere. */
function monitorOf(monitor: FileContent['monitor'], source: string): EngineConfig['monitor'] {
  const { url, redis, secret, region } = monitor;
  if (url === '' && redis === '') return null;
  const key = url === '' ? 'redis' : 'url';
  if (url !== '' && redis !== '') {
    const problem = 'expected either this or [monitor] url, and not both';
    throw new ConfigurationError(describeFault(source, 'monitor', 'redis', redis, problem));
  }
  if (secret === '') {
    const problem = `expected the secret that is shared with the monitor, since [monitor] ${key} is set`;
    throw new ConfigurationError(describeFault(source, 'monitor', 'secret', secret, problem));
  }
  const publicUrl = monitor['public-url'];
  if (publicUrl === '') {
    const problem = `expected the URL at which clients reach this engine, since [monitor] ${key} is set`;
    throw new ConfigurationError(describeFault(source, 'monitor', 'public-url', publicUrl, problem));
  }
  return {
    url,
    redis: redis === '' ? null : redis,
    secret,
    region,
    publicUrl,
    privateUrl: monitor['private-url'] || publicUrl,
    drainLimit: monitor['drain-limit'],
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
