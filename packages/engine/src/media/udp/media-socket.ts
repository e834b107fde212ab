import { getSystemErrorName } from 'node:util';
import type { CappedBuffer } from '../../contract/messages.js';
import * as libc from './libc.js';
import { SOCKADDR_IN6_LENGTH, SocketAddressView, writeSocketAddress } from './socket-address.js';
import { SocketError } from './sockets.js';

/** Bytes asked of the kernel for each direction of a socket: what a busy worker may not get to for some tens of ms. */
export const SOCKET_BUFFER = 4 << 20;
/** Words that SO_MEMINFO fills in, and the place of the datagrams that found no room among them (linux/sock_diag.h). */
const MEMORY_INFORMATION_WORDS = 9;
const MEMORY_INFORMATION_DROPS = 8;

/**
 * Opens a UDP socket for media.
 * @returns its descriptor
 * @throws SocketError when it cannot be bound
 */
export function openSocket(calls: libc.LibC, family: 'IPv4' | 'IPv6', address: string, port: number): number {
  const domain = family === 'IPv4' ? libc.AF_INET : libc.AF_INET6;
  const descriptor = calls.socket(domain, libc.SOCK_DGRAM | libc.SOCK_NONBLOCK | libc.SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw new SocketError(errorName(calls), address, port);
  setOption(calls, descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF, SOCKET_BUFFER);
  setOption(calls, descriptor, libc.SOL_SOCKET, libc.SO_SNDBUF, SOCKET_BUFFER);
  // IPv4 has sockets of its own: an address looks the same in whichever table it stands.
  if (family === 'IPv6') setOption(calls, descriptor, libc.IPPROTO_IPV6, libc.IPV6_V6ONLY, 1);
  const sockaddr = new Uint8Array(SOCKADDR_IN6_LENGTH);
  const length = writeSocketAddress(sockaddr, 0, family, address, port);
  if (calls.bind(descriptor, sockaddr, length) !== 0) {
    const name = errorName(calls);
    calls.close(descriptor);
    throw new SocketError(name, address, port);
  }
  return descriptor;
}

/**
 * Closes what a thread that died has left open, unless the descriptor has become something else's meanwhile.
 * @param port that the thread took media on
 */
export function closeLeftSocket(calls: libc.LibC, descriptor: number, port: number): void {
  const name = new Uint8Array(SOCKADDR_IN6_LENGTH);
  const length = Uint32Array.of(name.length);
  const found = calls.getsockname(descriptor, name, new Uint8Array(length.buffer));
  const address = new SocketAddressView();
  if (found === 0 && address.read(name, 0) && address.port === port) calls.close(descriptor);
}

/** @returns which buffers of a socket the kernel made smaller than was asked */
export function findCappedBuffers(calls: libc.LibC, descriptor: number): CappedBuffer[] {
  const capped: CappedBuffer[] = [];
  for (const [option, sysctl] of [
    [libc.SO_RCVBUF, 'net.core.rmem_max'],
    [libc.SO_SNDBUF, 'net.core.wmem_max'],
  ] as const) {
    const [size = 0] = getOption(calls, descriptor, option, 1);
    // The kernel doubles what it is asked for, for its own bookkeeping, and tells the double (socket(7)).
    const granted = size / 2;
    if (granted > 0 && granted < SOCKET_BUFFER) capped.push({ sysctl, granted, wanted: SOCKET_BUFFER });
  }
  return capped;
}

/** @returns datagrams that found the socket's receive buffer full since it was opened */
export function readReceiveDrops(calls: libc.LibC, descriptor: number): number {
  return (
    getOption(calls, descriptor, libc.SO_MEMINFO, MEMORY_INFORMATION_WORDS)[MEMORY_INFORMATION_DROPS] ?? 0
  );
}

function setOption(calls: libc.LibC, descriptor: number, level: number, name: number, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  calls.setsockopt(descriptor, level, name, bytes, bytes.length);
}

/** @returns `words` words of an option of SOL_SOCKET; zeros where the system does not know it */
function getOption(calls: libc.LibC, descriptor: number, name: number, words: number): Uint32Array {
  const values = new Uint32Array(words);
  const length = Uint32Array.of(values.byteLength);
  calls.getsockopt(
    descriptor,
    libc.SOL_SOCKET,
    name,
    new Uint8Array(values.buffer),
    new Uint8Array(length.buffer),
  );
  return values;
}

function errorName(calls: libc.LibC): string {
  return getSystemErrorName(-calls.errno());
}
