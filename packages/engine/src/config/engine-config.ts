/** The engine's configuration, checked and in our own terms. */

import type { AuthConfig } from '@kraken/edge/auth/auth-config';
import { ConfigurationError, describeFault } from '@kraken/edge/config/configuration-error';
import type { LogLevelName } from '@kraken/edge/config/log-level';
import type { RpcConfig } from '@kraken/edge/config/rpc-config';
import type { HttpLimits } from '@kraken/edge/gate/limits';
import type { TcpLimits, WorkerOptions } from '../contract/worker-options.js';
import type { Capacity } from '../room/capacity.js';
import type { LoudestSetting } from '../room/loudest-policy.js';
import type { DescriptionLimits } from '../sdp/sections.js';

/** First of the ports that media workers take when none are configured. */
export const DEFAULT_PORT_MIN = 7100;
/** Last of the ports that media workers take when none are configured. */
export const DEFAULT_PORT_MAX = 7199;

export interface EngineConfig {
  /** Names the configuration in messages: the file's path as given. */
  readonly source: string;
  readonly logLevel: LogLevelName;
  readonly media: {
    /** Interfaces to take media on; empty for all. */
    readonly interfaces: readonly string[];
    /** Addresses to announce in place of the interfaces' own, at most one of each family. */
    readonly announced: readonly string[];
    /** Ports for the media workers, one each; inclusive. */
    readonly portMin: number;
    readonly portMax: number;
    /** At least one. */
    readonly workers: number;
    /** Participants of one room that a media worker takes before the next ones go to another. */
    readonly spreadRoomAt: number;
    readonly tcp: boolean;
    readonly io: WorkerOptions['io'];
  };
  /** How losses are repaired. */
  readonly recovery: WorkerOptions['recovery'];
  /** Null when no TURN server is configured. */
  readonly turn: { readonly host: string; readonly secret: string } | null;
  readonly rpc: RpcConfig;
  /** What strangers may make the engine spend. */
  readonly limits: {
    readonly http: HttpLimits;
    readonly capacity: Capacity;
    readonly descriptions: DescriptionLimits;
    readonly tcp: Omit<TcpLimits, 'connections'>;
  };
  /** Which access tokens count; none are demanded without. */
  readonly auth: AuthConfig;
  /** Secret: signs callbacks; null for no signature. */
  readonly callback: { readonly allowPrivate: boolean; readonly secret: string | null };
  /** How many participants of a room are forwarded at a time. */
  readonly room: { readonly loudest: LoudestSetting };
  /** Token: gives access to the operator's dashboard; null for this machine alone, or nobody where access tokens are demanded. */
  readonly admin: { readonly token: string | null };
  /** Null for an engine on its own. */
  readonly monitor: MonitorLink | null;
}

/** How the engine is a member of a cluster. */
export interface MonitorLink {
  /** Of a monitor, or of a balancer before several; empty when they find the engine in Redis. */
  readonly url: string;
  /** URL of the Redis that the monitors share, when the engine announces itself there. */
  readonly redis: string | null;
  /** Shared with the monitor. */
  readonly secret: string;
  readonly region: string;
  /** Where clients reach the engine. */
  readonly publicUrl: string;
  /** Where the monitor reaches it. */
  readonly privateUrl: string;
  /** How long its rooms may go on when it drains, before they are handed over, s. */
  readonly drainLimit: number;
}

/** @returns the error for a value that only the machine could refuse, such as a port that is taken */
export function configurationFault(
  config: EngineConfig,
  section: string,
  key: string,
  value: unknown,
  problem: string,
): ConfigurationError {
  return new ConfigurationError(describeFault(config.source, section, key, value, problem));
}
