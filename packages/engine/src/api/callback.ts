/**
 * Tells an application that a participant's media has arrived, at the https URL it gave in `publish`. The URL comes
 * from anyone who may call the API, so that it must not lead into the engine's own network: the host is resolved
 * once, checked, and the connection goes to the very address that was checked.
 */
import { lookup as resolveHost } from 'node:dns/promises';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';

/** How long the whole exchange may take, in milliseconds. */
export const CALLBACK_TIMEOUT = 5_000;

/** What is posted. */
export interface CallbackBody {
  readonly rid: string;
  readonly uid: string;
  readonly cid: string;
  readonly action: 'ontrack';
}

export interface CallbackOptions {
  /** Whether hosts of the engine's own network may be called. */
  readonly allowPrivate: boolean;
  /** Certificates to trust in place of Node's own, in PEM. */
  readonly trusted?: string;
  /** In milliseconds; CALLBACK_TIMEOUT when left out. */
  readonly timeout?: number;
}

/** Posts one callback; true when the application answered 200, never throws. */
export type Notify = (url: string, body: CallbackBody) => Promise<boolean>;

interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** @returns a function that posts callbacks under these options */
export function createNotify(options: CallbackOptions): Notify {
  return async (url, body) => {
    const signal = AbortSignal.timeout(options.timeout ?? CALLBACK_TIMEOUT);
    try {
      const target = new URL(url);
      if (target.protocol !== 'https:') return false;
      const addresses = await unlessAborted(resolve(target.hostname), signal);
      const allowed = options.allowPrivate
        ? addresses
        : addresses.filter(({ address }) => isPublicAddress(address));
      if (allowed.length === 0) return false;
      return (await post(target, allowed, JSON.stringify(body), options.trusted, signal)) === 200;
    } catch {
      return false;
    }
  };
}

/** Host names and literal addresses alike; a URL writes IPv6 in brackets. */
function resolve(hostname: string): Promise<readonly ResolvedAddress[]> {
  return resolveHost(hostname.replace(/^\[|\]$/g, ''), { all: true });
}

/** A look-up cannot be called off: the waiting for it can. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((fulfil, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(fulfil, reject);
  });
}

/** @returns the HTTP status; redirects are not followed, the body is not read */
function post(
  target: URL,
  addresses: readonly ResolvedAddress[],
  body: string,
  trusted: string | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  return new Promise((fulfil, reject) => {
    const outgoing = request(target, {
      method: 'POST',
      agent: false,
      lookup: resolvedLookup(addresses),
      signal,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      ...(trusted === undefined ? {} : { ca: trusted }),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      fulfil(response.statusCode);
      response.destroy();
    });
    outgoing.end(body);
  });
}

/** Stands in for DNS: answers what has been resolved and checked already. */
function resolvedLookup(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, { all }, answer) => {
    const [first] = addresses;
    if (all === true) answer(null, [...addresses]);
    else if (first === undefined) answer(new Error('no address'), '');
    else answer(null, first.address, first.family);
  };
}
