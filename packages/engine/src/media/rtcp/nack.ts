import { readInt32, readUint32, writeUint16, writeUint32 } from '../big-endian.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END, type RtcpDropReason } from './drop-reasons.js';
import { RTCP_HEADER_LENGTH, writePacketHeader } from './packet-header.js';
import { RTCP_TRANSPORT_LAYER_FEEDBACK } from './packet-types.js';

/** Format (FMT) of the generic NACK among RTPFB packets, RFC 4585 section 6.2.1. */
export const NACK_FORMAT = 1;

const SSRC_LENGTH = 4;
/** Octets before the entries: common header, SSRC of the sender, SSRC of the media. */
const PREFACE_LENGTH = RTCP_HEADER_LENGTH + 2 * SSRC_LENGTH;
/** Octets of an entry: one sequence number (PID), and a bit for each of those that follow it (BLP). */
const ENTRY_LENGTH = 4;
/** Sequence numbers that the bits of one entry stand for. */
const MASKED = 16;

/** A generic NACK as it is read from a packet; its entries are read with {@link readNackEntry}. */
export class Nack {
  /** Of the stream whose packets are missing. */
  mediaSsrc = 0;
  entryCount = 0;
  /** Where the first entry stands. */
  entriesOffset = 0;
}

/**
 * Parses a generic NACK, RFC 4585 sections 6.1 and 6.2.1.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  FMT=1  |  PT=RTPFB=205 |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC of packet sender                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC of media source                      |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |              PID              |              BLP              |  entries, one at least
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @param bytes the array that holds the packet
 * @param offset where the packet begins
 * @param length octets of the packet, as {@link CompoundCursor} gives them
 * @param nack is filled
 * @returns 0, or why the packet is dropped
 */
export function parseNack(
  bytes: Uint8Array,
  offset: number,
  length: number,
  nack: Nack,
): typeof RTCP_ACCEPTED | RtcpDropReason {
  if (length < PREFACE_LENGTH + ENTRY_LENGTH) return RTCP_CONTENT_BEYOND_END;
  nack.mediaSsrc = readUint32(bytes, offset + RTCP_HEADER_LENGTH + SSRC_LENGTH);
  nack.entryCount = Math.floor((length - PREFACE_LENGTH) / ENTRY_LENGTH);
  nack.entriesOffset = offset + PREFACE_LENGTH;
  return RTCP_ACCEPTED;
}

/**
 * @param bytes the array that `nack` was parsed from
 * @param index 0 … `nack.entryCount` - 1
 * @returns PID in the upper 16 bits: the sequence number of a missing packet. BLP in the lower ones: bit i, counted from
 *   the least significant one, says that PID + 1 + i is missing as well. An int32.
 */
export function readNackEntry(bytes: Uint8Array, nack: Nack, index: number): number {
  return readInt32(bytes, nack.entriesOffset + index * ENTRY_LENGTH);
}

/**
 * Writes a generic NACK.
 *
 * @param senderSsrc of who asks
 * @param mediaSsrc of the stream
 * @param sequenceNumbers in the order in which the packets were sent
 * @param count how many of them, at least one
 * @returns octets written: at most {@link maxNackLength}
 */
export function writeNack(
  bytes: Uint8Array,
  offset: number,
  senderSsrc: number,
  mediaSsrc: number,
  sequenceNumbers: Uint16Array,
  count: number,
): number {
  let end = offset + PREFACE_LENGTH;
  for (let i = 0; i < count; ) {
    const first = sequenceNumbers[i++] ?? 0;
    let mask = 0;
    for (; i < count; i++) {
      const distance = ((sequenceNumbers[i] ?? 0) - first) & 0xffff;
      if (distance > MASKED) break;
      mask |= 1 << (distance - 1);
    }
    writeUint16(bytes, end, first);
    writeUint16(bytes, end + 2, mask);
    end += ENTRY_LENGTH;
  }
  writePacketHeader(bytes, offset, NACK_FORMAT, RTCP_TRANSPORT_LAYER_FEEDBACK, end - offset);
  writeUint32(bytes, offset + RTCP_HEADER_LENGTH, senderSsrc);
  writeUint32(bytes, offset + RTCP_HEADER_LENGTH + SSRC_LENGTH, mediaSsrc);
  return end - offset;
}

/** @returns octets of the longest NACK for so many packets */
export function maxNackLength(count: number): number {
  return PREFACE_LENGTH + count * ENTRY_LENGTH;
}
