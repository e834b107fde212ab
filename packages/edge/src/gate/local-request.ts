/** Whether a request comes from a program on this machine, and not by a proxy on it. */
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackAddress, plainAddress } from './address.js';

/** What of a request decides. */
export interface SourceOfRequest {
  /** Of the socket's other end. */
  readonly remoteAddress: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Set by proxies. Behind one on this machine every request comes from the loopback, so any of them means that it does not.
 */
const PROXY_HEADERS: ReadonlySet<string> = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
]);
/** X-Forwarded-For, -Host, -Proto, -Port, -Server and what else there is: no proxy sets all of them. */
const PROXY_HEADERS_BEGIN = 'x-forwarded-';
/** Browsers and command-line tools speak it; proxies that set no header are told to speak 1.0 by their defaults. */
const DIRECT_HTTP_VERSION = '1.1';

/** Host is looked at because a name of an attacker's may lead to the loopback: then Host tells that name. */
export function isLocalRequest({ remoteAddress, httpVersion, headers }: SourceOfRequest): boolean {
  return (
    remoteAddress !== undefined &&
    isLoopbackAddress(plainAddress(remoteAddress)) &&
    isLoopbackHost(headers.host) &&
    httpVersion === DIRECT_HTTP_VERSION &&
    !Object.keys(headers).some(isOfProxy)
  );
}

function isOfProxy(name: string): boolean {
  return PROXY_HEADERS.has(name) || name.startsWith(PROXY_HEADERS_BEGIN);
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(host ?? '')?.[1]?.toLowerCase();
  return name !== undefined && (name === 'localhost' || name === '[::1]' || isLoopbackAddress(name));
}
