/**
 * `struct sockaddr` as Linux lays it out, between its bytes and what people and STUN read.
 *
 *   sockaddr_in, 16 bytes                   sockaddr_in6, 28 bytes
 *   0  family 2, little-endian              0  family 10, little-endian
 *   2  port, network order                  2  port, network order
 *   4  address, 4 bytes                     4  flow information
 *   8  zeros                                8  address, 16 bytes
 *                                           24 scope id, little-endian
 */
import type { MappedAddress } from '../ice/mapped-address.js';
import {
  formatIpv4Address,
  formatIpv6Address,
  IPV4_ADDRESS_LENGTH,
  IPV6_ADDRESS_LENGTH,
  isIpv4Mapped,
  parseIpv4Address,
  parseIpv6Address,
} from './ip-address.js';

export type AddressFamily = 'IPv4' | 'IPv6';

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_IN_LENGTH = 16;
export const SOCKADDR_IN6_LENGTH = 28;

const PORT_OFFSET = 2;
const IPV4_OFFSET = 4;
const IPV6_OFFSET = 8;
/** Where the IPv4 address stands within an IPv4-mapped IPv6 address. */
const MAPPED_OFFSET = IPV6_ADDRESS_LENGTH - IPV4_ADDRESS_LENGTH;

/**
 * @param address text without a zone
 * @param port 0 to 65535
 * @returns length of the structure: 16 or 28
 * @throws RangeError when the address is none of its family or the port is out of range
 */
export function writeSocketAddress(
  bytes: Uint8Array,
  offset: number,
  family: AddressFamily,
  address: string,
  port: number,
): number {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff)
    throw new RangeError(`port ${port} is out of range`);
  const length = family === 'IPv4' ? SOCKADDR_IN_LENGTH : SOCKADDR_IN6_LENGTH;
  if (offset < 0 || offset + length > bytes.length) {
    throw new RangeError(`no room for a socket address of ${length} bytes at ${offset}`);
  }
  bytes.fill(0, offset, offset + length);
  const valid =
    family === 'IPv4'
      ? parseIpv4Address(address, bytes, offset + IPV4_OFFSET)
      : parseIpv6Address(address, bytes, offset + IPV6_OFFSET);
  if (!valid) throw new RangeError(`'${address}' is no ${family} address`);
  bytes[offset] = family === 'IPv4' ? AF_INET : AF_INET6;
  bytes[offset + PORT_OFFSET] = port >>> 8;
  bytes[offset + PORT_OFFSET + 1] = port & 0xff;
  return length;
}

/**
 * @returns family, address as text and port; an IPv4-mapped IPv6 address as IPv4
 * @throws RangeError when the family is neither AF_INET nor AF_INET6: the kernel writes no other one here
 */
export function readSocketAddress(
  bytes: Uint8Array,
  offset: number,
): { readonly family: AddressFamily; readonly address: string; readonly port: number } {
  const view = new SocketAddressView();
  if (!view.read(bytes, offset)) throw new RangeError(`no socket address stands at ${offset}`);
  const { family, port, addressOffset } = view;
  const format = family === 'IPv4' ? formatIpv4Address : formatIpv6Address;
  return { family, address: format(bytes, addressOffset), port };
}

/** @returns length of the structure that stands there: 16 for IPv4, else 28 */
export function socketAddressLength(bytes: Uint8Array, offset: number): number {
  return bytes[offset] === AF_INET ? SOCKADDR_IN_LENGTH : SOCKADDR_IN6_LENGTH;
}

/** Points at the parts of one socket address at a time; made once and moved from datagram to datagram. */
export class SocketAddressView implements MappedAddress {
  family: AddressFamily = 'IPv4';
  port = 0;
  bytes: Uint8Array = new Uint8Array(IPV4_ADDRESS_LENGTH);
  addressOffset = 0;

  /** @returns false when no AF_INET or AF_INET6 address stands there; the view is then as it was */
  read(bytes: Uint8Array, offset: number): boolean {
    const family = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
    const length = family === AF_INET ? SOCKADDR_IN_LENGTH : SOCKADDR_IN6_LENGTH;
    if ((family !== AF_INET && family !== AF_INET6) || offset + length > bytes.length) return false;
    this.bytes = bytes;
    this.port = ((bytes[offset + PORT_OFFSET] ?? 0) << 8) | (bytes[offset + PORT_OFFSET + 1] ?? 0);
    if (family === AF_INET) {
      this.family = 'IPv4';
      this.addressOffset = offset + IPV4_OFFSET;
    } else if (isIpv4Mapped(bytes, offset + IPV6_OFFSET)) {
      this.family = 'IPv4';
      this.addressOffset = offset + IPV6_OFFSET + MAPPED_OFFSET;
    } else {
      this.family = 'IPv6';
      this.addressOffset = offset + IPV6_OFFSET;
    }
    return true;
  }
}
