import { encryptFourLanes, firstRound } from '../dist/generated/aes';
import { hashFourLanes, outerHashFourLanes } from '../dist/generated/sha1';
import { SWAP_BYTES } from './constants';
import { sliceCounterBlocksOfLanes } from './counter-mode';
import {
  KEY_GROUP_FIRST_ROUND_TABLE,
  KEY_GROUP_INNER_STATE,
  KEY_GROUP_OUTER_STATE,
  KEY_GROUP_ROUND_KEYS,
  KEY_GROUP_SALT,
  ROUTE_GROUP_AUDIO_LEVEL_EXTENSION,
  ROUTE_GROUP_LAST_SEQUENCE_NUMBER,
  ROUTE_GROUP_PAYLOAD_TYPE,
  ROUTE_GROUP_ROC,
  ROUTE_GROUP_SEQUENCE_OFFSET,
  ROUTE_GROUP_SSRC,
  ROUTE_GROUP_TIMESTAMP_OFFSET,
} from './layout';
import { COUNTER_BLOCKS, LANES_STATE, ROLLOVER_COUNTERS } from './scratch';

/** Octets of header that writeHeaders copies in vectors at once; longer headers have CSRCs. */
const COPIED_AT_ONCE: usize = 32;
/** The X bit in the first octet (RFC 3550, 5.1). */
const EXTENSION_BIT: u32 = 0x10;
const MARKER_BIT: u32 = 0x80;

/** Offsets of the four packets that are being written. */
let packet0: usize = 0;
let packet1: usize = 0;
let packet2: usize = 0;
let packet3: usize = 0;

/**
 * Writes the headers of four packets and what their encryption and authentication need: counter blocks and rollover
 * counters.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |V=2|P|X|  CC   |M|    PT *     |       sequence number *       |
 *     |                          timestamp *                          |
 *     |                            SSRC *                             |
 *     |                        CSRC, CC times                         |
 *     |             0xBEDE            |           length 1            |   these two words only when X is set
 *     | ID *  | len 0 |    level      |       0       |       0       |
 *
 * What is marked * is the lane's own.
 */
