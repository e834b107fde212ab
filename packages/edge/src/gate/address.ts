/** Addresses as they are compared and counted. */
import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(?=\d+\.)/i;
/** Groups of 16 bits that name a network: RFC 4291 section 2.5.4, and what providers give to one customer. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;

/** @returns an IPv4 address that is written as one of IPv6 (RFC 4291 section 2.5.5.2) as what it is; without its zone */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%');
  return bare.replace(MAPPED, '');
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/**
 * Whoever has one address of IPv6 has the 2^64 of its network.
 * @param address plain
 * @returns what is counted as one: the address, or the network of one of IPv6
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(0, ALL_GROUPS - before.length - after.length)).fill('0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** An IPv4 address at the end takes the place of two. */
function groupsOf(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
