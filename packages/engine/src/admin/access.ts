/**
 * Who may see and do what an operator may: who shows the token; where none is configured, and calls need none either, this
 * machine itself. A proxy on it may look like a browser on it, so that it is not enough where strangers are expected. A page
 * of another origin gets nothing, even when it runs in the operator's own browser.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { bearerCheck } from '@kraken/edge/auth/bearer-secret';
import { isLocalRequest, type SourceOfRequest } from '@kraken/edge/gate/local-request';
import { parseUrl } from '@kraken/edge/http/parse-url';

export interface Refusal {
  readonly status: 401 | 403 | 415;
  readonly error: string;
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;

const FOREIGN: Refusal = { status: 403, error: 'pages of other origins are refused' };
const WRONG_TOKEN: Refusal = { status: 401, error: 'the token is not that of [admin] token' };
const NO_TOKEN: Refusal = {
  status: 401,
  error: 'expected "Authorization: Bearer" with the [admin] token of the configuration',
};
const NOT_LOCAL: Refusal = {
  status: 403,
  error:
    'only for this machine itself, under a name of the loopback and without a proxy, unless [admin] token is set',
};
const NO_ACCESS: Refusal = {
  status: 403,
  error: 'only with [admin] token of the configuration, since access tokens are demanded ([auth])',
};
const NOT_JSON: Refusal = { status: 415, error: 'expected "Content-Type: application/json"' };

export class Access {
  readonly #isToken: ((header: string) => boolean) | null;

  readonly #trustsThisMachine: boolean;

  /**
   * @param token null for none
   * @param demandsTokens whether calls have to show access tokens: then nobody is let in here without a token either
   */
  constructor(token: string | null, demandsTokens: boolean) {
    this.#isToken = token === null ? null : bearerCheck(token);
    this.#trustsThisMachine = token === null && !demandsTokens;
  }

  /**
   * The page holds no secret, and has to be there to take the token.
   * @returns why the page's files are not given, or null
   */
  refusePage(request: SourceOfRequest): Refusal | null {
    const { headers } = request;
    if (!isOfHost(headers) && headers['sec-fetch-site'] !== 'same-origin') return FOREIGN;
    return this.#isToken === null ? this.#refuseStranger(request) : null;
  }

  /** @returns why a question is not answered, or null */
  refuseQuestion(request: SourceOfRequest): Refusal | null {
    const { headers } = request;
    if (isCrossSite(headers)) return FOREIGN;
    if (this.#isToken !== null && headers.authorization !== undefined) {
      if (!this.#isToken(headers.authorization)) return WRONG_TOKEN;
      // A proxy may have changed Host; then the browser's own word counts, which no page can change.
      return isOfHost(headers) || headers['sec-fetch-site'] === 'same-origin' ? null : FOREIGN;
    }
    if (!isOfHost(headers)) return FOREIGN;
    return this.#isToken === null ? this.#refuseStranger(request) : NO_TOKEN;
  }

  /**
   * Pages of other origins cannot send JSON without asking first (WHATWG Fetch, CORS-safelisted request-header), and are
   * not answered when they ask.
   * @returns why nothing is changed, or null
   */
  refuseChange(request: SourceOfRequest): Refusal | null {
    const refusal = this.refuseQuestion(request);
    if (refusal !== null) return refusal;
    return JSON_TYPE.test(request.headers['content-type'] ?? '') ? null : NOT_JSON;
  }

  #refuseStranger(request: SourceOfRequest): Refusal | null {
    if (!this.#trustsThisMachine) return NO_ACCESS;
    return isLocalRequest(request) ? null : NOT_LOCAL;
  }
}

/** By the browser's word (W3C Fetch Metadata); `none` is the user's own doing. */
function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Whether the origin that asks, if any is told, is the one that is asked. The scheme may differ behind a TLS proxy. */
function isOfHost({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return host !== undefined && parseUrl(origin)?.host === host.toLowerCase();
}
