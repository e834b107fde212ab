import { readUint16, writeUint16 } from '../big-endian.js';
import * as stun from './stun-constants.js';
import { ABSENT, type StunMessage } from './stun-message.js';

/** Writes the 20 bytes of HMAC-SHA1(key, bytes[offset .. offset + length]) at the start of `output`. */
export type HmacSha1 = (
  key: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  length: number,
  output: Uint8Array,
) => void;

const LENGTH_FIELD = 2;
const digest = new Uint8Array(stun.MESSAGE_INTEGRITY_LENGTH);

/**
 * Computes MESSAGE-INTEGRITY (RFC 8489 section 14.5): the HMAC covers what stands before the attribute, under a
 * header whose length ends with the attribute. The header's own length is restored afterwards.
 *
 * @param offset where the message begins
 * @param attributeOffset where the attribute begins, or will
 * @param output receives 20 bytes
 */
export function computeMessageIntegrity(
  bytes: Uint8Array,
  offset: number,
  attributeOffset: number,
  key: Uint8Array,
  hmac: HmacSha1,
  output: Uint8Array,
): void {
  const end = attributeOffset + stun.ATTRIBUTE_HEADER_LENGTH + stun.MESSAGE_INTEGRITY_LENGTH;
  const length = readUint16(bytes, offset + LENGTH_FIELD);
  writeUint16(bytes, offset + LENGTH_FIELD, end - offset - stun.STUN_HEADER_LENGTH);
  try {
    hmac(key, bytes, offset, attributeOffset - offset, output);
  } finally {
    writeUint16(bytes, offset + LENGTH_FIELD, length);
  }
}

/**
 * @param bytes those that the message was parsed from; unchanged when this returns
 * @returns whether the message has a MESSAGE-INTEGRITY made with this key; takes the same time whatever differs
 */
export function hasValidIntegrity(
  message: StunMessage,
  bytes: Uint8Array,
  key: Uint8Array,
  hmac: HmacSha1,
): boolean {
  if (message.integrityOffset === ABSENT) return false;
  computeMessageIntegrity(bytes, message.offset, message.integrityOffset, key, hmac, digest);
  const value = message.integrityOffset + stun.ATTRIBUTE_HEADER_LENGTH;
  let difference = 0;
  for (let i = 0; i < digest.length; i++) difference |= (digest[i] ?? 0) ^ (bytes[value + i] ?? 0);
  return difference === 0;
}
