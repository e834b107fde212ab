/**
 * One attempt to tell an application something at an https URL. The URL comes from anyone who may call the API, so
 * that it must not lead into the engine's own network: the host is resolved once, checked, and the connection goes to
 * the very addresses that were checked.
 */
import { type Agent, request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';
import type { ResolvedAddress, ResolveHost } from './resolve-host.js';

/** How long an attempt may take, from the look-up to the answer's header, ms. */
export const CALLBACK_TIMEOUT = 5_000;
/** Of the answer's header, the only part that is read, in octets. */
const MAX_ANSWER_HEADER = 8_192;
/** What is below says nothing of the request, RFC 9110 section 15; Node takes 000 for a status as well. */
const MIN_FINAL_STATUS = 200;

export interface PostOptions {
  /** Whether hosts of the engine's own network may be called. */
  readonly allowPrivate: boolean;
  readonly resolve: ResolveHost;
  /** Certificates to trust in place of Node's own, in PEM. */
  readonly trusted?: string;
  /** In ms; CALLBACK_TIMEOUT when left out. */
  readonly timeout?: number;
  /** For tests: connects in place of one of its own. */
  readonly agent?: Agent;
}

/** What came of an attempt: the application's word, or none, or a URL that is not called. */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'forbidden' };

/**
 * @param body JSON
 * @param headers besides those of the content
 * @returns what came of it; never throws
 */
export async function post(
  target: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  options: PostOptions,
): Promise<PostOutcome> {
  if (target.protocol !== 'https:') return { kind: 'forbidden' };
  const signal = AbortSignal.timeout(options.timeout ?? CALLBACK_TIMEOUT);
  try {
    const addresses = await unlessAborted(options.resolve(hostOf(target), signal), signal);
    const allowed = options.allowPrivate
      ? addresses
      : addresses.filter(({ address }) => isPublicAddress(address));
    if (allowed.length === 0) return { kind: 'forbidden' };
    return { kind: 'answered', status: await send(target, allowed, body, headers, options, signal) };
  } catch {
    return { kind: 'unanswered' };
  }
}

/** Host names and literal addresses alike; a URL writes IPv6 in brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Not every look-up can be called off: the waiting for it can. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((fulfil, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(fulfil, reject);
  });
}

/** @returns the HTTP status; redirects are not followed, the answer's body is not read */
function send(
  target: URL,
  addresses: readonly ResolvedAddress[],
  body: string,
  headers: Readonly<Record<string, string>>,
  { trusted, agent }: PostOptions,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((fulfil, reject) => {
    const outgoing = request(target, {
      method: 'POST',
      agent: agent ?? false,
      lookup: resolvedLookup(addresses),
      signal,
      maxHeaderSize: MAX_ANSWER_HEADER,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
      ...(trusted === undefined ? {} : { ca: trusted }),
    });
    outgoing.on('error', reject);
    // Who changes the protocol, which nobody has offered, has not answered: without this nothing more would be told.
    outgoing.on('close', () => reject(new Error('no answer')));
    outgoing.on('response', (response) => {
      response.destroy();
      const { statusCode: status = 0 } = response;
      if (status < MIN_FINAL_STATUS) reject(new Error('no status'));
      else fulfil(status);
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
