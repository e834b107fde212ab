import { readUint8, readUint16, writeUint16 } from '../big-endian.js';

/**
 * The four octets that every RTCP packet begins with, RFC 3550 section 6.4.1:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  count  |      PT       |       length in words - 1     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

/** The only version there is. */
export const RTCP_VERSION = 2;
/** Octets of the common header. */
export const RTCP_HEADER_LENGTH = 4;
/** Greatest value of the 5-bit count: report blocks, chunks or sources in one packet. */
export const MAX_COUNT = 31;

const VERSION_BITS = RTCP_VERSION << 6;
const PADDING_BIT = 0x20;

export function readVersion(bytes: Uint8Array, offset: number): number {
  return readUint8(bytes, offset) >>> 6;
}

export function hasPadding(bytes: Uint8Array, offset: number): boolean {
  return (readUint8(bytes, offset) & PADDING_BIT) !== 0;
}

/** @returns report blocks, chunks or sources in the packet; in feedback messages, their format (FMT) */
export function readCount(bytes: Uint8Array, offset: number): number {
  return readUint8(bytes, offset) & MAX_COUNT;
}

export function readPacketType(bytes: Uint8Array, offset: number): number {
  return readUint8(bytes, offset + 1);
}

/** @returns octets of the packet, common header and padding included */
export function readPacketLength(bytes: Uint8Array, offset: number): number {
  return (readUint16(bytes, offset + 2) + 1) * 4;
}

/**
 * Writes a common header without padding.
 *
 * @param count 0…31
 * @param packetLength octets of the packet, common header included; a multiple of four
 */
export function writePacketHeader(
  bytes: Uint8Array,
  offset: number,
  count: number,
  packetType: number,
  packetLength: number,
): void {
  bytes[offset] = VERSION_BITS | count;
  bytes[offset + 1] = packetType;
  writeUint16(bytes, offset + 2, packetLength / 4 - 1);
}