@inline
function writeHeaders(keyGroup: usize, routeGroup: usize, packet: usize, headerLength: usize): void {
  const swapBytes = v128.load(SWAP_BYTES);
  const low16 = i32x4.splat(0xffff);
  const zero = i32x4.splat(0);

  // The sender's packet index (RFC 3711, 3.3.1): the route's own sequence numbers, which it may have to go back to
  // for a packet that came late, so the rollover counter is the nearest one.
  const last = v128.load(routeGroup, ROUTE_GROUP_LAST_SEQUENCE_NUMBER);
  const lastRoc = v128.load(routeGroup, ROUTE_GROUP_ROC);
  const sequenceNumber = v128.and(
    i32x4.add(i32x4.splat(bswap<u16>(load<u16>(packet, 2))), v128.load(routeGroup, ROUTE_GROUP_SEQUENCE_OFFSET)),
    low16,
  );
  const distance = i32x4.shr_s(i32x4.shl(i32x4.sub(sequenceNumber, last), 16), 16);
  const roc = i32x4.add(lastRoc, i32x4.shr_s(i32x4.add(last, distance), 16));
  const isNewest = i32x4.gt_s(distance, zero);
  v128.store(routeGroup, v128.bitselect(sequenceNumber, last, isNewest), ROUTE_GROUP_LAST_SEQUENCE_NUMBER);
  v128.store(routeGroup, v128.bitselect(roc, lastRoc, isNewest), ROUTE_GROUP_ROC);

  // From here on in network byte order.
  const rocs = i8x16.swizzle(roc, swapBytes);
  const sequenceNumbers = i8x16.swizzle(i32x4.shl(sequenceNumber, 16), swapBytes);
  const ssrcs = i8x16.swizzle(v128.load(routeGroup, ROUTE_GROUP_SSRC), swapBytes);
  const timestamps = i8x16.swizzle(
    i32x4.add(i32x4.splat(bswap<u32>(load<u32>(packet, 4))), v128.load(routeGroup, ROUTE_GROUP_TIMESTAMP_OFFSET)),
    swapBytes,
  );
  v128.store(ROLLOVER_COUNTERS, rocs);
  const flags = <u32>load<u8>(packet) | ((<u32>load<u8>(packet, 1) & MARKER_BIT) << 8);
  const payloadTypes = i32x4.shl(v128.load(routeGroup, ROUTE_GROUP_PAYLOAD_TYPE), 8);
  const firstWords = v128.or(v128.or(i32x4.splat(flags), payloadTypes), i32x4.shl(sequenceNumbers, 16));

  // Lanes to packets: 4 by 4 transpositions of the words (first, timestamp, SSRC, next) and (0, SSRC, ROC, sequence).
  const next = i32x4.splat(load<u32>(packet, 12));
  const second = v128.load(packet, 16);
  const headA = i32x4.shuffle(firstWords, timestamps, 0, 4, 1, 5), headB = i32x4.shuffle(firstWords, timestamps, 2, 6, 3, 7);
  const headC = i32x4.shuffle(ssrcs, next, 0, 4, 1, 5), headD = i32x4.shuffle(ssrcs, next, 2, 6, 3, 7);
  v128.store(packet0, i64x2.shuffle(headA, headC, 0, 2));
  v128.store(packet1, i64x2.shuffle(headA, headC, 1, 3));
  v128.store(packet2, i64x2.shuffle(headB, headD, 0, 2));
  v128.store(packet3, i64x2.shuffle(headB, headD, 1, 3));
  v128.store(packet0, second, 16);
  v128.store(packet1, second, 16);
  v128.store(packet2, second, 16);
  v128.store(packet3, second, 16);
  const ivA = i32x4.shuffle(zero, ssrcs, 0, 4, 1, 5), ivB = i32x4.shuffle(zero, ssrcs, 2, 6, 3, 7);
  const ivC = i32x4.shuffle(rocs, sequenceNumbers, 0, 4, 1, 5), ivD = i32x4.shuffle(rocs, sequenceNumbers, 2, 6, 3, 7);
  storeCounterBlock(keyGroup, 0, i64x2.shuffle(ivA, ivC, 0, 2));
  storeCounterBlock(keyGroup, 16, i64x2.shuffle(ivA, ivC, 1, 3));
  storeCounterBlock(keyGroup, 32, i64x2.shuffle(ivB, ivD, 0, 2));
  storeCounterBlock(keyGroup, 48, i64x2.shuffle(ivB, ivD, 1, 3));

  if (headerLength > COPIED_AT_ONCE) copyRestOfHeader(packet, headerLength);
  if (<u32>load<u8>(packet) & EXTENSION_BIT) writeAudioLevels(routeGroup, packet, headerLength);
}

/** Counter block of RFC 3711, 4.1.1: salt, SSRC and packet index, added without carry. */
@inline
function storeCounterBlock(keyGroup: usize, offset: usize, block: v128): void {
  v128.store(COUNTER_BLOCKS + offset, v128.xor(v128.load(keyGroup + offset, KEY_GROUP_SALT), block));
}

function copyRestOfHeader(packet: usize, headerLength: usize): void {
  for (let at = COPIED_AT_ONCE; at < headerLength; at += 16) {
    const octets = v128.load(packet + at);
    v128.store(packet0 + at, octets);
    v128.store(packet1 + at, octets);
    v128.store(packet2 + at, octets);
    v128.store(packet3 + at, octets);
  }
}

/**
 * Writes the audio-level element (RFC 6464) under each subscriber's id. A lane without one gets padding (RFC 8285,
 * 4.2): the header keeps its length, so that one payload position serves all lanes.
 */
@inline
function writeAudioLevels(routeGroup: usize, packet: usize, headerLength: usize): void {
  const element = headerLength - 4;
  const id = v128.load(routeGroup, ROUTE_GROUP_AUDIO_LEVEL_EXTENSION);
  const level = i32x4.splat(<i32>load<u8>(packet + element, 1) << 8);
  const octets = v128.and(v128.or(i32x4.shl(id, 4), level), i32x4.ne(id, i32x4.splat(0)));
  v128.store16_lane(packet0 + element, octets, 0);
  v128.store16_lane(packet1 + element, octets, 2);
  v128.store16_lane(packet2 + element, octets, 4);
  v128.store16_lane(packet3 + element, octets, 6);
}

