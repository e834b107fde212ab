/** Fields and sections that configuration files of several daemons have. What is wrong is said as what is expected. */
import { z } from 'zod';
import { isNetwork } from '../gate/trusted-proxies.js';
import { parseUrl } from '../http/parse-url.js';
import { LOG_LEVEL_NAMES } from './log-level.js';

export const MAX_PORT = 65535;
/** The numbers of pino's levels end here; see log-level.ts. */
const MAX_LOG_LEVEL = 60;

/** A zod error setting that says what is expected, whatever the fault. */
export function expected<T extends string>(what: T): { readonly error: `expected ${T}` } {
  return { error: `expected ${what}` };
}

export function integer(
  minimum: number,
  maximum: number,
  fault: { readonly error: string } = expected(`an integer from ${minimum} to ${maximum}`),
) {
  return z.int(fault).min(minimum, fault).max(maximum, fault);
}

export const text = z.string(expected('a string'));

/** Begins the secrets of the examples in deploy/, which everybody knows. */
const PLACEHOLDER = 'replace-by-';
export const secretText = text.refine(
  (value) => !value.startsWith(PLACEHOLDER),
  expected('a secret of your own, not that of the example'),
);
export const yesOrNo = z.boolean(expected('true or false'));
export const port = integer(0, MAX_PORT);

const level = expected(`an integer from 0 to ${MAX_LOG_LEVEL} or one of ${LOG_LEVEL_NAMES.join(', ')}`);
export const logLevel = z.union([integer(0, MAX_LOG_LEVEL, level), z.enum(LOG_LEVEL_NAMES)], level);

/** Either coturn's own form `host:port` or a URI as in RFC 7065, without a query. */
const TURN_HOST = /^(turns?:)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;
const turnHost = expected('turn:host:port');

const redis = expected('a URL such as redis://127.0.0.1:6379');
/** Of a Redis; empty for none. */
export const redisUrl = text.refine((url) => url === '' || isRedisUrl(url), redis).default('');

function isRedisUrl(url: string): boolean {
  const parsed = parseUrl(url);
  if (parsed === null) return false;
  const { protocol, pathname, username, password } = parsed;
  const isEncoded = [username, password].every((part) => !/%(?![0-9a-fA-F]{2})/.test(part));
  return /^rediss?:$/.test(protocol) && /^(\/\d*)?$/.test(pathname) && isEncoded;
}

export function section<Shape extends z.core.$ZodLooseShape>(name: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? `expected a section [${name}]` : undefined),
  });
}

export const turnSection = section('turn', {
  host: text.refine((value) => value === '' || TURN_HOST.test(value), turnHost).default(''),
  secret: secretText.default(''),
});

const networks = expected('an array of addresses and networks such as "10.0.0.0/8"');

/** @param defaultPort of the daemon */
export function rpcSection(defaultPort: number) {
  return section('rpc', {
    host: text.default(''),
    port: port.default(defaultPort),
    certificate: text.default(''),
    key: text.default(''),
    'trusted-proxies': z.array(z.string(networks).refine(isNetwork, networks), networks).default([]),
  });
}
