import { readUint8, readUint24, writeUint24 } from '../big-endian.js';
import {
  RTP_ACCEPTED,
  RTP_REDUNDANCY_BLOCK_BEYOND_END,
  RTP_REDUNDANCY_HEADER_BEYOND_END,
  RTP_REDUNDANCY_PRIMARY_EMPTY,
  RTP_REDUNDANCY_TOO_MANY_BLOCKS,
  type RtpDropReason,
} from './drop-reasons.js';

/** Redundant blocks of one packet that are read; senders of Opus have one or two. */
export const MAX_REDUNDANT_BLOCKS = 8;
/** Ticks by which a redundant block can be older than the primary one: 14 bits. */
export const MAX_TIMESTAMP_OFFSET = 0x3fff;
/** Octets of a redundant block: 10 bits. */
export const MAX_BLOCK_LENGTH = 0x3ff;
/** Octets of the header of a redundant block, and of the primary one. */
export const BLOCK_HEADER_LENGTH = 4;
export const PRIMARY_HEADER_LENGTH = 1;

/** The F bit: another block header follows. */
const FOLLOWED_BIT = 0x80;
const PAYLOAD_TYPE_MASK = 0x7f;
const BLOCK_LENGTH_BITS = 10;

/**
 * What a packet with redundancy holds: the primary block and copies of earlier ones, oldest first. Made once and
 * filled again for every packet. Offsets lead into the array that holds the blocks.
 */
export class RedundantPayload {
  /** Redundant blocks, 0…MAX_REDUNDANT_BLOCKS; the arrays mean nothing beyond. */
  count = 0;
  readonly payloadTypes = new Uint8Array(MAX_REDUNDANT_BLOCKS);
  /** Ticks by which each is older than the primary block. */
  readonly timestampOffsets = new Uint16Array(MAX_REDUNDANT_BLOCKS);
  readonly offsets = new Uint32Array(MAX_REDUNDANT_BLOCKS);
  readonly lengths = new Uint16Array(MAX_REDUNDANT_BLOCKS);
  primaryPayloadType = 0;
  primaryOffset = 0;
  primaryLength = 0;

  /** Appends a redundant block, for which there has to be room. */
  add(payloadType: number, timestampOffset: number, offset: number, length: number): void {
    this.payloadTypes[this.count] = payloadType;
    this.timestampOffsets[this.count] = timestampOffset;
    this.offsets[this.count] = offset;
    this.lengths[this.count] = length;
    this.count++;
  }
}

/**
 * Parses the payload of a RED packet, RFC 2198 section 3: headers of all blocks, then their data.
 *
 * ```
 *  0                   1                    2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |1|  block PT   |  timestamp offset         |   block length    |   for each redundant block
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |0|  block PT   |                                                   for the primary one, which takes what is left
 * +-+-+-+-+-+-+-+-+
 * ```
 *
 * @param bytes the array that holds the payload
 * @param offset where the payload begins
 * @param length octets without padding
 * @param payload is filled; after a drop its fields mean nothing
 * @returns 0, or why the packet is dropped
 */
export function parseRedundantPayload(
  bytes: Uint8Array,
  offset: number,
  length: number,
  payload: RedundantPayload,
): typeof RTP_ACCEPTED | RtpDropReason {
  const end = offset + length;
  payload.count = 0;
  let at = offset;
  while (at < end && (readUint8(bytes, at) & FOLLOWED_BIT) !== 0) {
    if (at + BLOCK_HEADER_LENGTH > end) return RTP_REDUNDANCY_HEADER_BEYOND_END;
    if (payload.count === MAX_REDUNDANT_BLOCKS) return RTP_REDUNDANCY_TOO_MANY_BLOCKS;
    const fields = readUint24(bytes, at + 1);
    const payloadType = readUint8(bytes, at) & PAYLOAD_TYPE_MASK;
    payload.add(payloadType, fields >>> BLOCK_LENGTH_BITS, 0, fields & MAX_BLOCK_LENGTH);
    at += BLOCK_HEADER_LENGTH;
  }
  if (at + PRIMARY_HEADER_LENGTH > end) return RTP_REDUNDANCY_HEADER_BEYOND_END;
  payload.primaryPayloadType = readUint8(bytes, at);
  return placeBlocks(payload, at + PRIMARY_HEADER_LENGTH, end);
}

/** The data of the blocks follow each other in the order of their headers. */
function placeBlocks(
  payload: RedundantPayload,
  start: number,
  end: number,
): typeof RTP_ACCEPTED | RtpDropReason {
  let at = start;
  for (let i = 0; i < payload.count; i++) {
    payload.offsets[i] = at;
    at += payload.lengths[i] ?? 0;
  }
  if (at > end) return RTP_REDUNDANCY_BLOCK_BEYOND_END;
  // An Opus packet has one octet at least, RFC 6716 section 3.1.
  if (at === end) return RTP_REDUNDANCY_PRIMARY_EMPTY;
  payload.primaryOffset = at;
  payload.primaryLength = end - at;
  return RTP_ACCEPTED;
}

/**
 * Writes the payload of a RED packet, RFC 2198 section 3.
 *
 * @param bytes the array that holds the blocks and is written to
 * @param target where the payload begins; it must not overlap the blocks
 * @param payload with blocks that keep to the limits above
 * @returns octets
 */
export function writeRedundantPayload(bytes: Uint8Array, target: number, payload: RedundantPayload): number {
  let at = target;
  for (let i = 0; i < payload.count; i++) {
    const fields = ((payload.timestampOffsets[i] ?? 0) << BLOCK_LENGTH_BITS) | (payload.lengths[i] ?? 0);
    bytes[at] = FOLLOWED_BIT | (payload.payloadTypes[i] ?? 0);
    writeUint24(bytes, at + 1, fields);
    at += BLOCK_HEADER_LENGTH;
  }
  bytes[at] = payload.primaryPayloadType;
  at += PRIMARY_HEADER_LENGTH;
  for (let i = 0; i < payload.count; i++) {
    const offset = payload.offsets[i] ?? 0;
    const length = payload.lengths[i] ?? 0;
    bytes.copyWithin(at, offset, offset + length);
    at += length;
  }
  bytes.copyWithin(at, payload.primaryOffset, payload.primaryOffset + payload.primaryLength);
  return at + payload.primaryLength - target;
}

/**
 * Renames the Opus of a payload that has been written, for subscribers whose SDP has another number for it.
 *
 * @param target where the payload begins
 * @param blocks redundant ones that it has
 */
export function renameBlocks(bytes: Uint8Array, target: number, blocks: number, payloadType: number): void {
  const primary = target + blocks * BLOCK_HEADER_LENGTH;
  for (let at = target; at < primary; at += BLOCK_HEADER_LENGTH) bytes[at] = FOLLOWED_BIT | payloadType;
  bytes[primary] = payloadType;
}

/** @returns redundant blocks of a payload that has been written */
export function countBlocks(bytes: Uint8Array, target: number): number {
  let blocks = 0;
  while ((readUint8(bytes, target + blocks * BLOCK_HEADER_LENGTH) & FOLLOWED_BIT) !== 0) blocks++;
  return blocks;
}
