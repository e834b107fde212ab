/** Finds out who calls, by the token that comes with a call. */
import { RpcError } from '@kraken/protocol';
import type { Logger } from 'pino';
import { type AuthConfig, demandsTokens } from './auth-config.js';
import { type Caller, OPEN_CALLER } from './caller.js';
import { KeySet } from './key-set.js';
import { TokenVerifier } from './token-verifier.js';

/** RFC 6750 section 2.1; the scheme's case does not matter, RFC 9110 section 11.1. */
const BEARER = /^bearer +(\S+) *$/i;

/** How long a live socket may be open before a token was shown on it, ms. */
export const AUTHENTICATION_TIMEOUT = 10_000;
/** Longest message of a live socket until then, octets: a token of the greatest length, and what is around it. */
export const MAX_FIRST_MESSAGE = 16 * 1024;

export interface CallersOptions {
  readonly auth: AuthConfig;
  readonly logger: Logger;
}

export class Callers {
  readonly #verifier: TokenVerifier | null;

  constructor({ auth, logger }: CallersOptions) {
    const { jwks } = auth;
    const keys = jwks === null ? null : new KeySet({ url: jwks, logger, now: () => performance.now() });
    this.#verifier = demandsTokens(auth) ? new TokenVerifier(auth, keys, () => Date.now()) : null;
  }

  /** Whether nobody has to show a token. */
  get areOpen(): boolean {
    return this.#verifier === null;
  }

  /**
   * @param authorization the header; undefined when there is none
   * @throws RpcError TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED; TIMEOUT when a token cannot be verified now
   */
  async ofHeader(authorization: string | undefined): Promise<Caller> {
    if (this.#verifier === null) return OPEN_CALLER;
    if (authorization === undefined) throw missingToken();
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw new RpcError('TOKEN_INVALID', 'Authorization is not "Bearer" and a token');
    return this.ofToken(token);
  }

  /**
   * @param token as it came
   * @throws RpcError as ofHeader()
   */
  async ofToken(token: unknown): Promise<Caller> {
    if (this.#verifier === null) return OPEN_CALLER;
    if (token === undefined) throw missingToken();
    if (typeof token !== 'string') throw new RpcError('TOKEN_INVALID', 'the token is not a string');
    return { kind: 'granted', grant: await this.#verifier.verify(token) };
  }

  /** @throws RpcError TOKEN_EXPIRED when the caller's token, good once, no longer counts */
  requireUnexpired(caller: Caller): void {
    if (caller.kind === 'open' || this.#verifier?.hasExpired(caller.grant) !== true) return;
    throw new RpcError('TOKEN_EXPIRED', 'the token has expired: authenticate with a fresh one');
  }
}

/** @returns the refusal of who has shown no token */
export function missingToken(): RpcError {
  return new RpcError(
    'TOKEN_MISSING',
    'expected an access token, in "Authorization: Bearer" or by authenticate',
  );
}
