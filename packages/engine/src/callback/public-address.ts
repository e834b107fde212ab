/** Tells addresses on the public Internet from those that only this host or its network reaches. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * IANA's special-purpose address registries (RFC 6890): what is not globally reachable, and the ranges of IPv6 that
 * embed an IPv4 address and would lead around the list.
 */
const SPECIAL_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Of IPv6 only 2000::/3 is global unicast; the list holds the special ranges in it. */
const SPECIAL_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const specialIPv4 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV4) specialIPv4.addSubnet(network, prefix, 'ipv4');
const specialIPv6 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV6) specialIPv6.addSubnet(network, prefix, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * @param address in text, without brackets or zone
 * @returns whether it is a unicast address of the public Internet
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !specialIPv4.check(address, 'ipv4');
  if (!isIPv6(address)) return false;
  return globalUnicast.check(address, 'ipv6') && !specialIPv6.check(address, 'ipv6');
}
