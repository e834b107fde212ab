/** A flood that may take up memory, and what it may take at most. */
import type { SocketMemory } from '@kraken/load/socket';
import type { SfuSettings } from '../../sfu/sfu.js';

/** How many connections the engine takes by its defaults and by the files that it may have open. */
export interface FloodLimits {
  /** To the API. */
  readonly connections: number;
  /** For media, of one worker. */
  readonly mediaConnections: number;
}

export interface FloodStage {
  readonly url: string;
  /** Of access tokens. */
  readonly secret: string;
  readonly media: { readonly address: string; readonly port: number };
  readonly memory: SocketMemory;
  readonly limits: FloodLimits;
  /** Ends the flood. */
  readonly signal: AbortSignal;
}

/** What a flood may make the engine hold, as its limits have it. */
export interface Reckoning {
  /** Octets, without what is allowed for garbage. */
  readonly octets: number;
  /** How that comes about. */
  readonly words: string;
}

export interface MemoryFlood {
  readonly name: string;
  /** Sections of the configuration besides the bench's own; keys are where a server of the bench has public keys. */
  readonly sections?: (keysUrl: string) => NonNullable<SfuSettings['sections']>;
  /** The beginning of the lines of the metrics that count what the engine has made of it; null where nothing is refused. */
  readonly countedAs: string | null;
  readonly reckon: (limits: FloodLimits) => Reckoning;
  /** @returns how many datagrams, calls or connections there were, when it is over by the signal */
  readonly run: (stage: FloodStage) => Promise<number>;
}

/** @returns sections for who need show no token to have something read */
export function withoutTokens(): NonNullable<SfuSettings['sections']> {
  return { auth: {} };
}
