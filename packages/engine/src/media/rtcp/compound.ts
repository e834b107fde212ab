import { readUint8 } from '../big-endian.js';
import {
  RTCP_ACCEPTED,
  RTCP_LENGTH_BEYOND_END,
  RTCP_PADDING_INVALID,
  RTCP_PADDING_NOT_LAST,
  RTCP_TOO_SHORT,
  RTCP_WRONG_VERSION,
  type RtcpDropReason,
} from './drop-reasons.js';
import {
  hasPadding,
  RTCP_HEADER_LENGTH,
  RTCP_VERSION,
  readCount,
  readPacketLength,
  readPacketType,
  readVersion,
} from './packet-header.js';

/**
 * Walks over the packets of a compound, RFC 3550 section 6.1. Made once and opened again for each compound:
 *
 * ```
 * const reason = cursor.open(bytes, offset, length);
 * if (reason !== RTCP_ACCEPTED) return drop(reason);
 * while (cursor.next()) consume(cursor.packetType, cursor.offset, cursor.length);
 * ```
 *
 * Any type may come first: RFC 5506 (reduced-size RTCP) lifts the rule that it has to be SR or RR.
 */
export class CompoundCursor {
  /** Type of the current packet. */
  packetType = 0;
  /** The five bits behind the padding bit: number of blocks, chunks or sources, or the format of feedback. */
  count = 0;
  /** Where the current packet begins. */
  offset = 0;
  /** Octets of the current packet, common header included, padding left out. */
  length = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #nextOffset = 0;
  #end = 0;

  /**
   * Validates all packets of a compound, so that none is acted upon if one is broken (RFC 3550 A.2).
   *
   * @param bytes the array that holds the compound, decrypted
   * @param offset where it begins
   * @param length octets of it
   * @returns 0, or why the compound is dropped; then `next` finds nothing
   */
  open(bytes: Uint8Array, offset: number, length: number): typeof RTCP_ACCEPTED | RtcpDropReason {
    const reason = validateCompound(bytes, offset, length);
    this.#bytes = bytes;
    this.#nextOffset = offset;
    this.#end = reason === RTCP_ACCEPTED ? offset + length : offset;
    return reason;
  }

  /** Moves to the next packet; the first call moves to the first. @returns whether there is one */
  next(): boolean {
    const offset = this.#nextOffset;
    if (offset >= this.#end) return false;
    const bytes = this.#bytes;
    const packetLength = readPacketLength(bytes, offset);
    this.#nextOffset = offset + packetLength;
    this.packetType = readPacketType(bytes, offset);
    this.count = readCount(bytes, offset);
    this.offset = offset;
    this.length = hasPadding(bytes, offset)
      ? packetLength - readUint8(bytes, offset + packetLength - 1)
      : packetLength;
    return true;
  }
}

function validateCompound(
  bytes: Uint8Array,
  offset: number,
  length: number,
): typeof RTCP_ACCEPTED | RtcpDropReason {
  if (length < RTCP_HEADER_LENGTH) return RTCP_TOO_SHORT;
  const end = offset + length;
  let position = offset;
  while (position < end) {
    if (end - position < RTCP_HEADER_LENGTH) return RTCP_TOO_SHORT;
    if (readVersion(bytes, position) !== RTCP_VERSION) return RTCP_WRONG_VERSION;
    const packetLength = readPacketLength(bytes, position);
    if (packetLength > end - position) return RTCP_LENGTH_BEYOND_END;
    if (hasPadding(bytes, position)) {
      if (position + packetLength !== end) return RTCP_PADDING_NOT_LAST;
      const padding = readUint8(bytes, end - 1);
      // Section 6.4.1: a multiple of four; the common header is no padding.
      if (padding === 0 || padding % 4 !== 0 || padding > packetLength - RTCP_HEADER_LENGTH) {
        return RTCP_PADDING_INVALID;
      }
    }
    position += packetLength;
  }
  return RTCP_ACCEPTED;
}
