/** Section [auth] of engine and monitor: which access tokens count, and who may call where none are demanded. */
import { isIPv4 } from 'node:net';
import { ConfigurationError, describeFault } from '../config/configuration-error.js';
import { expected, secretText, section, text, yesOrNo } from '../config/fields.js';
import { parseUrl } from '../http/parse-url.js';

/** Octets of the shared secret: as long as the hash of HS256 at least, RFC 7518 section 3.2. */
export const MIN_SECRET_LENGTH = 32;
/** Where a daemon listens to which anybody may say anything. */
export const LOOPBACK_HOST = '127.0.0.1';

export interface AuthConfig {
  /** Of HS256; null when no token is signed by it. */
  readonly secret: string | null;
  /** URL of the JSON Web Key Set (RFC 7517) of RS256, ES256 and EdDSA; null when no token is signed by one. */
  readonly jwks: string | null;
  /** Demanded as `iss`; null for any or none. */
  readonly issuer: string | null;
  /** Demanded as `aud`, or among it; null for any or none. */
  readonly audience: string | null;
  /** Whether other machines may call although no tokens are demanded. */
  readonly insecure: boolean;
}

const secret = expected(`at least ${MIN_SECRET_LENGTH} octets ("openssl rand -hex 32" makes some)`);
const jwks = expected('an https URL, or one of http on the loopback');

export const authSection = section('auth', {
  secret: secretText
    .refine((value) => value === '' || Buffer.byteLength(value) >= MIN_SECRET_LENGTH, secret)
    .default(''),
  jwks: text.refine((value) => value === '' || isKeySetUrl(value), jwks).default(''),
  issuer: text.default(''),
  audience: text.default(''),
  insecure: yesOrNo.default(false),
});

/** As the file has it. */
export interface AuthSection {
  readonly secret: string;
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  readonly insecure: boolean;
}

/** @throws ConfigurationError when the section contradicts itself */
export function authOf(auth: AuthSection, source: string): AuthConfig {
  const config: AuthConfig = {
    secret: unlessEmpty(auth.secret),
    jwks: unlessEmpty(auth.jwks),
    issuer: unlessEmpty(auth.issuer),
    audience: unlessEmpty(auth.audience),
    insecure: auth.insecure,
  };
  if (demandsTokens(config)) {
    if (!config.insecure) return config;
    const problem = 'expected false, since secret or jwks is set: tokens are demanded';
    throw new ConfigurationError(describeFault(source, 'auth', 'insecure', true, problem));
  }
  for (const key of ['issuer', 'audience'] as const) {
    if (config[key] === null) continue;
    const problem = 'expected secret or jwks besides: no tokens are demanded without';
    throw new ConfigurationError(describeFault(source, 'auth', key, config[key], problem));
  }
  return config;
}

/** Whether whoever calls has to show a token. */
export function demandsTokens({ secret, jwks }: AuthConfig): boolean {
  return secret !== null || jwks !== null;
}

/**
 * Where nobody has to show a token, nobody but this machine may call, unless it is written out.
 *
 * @param host of section [rpc]; empty when it is not given
 * @returns the address or name to listen on; null for every address of the machine
 * @throws ConfigurationError
 */
export function listenHost(host: string, auth: AuthConfig, source: string): string | null {
  if (demandsTokens(auth) || auth.insecure) return unlessEmpty(host);
  if (host === '') return LOOPBACK_HOST;
  if (isLoopback(host)) return host;
  const problem =
    'expected a loopback address, since no access tokens are demanded: set [auth] secret or jwks, or [auth] insecure = true';
  throw new ConfigurationError(describeFault(source, 'rpc', 'host', host, problem));
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3, RFC 6761 section 6.3. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

function isKeySetUrl(value: string): boolean {
  const url = parseUrl(value);
  if (url === null) return false;
  const { protocol, hostname } = url;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function unlessEmpty(value: string): string | null {
  return value === '' ? null : value;
}
