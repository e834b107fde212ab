/**
 * The public keys of whoever issues tokens, from a URL (JSON Web Key Set, RFC 7517). They are fetched when they are first
 * needed, and anew now and then. A token that names an unknown key is no reason to ask more often than the cool-down allows,
 * and keys that are there count for as long as no new ones can be had.
 */
import { RpcError } from '@kraken/protocol';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import type { Logger } from 'pino';

/** How old keys may be before they are fetched again, ms. */
export const KEYS_LIFETIME = 600_000;
/** How far fetches are apart at least, ms, whatever becomes of them. */
export const FETCH_COOL_DOWN = 30_000;
/** How long a fetch may take, ms. */
export const FETCH_TIMEOUT = 5_000;
/** Longest key set, in octets. */
export const MAX_KEY_SET_LENGTH = 256 * 1024;

/** Finds the key that a token was signed by. */
export type FindKey = ReturnType<typeof createLocalJWKSet>;

export interface KeySetOptions {
  readonly url: string;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export class KeySet {
  readonly #options: KeySetOptions;
  #find: FindKey | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | null = null;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /**
   * @param header of the token, unverified
   * @returns the key
   * @throws RpcError TIMEOUT when there are no keys and none can be had
   * @throws a jose error when there is no such key
   */
  async keyFor(header: JWSHeaderParameters): Promise<Awaited<ReturnType<FindKey>>> {
    if (this.#find === null) await this.#fetchUnlessCooling();
    else if (this.#age > KEYS_LIFETIME) void this.#fetchUnlessCooling();
    try {
      return await this.#known(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#fetchUnlessCooling();
      return this.#known(header);
    }
  }

  get #age(): number {
    return this.#options.now() - this.#askedAt;
  }

  async #known(header: JWSHeaderParameters): Promise<Awaited<ReturnType<FindKey>>> {
    if (this.#find !== null) return this.#find(header);
    throw new RpcError('TIMEOUT', 'the keys by which tokens are verified cannot be had now');
  }

  /** Whoever comes meanwhile waits for the same fetch. */
  async #fetchUnlessCooling(): Promise<void> {
    if (this.#fetching === null && this.#age < FETCH_COOL_DOWN) return;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
    });
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { url, logger, now } = this.#options;
    this.#askedAt = now();
    try {
      this.#find = createLocalJWKSet(await download(url));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ reason }, 'the keys of access tokens ([auth] jwks) cannot be fetched');
    }
  }
}

async function download(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(FETCH_TIMEOUT),
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body) {
    length += piece.length;
    if (length > MAX_KEY_SET_LENGTH) throw new Error(`longer than ${MAX_KEY_SET_LENGTH} octets`);
    pieces.push(piece);
  }
  return JSON.parse(Buffer.concat(pieces).toString());
}
