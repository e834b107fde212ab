/** Verifies access tokens: JSON Web Tokens (RFC 7519), signed by HS256, RS256, ES256 or EdDSA. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { type Grant, RpcError } from '@kraken/protocol';
import { errors, type JWSHeaderParameters, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { AuthConfig } from './auth-config.js';
import { grantOf } from './grant-claims.js';
import { KEY_SET_ALGORITHMS, type KeySet } from './key-set.js';

/** Longest token, in characters. */
export const MAX_TOKEN_LENGTH = 8 * 1024;
/** By how much the clocks of who issues tokens and of this machine may differ, s. */
export const CLOCK_TOLERANCE = 5;

const SECRET_ALGORITHM = 'HS256';

export class TokenVerifier {
  readonly #secret: KeyObject | null;
  readonly #keys: KeySet | null;
  readonly #options: JWTVerifyOptions;
  readonly #now: () => number;

  /**
   * @param keys of the configuration's URL; null when it has none
   * @param now ms since 1970
   */
  constructor({ secret, issuer, audience }: AuthConfig, keys: KeySet | null, now: () => number) {
    this.#secret = secret === null ? null : createSecretKey(secret, 'utf8');
    this.#keys = keys;
    this.#now = now;
    this.#options = {
      algorithms: [
        ...(secret === null ? [] : [SECRET_ALGORITHM]),
        ...(keys === null ? [] : KEY_SET_ALGORITHMS),
      ],
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['exp'],
      ...(issuer === null ? {} : { issuer }),
      ...(audience === null ? {} : { audience }),
    };
  }

  /**
   * @param token as it came
   * @throws RpcError TOKEN_INVALID or TOKEN_EXPIRED; TIMEOUT when keys cannot be had
   */
  async verify(token: string): Promise<Grant> {
    if (token.length > MAX_TOKEN_LENGTH) throw invalid(`is longer than ${MAX_TOKEN_LENGTH} characters`);
    try {
      const currentDate = new Date(this.#now());
      const keyFor = (header: JWSHeaderParameters) => this.#keyFor(header);
      const { payload } = await jwtVerify(token, keyFor, { ...this.#options, currentDate });
      return grantOf(payload);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** @returns whether a grant no longer counts */
  hasExpired({ expiresAt }: Grant): boolean {
    return expiresAt + CLOCK_TOLERANCE <= this.#now() / 1000;
  }

  /** The algorithm is one of those that are allowed: a secret is never taken for a public key, nor the other way round. */
  async #keyFor(header: JWSHeaderParameters) {
    if (header.alg === SECRET_ALGORITHM && this.#secret !== null) return this.#secret;
    if (header.alg !== SECRET_ALGORITHM && this.#keys !== null) return this.#keys.keyFor(header);
    throw new errors.JOSEAlgNotAllowed();
  }
}

/** What is not about the token is a bug. No message repeats anything of a token but the names of its claims. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new RpcError('TOKEN_EXPIRED', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(
      error.reason === 'missing'
        ? `has no claim ${error.claim}`
        : `is not for here by its claim ${error.claim}`,
    );
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return invalid('is signed by an algorithm that is not configured');
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return invalid('names no key of the configured set');
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return invalid('has a signature that does not match');
  if (error instanceof errors.JOSEError) return invalid('is no signed JSON Web Token');
  return error;
}

function invalid(problem: string): RpcError {
  return new RpcError('TOKEN_INVALID', `the token ${problem}`);
}