/**
 * Appends a lane's rollover counter and the padding of SHA-1 (FIPS 180-4, 5.1.1) behind its packet. Writes up to 84
 * octets; the tag takes their place.
 */
@inline
function padMessage(packet: usize, length: usize, lane: usize, lengthWord: usize, bits: u32): void {
  const end = packet + length;
  const zero = i32x4.splat(0);
  store<u32>(end, load<u32>(ROLLOVER_COUNTERS + 4 * lane));
  v128.store(end, i32x4(0x80, 0, 0, 0), 4);
  v128.store(end, zero, 20);
  v128.store(end, zero, 36);
  v128.store(end, zero, 52);
  v128.store(end, zero, 68);
  store<u32>(packet + lengthWord, bits);
}

/** Authenticates four encrypted packets of `length` octets with their rollover counters (RFC 3711, 4.2). */
@inline
function writeTags(keyGroup: usize, length: usize): void {
  const blocks = (length + 4 + 9 + 63) >>> 6;
  const lengthWord = (blocks << 6) - 4;
  // The inner hash began with the block of the key.
  const bits = bswap<u32>((64 + <u32>length + 4) << 3);
  padMessage(packet0, length, 0, lengthWord, bits);
  padMessage(packet1, length, 1, lengthWord, bits);
  padMessage(packet2, length, 2, lengthWord, bits);
  padMessage(packet3, length, 3, lengthWord, bits);
  for (let i: usize = 0; i < 80; i += 16) v128.store(LANES_STATE + i, v128.load(keyGroup + i, KEY_GROUP_INNER_STATE));
  hashFourLanes(packet0, packet1, packet2, packet3, <i32>blocks);
  outerHashFourLanes(keyGroup + KEY_GROUP_OUTER_STATE);
  const swapBytes = v128.load(SWAP_BYTES);
  const h0 = i8x16.swizzle(v128.load(LANES_STATE), swapBytes);
  const h1 = i8x16.swizzle(v128.load(LANES_STATE, 16), swapBytes);
  const h2 = i8x16.swizzle(v128.load(LANES_STATE, 32), swapBytes);
  const lower = i32x4.shuffle(h0, h1, 0, 4, 1, 5), upper = i32x4.shuffle(h0, h1, 2, 6, 3, 7);
  v128.store64_lane(packet0 + length, lower, 0);
  v128.store64_lane(packet1 + length, lower, 1);
  v128.store64_lane(packet2 + length, upper, 0);
  v128.store64_lane(packet3 + length, upper, 1);
  v128.store16_lane(packet0 + length, h2, 0, 8);
  v128.store16_lane(packet1 + length, h2, 2, 8);
  v128.store16_lane(packet2 + length, h2, 4, 8);
  v128.store16_lane(packet3 + length, h2, 6, 8);
}

/** Writes the protected packets of four lanes to four slots `stride` octets apart. */
@inline
export function protectLanes(
  keyGroup: usize, routeGroup: usize, packet: usize, headerLength: usize, payloadLength: usize,
  output: usize, stride: usize,
): void {
  packet0 = output;
  packet1 = packet0 + stride;
  packet2 = packet1 + stride;
  packet3 = packet2 + stride;
  writeHeaders(keyGroup, routeGroup, packet, headerLength);
  sliceCounterBlocksOfLanes();
  const roundKeys = keyGroup + KEY_GROUP_ROUND_KEYS;
  firstRound(roundKeys);
  encryptFourLanes(
    roundKeys, keyGroup + KEY_GROUP_FIRST_ROUND_TABLE, packet + headerLength, <i32>payloadLength,
    packet0 + headerLength, packet1 + headerLength, packet2 + headerLength, packet3 + headerLength,
  );
  writeTags(keyGroup, headerLength + payloadLength);
}
