import { EIGHT_BLOCKS_OF_ONE_KEY, expandKey, writeFirstRoundTable, writeRoundKeys } from './aes-key';
import { applyKeystream, beginKeystream } from './counter-mode';
import { authenticate, hashPaddedKey, IPAD, OPAD, storeHashState, storeTag, tagEquals } from './hmac';
import { deriveSessionKeys, wipeScratch } from './key-derivation';
import {
  MAX_STREAM_PACKET_LENGTH,
  SRTCP_TRAILER_LENGTH,
  STREAM_CIPHER_FIRST_ROUND_TABLE,
  STREAM_CIPHER_INNER_STATE,
  STREAM_CIPHER_OUTER_STATE,
  STREAM_CIPHER_ROUND_KEYS,
  STREAM_CIPHER_SALT,
  TAG_LENGTH,
} from './layout';
import { COUNTER_BLOCKS, SESSION_AUTHENTICATION_KEY, SESSION_CIPHER_KEY, SESSION_SALT } from './scratch';

/** Octets of one batch: eight blocks. */
const BATCH: usize = 128;
/** What SRTCP leaves in the clear: the first header and the sender's SSRC (RFC 3711, 3.4). */
const RTCP_CLEAR_LENGTH: usize = 8;
const INDEX_LENGTH: usize = 4;
/** The E flag: set when the packet is encrypted. */
const ENCRYPTED: u32 = 0x80000000;

/**
 * Prepares a StreamCipher, which serves one master key in one direction for either RTP or RTCP.
 *
 * @param cipher offset of STREAM_CIPHER_SIZE octets
 * @param masterKey offset of 16 octets
 * @param masterSalt offset of 14 octets
 * @param firstLabel RTP_LABELS or RTCP_LABELS
 */
export function writeStreamCipher(cipher: usize, masterKey: usize, masterSalt: usize, firstLabel: usize): void {
  deriveSessionKeys(masterKey, masterSalt, firstLabel);
  expandKey(SESSION_CIPHER_KEY);
  const roundKeys = cipher + STREAM_CIPHER_ROUND_KEYS;
  writeRoundKeys(roundKeys, 0xff);
  const entries = (MAX_STREAM_PACKET_LENGTH + BATCH - 1) / BATCH;
  writeFirstRoundTable(roundKeys, cipher + STREAM_CIPHER_FIRST_ROUND_TABLE, entries, EIGHT_BLOCKS_OF_ONE_KEY);
  hashPaddedKey(SESSION_AUTHENTICATION_KEY, IPAD);
  storeHashState(cipher + STREAM_CIPHER_INNER_STATE, 4);
  hashPaddedKey(SESSION_AUTHENTICATION_KEY, OPAD);
  storeHashState(cipher + STREAM_CIPHER_OUTER_STATE, 4);
  v128.store(cipher, v128.load(SESSION_SALT), STREAM_CIPHER_SALT);
  wipeScratch();
}

/**
 * Prepares the key stream of a packet. Its counter block (RFC 3711, 4.1.1) is salt, SSRC and packet index, added
 * without carry; all arguments after the first are in network byte order, as loaded from a packet.
 *
 *      0   4        8               14   16
 *     | 0 | SSRC   | packet index   | 0  |
 */
function beginPacket(cipher: usize, ssrc: u32, indexHigh: u32, indexLow: u32): void {
  v128.store(COUNTER_BLOCKS, v128.load(cipher, STREAM_CIPHER_SALT));
  store<u32>(COUNTER_BLOCKS, load<u32>(COUNTER_BLOCKS, 4) ^ ssrc, 4);
  store<u32>(COUNTER_BLOCKS, load<u32>(COUNTER_BLOCKS, 8) ^ indexHigh, 8);
  store<u32>(COUNTER_BLOCKS, load<u32>(COUNTER_BLOCKS, 12) ^ indexLow, 12);
  beginKeystream(cipher);
}

/**
 * Verifies an SRTP packet and only then decrypts it, in place (RFC 3711, 3.3).
 *
 * @param headerLength octets of RTP header, CSRCs and header extension, which are not encrypted
 * @param length octets of the whole packet, at least headerLength + TAG_LENGTH, at most MAX_STREAM_PACKET_LENGTH
 * @param roc rollover counter that the packet is taken to have
 * @returns 1, or 0 for a packet that is not authentic and has not been touched
 */
export function unprotectRtp(cipher: usize, packet: usize, headerLength: usize, length: usize, roc: u32): i32 {
  if (length > MAX_STREAM_PACKET_LENGTH || headerLength + TAG_LENGTH > length) unreachable();
  const end = length - TAG_LENGTH;
  authenticate(cipher, packet, end, bswap<u32>(roc), 4);
  if (!tagEquals(packet + end)) return 0;
  const sequenceNumber = <u32>load<u16>(packet, 2);
  beginPacket(cipher, load<u32>(packet, 8), bswap<u32>(roc), sequenceNumber);
  applyKeystream(cipher, packet + headerLength, end - headerLength);
  return 1;
}

/** Encrypts or decrypts everything behind the first eight octets of an RTCP packet. */
function applyRtcpKeystream(cipher: usize, packet: usize, length: usize, index: u32): void {
  // The index of 31 bits is the packet index of 48 bits, aligned as one: octets 10 to 13.
  beginPacket(cipher, load<u32>(packet, 4), bswap<u32>(index >>> 16), bswap<u32>(index << 16));
  applyKeystream(cipher, packet + RTCP_CLEAR_LENGTH, length - RTCP_CLEAR_LENGTH);
}

/**
 * Encrypts an RTCP packet in place and appends E flag, index and tag (RFC 3711, 3.4).
 *
 * @param length octets of the plain packet, at least 8; SRTCP_TRAILER_LENGTH more have to be free behind it
 * @param index SRTCP index, 31 bits, never used before with this cipher
 * @returns octets of the protected packet
 */
export function protectRtcp(cipher: usize, packet: usize, length: usize, index: u32): usize {
  if (length + SRTCP_TRAILER_LENGTH > MAX_STREAM_PACKET_LENGTH || length < RTCP_CLEAR_LENGTH) unreachable();
  applyRtcpKeystream(cipher, packet, length, index);
  store<u32>(packet + length, bswap<u32>(index | ENCRYPTED));
  authenticate(cipher, packet, length + INDEX_LENGTH, 0, 0);
  storeTag(packet + length + INDEX_LENGTH);
  return length + SRTCP_TRAILER_LENGTH;
}

/**
 * Verifies an SRTCP packet and only then decrypts it, in place, if its E flag says that it is encrypted.
 *
 * @param length octets of the whole packet, at least 8 + SRTCP_TRAILER_LENGTH, at most MAX_STREAM_PACKET_LENGTH
 * @returns octets of the plain packet, or -1 for a packet that is not authentic and has not been touched
 */
export function unprotectRtcp(cipher: usize, packet: usize, length: usize): i32 {
  if (length > MAX_STREAM_PACKET_LENGTH || length < RTCP_CLEAR_LENGTH + SRTCP_TRAILER_LENGTH) unreachable();
  const plainLength = length - SRTCP_TRAILER_LENGTH;
  authenticate(cipher, packet, plainLength + INDEX_LENGTH, 0, 0);
  if (!tagEquals(packet + plainLength + INDEX_LENGTH)) return -1;
  const flagAndIndex = bswap<u32>(load<u32>(packet + plainLength));
  if (flagAndIndex & ENCRYPTED) applyRtcpKeystream(cipher, packet, plainLength, flagAndIndex & ~ENCRYPTED);
  return <i32>plainLength;
}
