/** The monitor's configuration: what the file may hold, and what it means. */
import { type AuthConfig, authOf, authSection } from '@kraken/edge/auth/auth-config';
import { ConfigurationError, describeFault } from '@kraken/edge/config/configuration-error';
import {
  expected,
  integer,
  logLevel,
  redisUrl,
  rpcSection,
  secretText,
  section,
  text,
  turnSection,
} from '@kraken/edge/config/fields';
import { httpLimitsOf, limitFields } from '@kraken/edge/config/limit-fields';
import { type LogLevelName, parseLogLevel } from '@kraken/edge/config/log-level';
import { type RpcConfig, rpcOf } from '@kraken/edge/config/rpc-config';
import { parseToml, readTomlFile, turnOf } from '@kraken/edge/config/toml-file';
import type { HttpLimits } from '@kraken/edge/gate/limits';
import type { TurnOptions } from '@kraken/edge/turn/turn-credentials';
import { DEFAULT_REGION } from '@kraken/protocol';
import { z } from 'zod';
import type { EngineLimits } from '../registry/engine-entry.js';
import type { NewRoomLimit } from '../registry/room-allowance.js';

/** As an engine's: clients need not be told another. */
const DEFAULT_RPC_PORT = 7000;
const DEFAULT_MAX_LOAD = 0.85;
const MAX_PARTICIPANTS = 1_000_000;
const DEFAULT_NEW_ROOMS_PER_SECOND = 2_000;
/** So many rooms may lose their engine at once, and are placed anew. */
const DEFAULT_NEW_ROOMS_BURST = 10_000;
const MAX_NEW_ROOMS = 1_000_000;
/** Each live socket takes two descriptors. */
const DEFAULT_LIMITS = { sockets: 20_000, connections: 30_000 };
/** Names the embedded configuration in messages. */
const DEFAULT_SOURCE = 'default configuration';

const share = expected('a number above 0, at most 1');
const regionNames = expected("an array of regions' names, the nearest first");

const fileSchema = z.strictObject({
  monitor: section('monitor', {
    'log-level': logLevel.default('info'),
    secret: secretText.default(''),
    region: text.default(DEFAULT_REGION),
    'max-load': z.number(share).gt(0, share).lte(1, share).default(DEFAULT_MAX_LOAD),
    'max-participants': integer(0, MAX_PARTICIPANTS).default(0),
  }).prefault({}),
  limits: section('limits', {
    ...limitFields(DEFAULT_LIMITS),
    'new-rooms-per-second': integer(1, MAX_NEW_ROOMS).default(DEFAULT_NEW_ROOMS_PER_SECOND),
    'new-rooms-burst': integer(1, MAX_NEW_ROOMS).default(DEFAULT_NEW_ROOMS_BURST),
  }).prefault({}),
  registry: section('registry', { redis: redisUrl }).prefault({}),
  regions: z.record(z.string(), z.array(z.string(regionNames), regionNames)).default({}),
  turn: turnSection.prefault({}),
  rpc: rpcSection(DEFAULT_RPC_PORT).prefault({}),
  auth: authSection.prefault({}),
});

export interface MonitorConfig {
  /** Names the configuration in messages. */
  readonly source: string;
  readonly rpc: RpcConfig;
  /** What strangers may make the monitor spend. */
  readonly http: HttpLimits;
  /** Which access tokens count; none are demanded without. */
  readonly auth: AuthConfig;
  readonly logLevel: LogLevelName;
  /** Shared with the engines. */
  readonly secret: string;
  /** Of clients that do not name theirs. */
  readonly region: string;
  readonly limits: EngineLimits;
  readonly newRooms: NewRoomLimit;
  /** Regions by name, each with those that stand in for it, the nearest first. */
  readonly nearest: Readonly<Record<string, readonly string[]>>;
  readonly turn: TurnOptions | null;
  /** URL of the Redis that several monitors share; null for a registry of this monitor's own. */
  readonly redis: string | null;
}

/** @throws ConfigurationError: there is no secret that one could guess */
export function defaultConfig(): MonitorConfig {
  return parseConfig('', DEFAULT_SOURCE);
}

/**
 * @param path of a TOML file
 * @throws ConfigurationError
 */
export function loadConfig(path: string): MonitorConfig {
  return parseConfig(readTomlFile(path), path);
}

/**
 * @param toml the file's content
 * @param source names it in messages
 * @throws ConfigurationError
 */
export function parseConfig(toml: string, source: string): MonitorConfig {
  const file = parseToml(toml, source, fileSchema);
  const { monitor, limits, registry, regions, turn, rpc } = file;
  const auth = authOf(file.auth, source);
  if (monitor.secret === '') {
    const problem = 'expected the secret that is shared with the engines';
    throw new ConfigurationError(describeFault(source, 'monitor', 'secret', '', problem));
  }
  return {
    source,
    logLevel: parseLogLevel(monitor['log-level']),
    secret: monitor.secret,
    region: monitor.region,
    limits: { load: monitor['max-load'], participants: monitor['max-participants'] },
    newRooms: { perSecond: limits['new-rooms-per-second'], burst: limits['new-rooms-burst'] },
    nearest: regions,
    turn: turnOf(turn, source),
    redis: registry.redis === '' ? null : registry.redis,
    rpc: rpcOf(rpc, auth, source),
    http: httpLimitsOf(limits),
    auth,
  };
}
