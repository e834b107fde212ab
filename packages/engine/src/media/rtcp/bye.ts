import { readUint32, writeUint32 } from '../big-endian.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END, type RtcpDropReason } from './drop-reasons.js';
import { RTCP_HEADER_LENGTH, readCount, writePacketHeader } from './packet-header.js';
import { RTCP_BYE } from './packet-types.js';

/** Octets of a goodbye for one source, without a reason. */
export const BYE_LENGTH = 8;

const SSRC_LENGTH = 4;

/** A goodbye as it is read from a packet; its sources are read with {@link readByeSource}. */
export class Bye {
  /** Number of sources that leave, 0…31. */
  sourceCount = 0;
  /** Where the first source stands. */
  sourcesOffset = 0;
}

/**
 * Parses a goodbye, RFC 3550 section 6.6. The reason is ignored.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|   SC    |   PT=BYE=203  |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       SSRC/CSRC, SC times                     |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |     length    |         reason for leaving …       (optional) |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @param bytes the array that holds the packet
 * @param offset where the packet begins
 * @param length octets of the packet, as {@link CompoundCursor} gives them
 * @param bye is filled
 * @returns 0, or why the packet is dropped
 */
export function parseBye(
  bytes: Uint8Array,
  offset: number,
  length: number,
  bye: Bye,
): typeof RTCP_ACCEPTED | RtcpDropReason {
  if (length < RTCP_HEADER_LENGTH) return RTCP_CONTENT_BEYOND_END;
  const sourceCount = readCount(bytes, offset);
  if (RTCP_HEADER_LENGTH + sourceCount * SSRC_LENGTH > length) return RTCP_CONTENT_BEYOND_END;
  bye.sourceCount = sourceCount;
  bye.sourcesOffset = offset + RTCP_HEADER_LENGTH;
  return RTCP_ACCEPTED;
}

/**
 * @param bytes the array that `bye` was parsed from
 * @param index 0 … `bye.sourceCount` - 1
 * @returns the SSRC of one source that leaves
 */
export function readByeSource(bytes: Uint8Array, bye: Bye, index: number): number {
  return readUint32(bytes, bye.sourcesOffset + index * SSRC_LENGTH);
}

/** Writes a goodbye for one source, without a reason. @returns octets written */
export function writeBye(bytes: Uint8Array, offset: number, ssrc: number): number {
  writePacketHeader(bytes, offset, 1, RTCP_BYE, BYE_LENGTH);
  writeUint32(bytes, offset + RTCP_HEADER_LENGTH, ssrc);
  return BYE_LENGTH;
}
