import { hashStream, outerHashStream } from '../dist/generated/sha1';
import { MAX_HMAC_KEY_LENGTH, MAX_STREAM_PACKET_LENGTH, STREAM_CIPHER_INNER_STATE, STREAM_CIPHER_OUTER_STATE } from './layout';
import { HASH_TAIL, HMAC_KEY_BLOCK, STREAM_STATE } from './scratch';

export const IPAD: u8 = 0x36;
export const OPAD: u8 = 0x5c;
const HASH_BLOCK: usize = 64;
const DIGEST_LENGTH: usize = 20;

/** Sets the state at STREAM_STATE to SHA-1's initial one (FIPS 180-4, 5.3.1). */
function beginHash(): void {
  store<u32>(STREAM_STATE, 0x67452301);
  store<u32>(STREAM_STATE, 0xefcdab89, 4);
  store<u32>(STREAM_STATE, 0x98badcfe, 8);
  store<u32>(STREAM_STATE, 0x10325476, 12);
  store<u32>(STREAM_STATE, 0xc3d2e1f0, 16);
}

/**
 * Hashes a key, padded to a block and combined with ipad or opad (RFC 2104, section 2): the state that every message
 * under this key starts from. Result at STREAM_STATE.
 *
 * @param key offset of 20 octets, the key length of SRTP's HMAC-SHA1 (RFC 3711, 4.2.1)
 */
export function hashPaddedKey(key: usize, pad: u8): void {
  const pads = i8x16.splat(pad);
  v128.store(HMAC_KEY_BLOCK, v128.xor(v128.load(key), pads));
  v128.store(HMAC_KEY_BLOCK, pads, 16);
  v128.store(HMAC_KEY_BLOCK, pads, 32);
  v128.store(HMAC_KEY_BLOCK, pads, 48);
  store<u32>(HMAC_KEY_BLOCK, load<u32>(key, 16) ^ load<u32>(HMAC_KEY_BLOCK, 16), 16);
  beginHash();
  hashStream(HMAC_KEY_BLOCK, 1);
}

/** Copies the five words of STREAM_STATE to places `distance` octets apart. */
export function storeHashState(to: usize, distance: usize): void {
  for (let i: usize = 0; i < 5; i++) store<u32>(to + i * distance, load<u32>(STREAM_STATE + 4 * i));
}

/**
 * HMAC-SHA1 (RFC 2104) of a message under a StreamCipher's key; the first 80 bits are then at STREAM_STATE as three
 * words, the last of which counts by its upper half. Reads up to 64 octets behind the message, writes none there.
 *
 * @param suffix four octets that follow the message, as they lie in memory: the rollover counter (RFC 3711, 4.2)
 * @param suffixLength 4, or 0 for none
 */
export function authenticate(cipher: usize, message: usize, length: usize, suffix: u32, suffixLength: usize): void {
  for (let i: usize = 0; i < 20; i += 4) {
    store<u32>(STREAM_STATE + i, load<u32>(cipher + i, STREAM_CIPHER_INNER_STATE));
  }
  hashMessage(message, length, suffix, suffixLength);
  outerHashStream(cipher + STREAM_CIPHER_OUTER_STATE);
}

/**
 * Hashes a message, its suffix and the padding on from STREAM_STATE, which has taken a block of a padded key before.
 * Reads up to 64 octets behind the message.
 */
function hashMessage(message: usize, length: usize, suffix: u32, suffixLength: usize): void {
  const whole = length / HASH_BLOCK;
  if (whole > 0) hashStream(message, <i32>whole);
  const rest = message + whole * HASH_BLOCK;
  for (let i: usize = 0; i < HASH_BLOCK; i += 16) v128.store(HASH_TAIL + i, v128.load(rest + i));
  let end = HASH_TAIL + (length % HASH_BLOCK);
  store<u32>(end, suffix);
  end += suffixLength;
  // Padding of FIPS 180-4, 5.1.1: a one bit, zeros, the length in bits, which includes the block of the key.
  for (let i: usize = 0; i < HASH_BLOCK + 16; i += 16) v128.store(end + i, i64x2.splat(0));
  store<u8>(end, 0x80);
  const blocks = (end + 9 + HASH_BLOCK - 1 - HASH_TAIL) / HASH_BLOCK;
  const bits = (<u32>HASH_BLOCK + <u32>length + <u32>suffixLength) << 3;
  store<u32>(HASH_TAIL + blocks * HASH_BLOCK - 4, bswap<u32>(bits));
  hashStream(HASH_TAIL, <i32>blocks);
}

/**
 * HMAC-SHA1 (RFC 2104) under a key of any length up to a block, as STUN has them (RFC 8489, 14.5). Reads up to 64
 * octets behind the message and behind the output.
 *
 * @param keyLength octets of the key, at most MAX_HMAC_KEY_LENGTH
 * @param length octets of the message, at most MAX_STREAM_PACKET_LENGTH
 * @param output receives 20 octets
 */
export function hmacSha1(key: usize, keyLength: usize, message: usize, length: usize, output: usize): void {
  if (keyLength > MAX_HMAC_KEY_LENGTH || length > MAX_STREAM_PACKET_LENGTH) unreachable();
  beginHashOfKey(key, keyLength, IPAD);
  hashMessage(message, length, 0, 0);
  storeDigest(output);
  beginHashOfKey(key, keyLength, OPAD);
  hashMessage(output, DIGEST_LENGTH, 0, 0);
  storeDigest(output);
  memory.fill(HMAC_KEY_BLOCK, 0, HASH_BLOCK);
  memory.fill(HASH_TAIL, 0, 2 * HASH_BLOCK);
}

/** Hashes the block of a padded key: what follows is hashed on from STREAM_STATE. */
function beginHashOfKey(key: usize, keyLength: usize, pad: u8): void {
  memory.fill(HMAC_KEY_BLOCK, 0, HASH_BLOCK);
  memory.copy(HMAC_KEY_BLOCK, key, keyLength);
  const pads = i8x16.splat(pad);
  for (let i: usize = 0; i < HASH_BLOCK; i += 16) {
    v128.store(HMAC_KEY_BLOCK + i, v128.xor(v128.load(HMAC_KEY_BLOCK + i), pads));
  }
  beginHash();
  hashStream(HMAC_KEY_BLOCK, 1);
}

/** Writes STREAM_STATE as SHA-1's digest. */
function storeDigest(output: usize): void {
  for (let i: usize = 0; i < DIGEST_LENGTH; i += 4) {
    store<u32>(output + i, bswap<u32>(load<u32>(STREAM_STATE + i)));
  }
}

/** Writes the tag that authenticate() left. */
export function storeTag(tag: usize): void {
  store<u32>(tag, bswap<u32>(load<u32>(STREAM_STATE)));
  store<u32>(tag, bswap<u32>(load<u32>(STREAM_STATE, 4)), 4);
  store<u16>(tag, bswap<u16>(load<u16>(STREAM_STATE, 10)), 8);
}

/** Compares the tag that authenticate() left, in a time that does not depend on where they differ. */
export function tagEquals(tag: usize): bool {
  const first = bswap<u32>(load<u32>(tag)) ^ load<u32>(STREAM_STATE);
  const second = bswap<u32>(load<u32>(tag, 4)) ^ load<u32>(STREAM_STATE, 4);
  const third = <u32>(bswap<u16>(load<u16>(tag, 8)) ^ load<u16>(STREAM_STATE, 10));
  return (first | second | third) === 0;
}
