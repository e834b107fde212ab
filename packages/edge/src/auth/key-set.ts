/**
 * The public keys of whoever issues tokens, from a URL (JSON Web Key Set, RFC 7517). They are fetched when they are first
 * needed, and anew now and then. A token that names an unknown key is no reason to ask more often than the cool-down allows,
 * and keys that are there count for as long as no new ones can be had.
 */
import { RpcError } from '@kraken/protocol';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWK, type JWSHeaderParameters } from 'jose';
import type { Logger } from 'pino';

/** How old keys may be before they are fetched again, ms. */
export const KEYS_LIFETIME = 600_000;
/** How far fetches are apart at least, ms, whatever becomes of them. */
export const FETCH_COOL_DOWN = 30_000;
/** How long a fetch may take, ms. */
export const FETCH_TIMEOUT = 5_000;
/** Longest key set, in octets. */
export const MAX_KEY_SET_LENGTH = 256 * 1024;

/** What keys of a set sign by; Ed25519 is what RFC 9864 calls EdDSA over that curve. */
export const KEY_SET_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];
/** Shortest modulus of a key for RS256, bits: RFC 7518 section 3.3. */
const MIN_MODULUS_LENGTH = 2_048;

/** Finds the key that a token was signed by. */
export type FindKey = ReturnType<typeof createLocalJWKSet>;

/** `other`: for other algorithms, which is of no use and does no harm. */
export type KeyUse = 'good' | 'other' | 'broken';

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

  /** A key that is broken would be found so by each token that names it, which is nobody's fault who calls. */
  async #withoutBroken(set: JSONWebKeySet): Promise<JSONWebKeySet> {
    const uses = await usesOf(set);
    const keys = set.keys.filter((_, index) => uses[index] !== 'broken');
    const unusable = set.keys.length - keys.length;
    if (unusable > 0) {
      this.#options.logger.warn(
        { unusable },
        'keys of access tokens ([auth] jwks) cannot be used, and are left out',
      );
    }
    return { keys };
  }

  async #fetch(): Promise<void> {
    const { url, logger, now } = this.#options;
    this.#askedAt = now();
    try {
      this.#find = createLocalJWKSet(await this.#withoutBroken(await fetchKeySet(url)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ reason }, 'the keys of access tokens ([auth] jwks) cannot be fetched');
    }
  }
}

/**
 * @returns what each key of the set is to access tokens
 * @throws a jose error for what is no key set
 */
export async function usesOf(set: JSONWebKeySet): Promise<readonly KeyUse[]> {
  createLocalJWKSet(set);
  return Promise.all(set.keys.map(useOf));
}

async function useOf(key: JWK): Promise<KeyUse> {
  const find = createLocalJWKSet({ keys: [key] });
  let use: KeyUse = 'other';
  for (const alg of KEY_SET_ALGORITHMS) {
    try {
      const { algorithm } = await find({ alg });
      const isShort = 'modulusLength' in algorithm && Number(algorithm.modulusLength) < MIN_MODULUS_LENGTH;
      if (isShort) return 'broken';
      use = 'good';
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) return 'broken';
    }
  }
  return use;
}

/**
 * @returns what the URL has now; whether it is a key set is not looked at
 * @throws Error when nothing can be had, or too much, or no JSON
 */
export async function fetchKeySet(url: string): Promise<JSONWebKeySet> {
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
