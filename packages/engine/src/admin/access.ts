/**
 * Who may see and do what an operator may. Either the request comes from this machine itself, or it shows the token. A page
 * of another origin gets nothing, even when it runs in the operator's own browser.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';

/** What of a request decides. */
export interface AccessRequest {
  /** Of the socket's other end. */
  readonly remoteAddress: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refusal {
  readonly status: 401 | 403 | 415;
  readonly error: string;
}

/**
 * Set by proxies. Behind one on this machine every request comes from the loopback, so any of them means that it does not.
 */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
];
/** Browsers and command-line tools speak it; proxies that set no header are told to speak 1.0 by their defaults. */
const DIRECT_HTTP_VERSION = '1.1';
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
const NOT_JSON: Refusal = { status: 415, error: 'expected "Content-Type: application/json"' };

export class Access {
  readonly #expected: Buffer | null;

  /** @param token null: only this machine itself has access */
  constructor(token: string | null) {
    this.#expected = token === null ? null : digest(`Bearer ${token}`);
  }

  /**
   * The page holds no secret, and has to be there to take the token.
   * @returns why the page's files are not given, or null
   */
  refusePage(request: AccessRequest): Refusal | null {
    const { headers } = request;
    if (!isOfHost(headers) && headers['sec-fetch-site'] !== 'same-origin') return FOREIGN;
    return this.#expected !== null || isLocal(request) ? null : NOT_LOCAL;
  }

  /** @returns why a question is not answered, or null */
  refuseQuestion(request: AccessRequest): Refusal | null {
    const { headers } = request;
    if (isCrossSite(headers)) return FOREIGN;
    if (this.#expected !== null && headers.authorization !== undefined) {
      if (!timingSafeEqual(digest(headers.authorization), this.#expected)) return WRONG_TOKEN;
      // A proxy may have changed Host; then the browser's own word counts, which no page can change.
      return isOfHost(headers) || headers['sec-fetch-site'] === 'same-origin' ? null : FOREIGN;
    }
    if (!isOfHost(headers)) return FOREIGN;
    if (isLocal(request)) return null;
    return this.#expected === null ? NOT_LOCAL : NO_TOKEN;
  }

  /**
   * Pages of other origins cannot send JSON without asking first (WHATWG Fetch, CORS-safelisted request-header), and are
   * not answered when they ask.
   * @returns why nothing is changed, or null
   */
  refuseChange(request: AccessRequest): Refusal | null {
    const refusal = this.refuseQuestion(request);
    if (refusal !== null) return refusal;
    return JSON_TYPE.test(request.headers['content-type'] ?? '') ? null : NOT_JSON;
  }
}

/** Digests are compared, so that neither time nor length tells anything of the token. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Host is looked at because a name of an attacker's may lead to the loopback: then Host tells that name. */
function isLocal({ remoteAddress, httpVersion, headers }: AccessRequest): boolean {
  return (
    remoteAddress !== undefined &&
    isLoopbackAddress(remoteAddress.replace(/^::ffff:/i, '')) &&
    isLoopbackHost(headers.host) &&
    httpVersion === DIRECT_HTTP_VERSION &&
    PROXY_HEADERS.every((name) => headers[name] === undefined)
  );
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(host ?? '')?.[1]?.toLowerCase();
  return name !== undefined && (name === 'localhost' || name === '[::1]' || isLoopbackAddress(name));
}

/** By the browser's word (W3C Fetch Metadata); `none` is the user's own doing. */
function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Whether the origin that asks, if any is told, is the one that is asked. The scheme may differ behind a TLS proxy. */
function isOfHost({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
