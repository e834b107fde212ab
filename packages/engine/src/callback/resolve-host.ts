/** From the host of a URL to its addresses. */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface ResolvedAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/**
 * @param host a name or a literal address, without brackets
 * @param signal ends the look-up
 * @returns all addresses of it; rejects when there are none
 */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]>;

/** Names of this host itself, which DNS is not asked for (RFC 6761, section 6.3). */
const LOCAL_NAME = /(^|\.)localhost\.?$/i;
const LOOPBACK: readonly ResolvedAddress[] = [{ address: '127.0.0.1', family: 4 }];

/**
 * Asks DNS. The system's own look-up occupies one of the few threads that Node has for such and cannot be called off:
 * whoever gives hosts whose name servers are silent would stop it for all. This one ends with its signal.
 */
export const resolveByDns: ResolveHost = (host, signal) => resolveBy(new Resolver(), host, signal);

/** @param resolver that nobody else uses: it is called off as a whole */
export async function resolveBy(
  resolver: Resolver,
  host: string,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const literal = isIP(host);
  if (literal !== 0) return [{ address: host, family: literal }];
  if (LOCAL_NAME.test(host)) return LOOPBACK;
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length === 0) throw new Error(`${host} has no address`);
  return found.map((address) => ({ address, family: isIP(address) }));
}

/** Asks the system, which knows the names of a private network from other places as well, such as /etc/hosts. */
export const resolveBySystem: ResolveHost = (host) => lookup(host, { all: true });
