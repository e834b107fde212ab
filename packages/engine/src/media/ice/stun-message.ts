import { readUint16, readUint32 } from '../big-endian.js';
import { crc32 } from './crc32.js';
import * as stun from './stun-constants.js';

/** Unknown comprehension-required attributes that are remembered; a peer that sends more hears of the first ones. */
export const MAX_UNKNOWN_ATTRIBUTES = 8;
/** Characters of a local ufrag that are looked at: our own have eight, and a flood may name the 256 that RFC 8839 allows. */
export const MAX_LOCAL_UFRAG_LENGTH = 32;
/** What an offset says of an attribute that is not there. */
export const ABSENT = -1;

const COLON = 0x3a;

export const STUN_DROP_REASONS = [
  /** Shorter than the header. */
  'stun-too-short',
  /** The two bits before the type are not zero. */
  'stun-wrong-type',
  /** RFC 3489, or no STUN at all. */
  'stun-wrong-cookie',
  /** The header's length is not the datagram's, or no multiple of four. */
  'stun-wrong-length',
  /** An attribute reaches beyond the end, or its length is not the one that its type has. */
  'stun-malformed-attribute',
  /** FINGERPRINT is not the last attribute, or does not match in a message that has proven to be the peer's. */
  'stun-wrong-fingerprint',
] as const;

export type StunDropReason = (typeof STUN_DROP_REASONS)[number];

/**
 * Where the parts of one parsed STUN message stand. Offsets count from the start of the bytes that were parsed
 * and are good as long as those bytes are; the object is made once and parsed into again and again.
 */
export class StunMessage {
  /** The message itself. */
  offset = 0;
  length = 0;
  /** One of the CLASS_ constants. */
  messageClass = stun.CLASS_INDICATION;
  method = 0;
  /** 12 bytes. */
  transactionIdOffset = 0;
  /** Value of USERNAME, or ABSENT. */
  usernameOffset = ABSENT;
  usernameLength = 0;
  /** Header of the MESSAGE-INTEGRITY attribute, or ABSENT. */
  integrityOffset = ABSENT;
  /** Header of the FINGERPRINT attribute, or ABSENT. */
  fingerprintOffset = ABSENT;
  /** Value of PRIORITY, or ABSENT; a priority is never negative. */
  priority = ABSENT;
  useCandidate = false;
  /** Value of ICE-CONTROLLING (the tie-breaker), or ABSENT. */
  controllingOffset = ABSENT;
  /** Value of ICE-CONTROLLED (the tie-breaker), or ABSENT. */
  controlledOffset = ABSENT;
  /** Types of comprehension-required attributes that are not known here; the first `unknownCount` count. */
  readonly unknownAttributes = new Uint16Array(MAX_UNKNOWN_ATTRIBUTES);
  unknownCount = 0;
}

/**
 * Parses one datagram or ICE-TCP frame (RFC 8489 sections 5 and 14):
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |0 0|   method and class (*)    |  length without these 20 bytes|
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                   magic cookie 0x2112A442                     |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                 transaction id, 12 bytes                      |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |        attribute type         |  length of the value          |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |        value, padded to a multiple of four bytes ...          |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *   (*) M11 M10 M9 M8 M7 C1 M6 M5 M4 C0 M3 M2 M1 M0
 *
 * Of an attribute that comes twice the first counts. What follows MESSAGE-INTEGRITY is ignored, FINGERPRINT
 * excepted, since anyone could have put it there (RFC 8489 section 14.5). Of FINGERPRINT only the place is looked at,
 * since its sum costs the more the longer the message is: hasRightFingerprint() is for messages that are of use.
 *
 * @param message receives the result; holds nothing meaningful when a reason is returned
 * @returns null, or why the datagram is dropped
 */
export function parseStunMessage(
  bytes: Uint8Array,
  offset: number,
  length: number,
  message: StunMessage,
): StunDropReason | null {
  if (length < stun.STUN_HEADER_LENGTH || offset + length > bytes.length) return 'stun-too-short';
  const type = readUint16(bytes, offset);
  if (type > 0x3fff) return 'stun-wrong-type';
  if (readUint32(bytes, offset + 4) !== stun.MAGIC_COOKIE) return 'stun-wrong-cookie';
  const attributesLength = readUint16(bytes, offset + 2);
  if (attributesLength % 4 !== 0 || attributesLength + stun.STUN_HEADER_LENGTH !== length)
    return 'stun-wrong-length';
  reset(message);
  message.offset = offset;
  message.length = length;
  message.messageClass = ((type >>> 7) & 2) | ((type >>> 4) & 1);
  message.method = (type & 0x000f) | ((type & 0x00e0) >>> 1) | ((type & 0x3e00) >>> 2);
  message.transactionIdOffset = offset + 8;
  return parseAttributes(bytes, message);
}

function reset(message: StunMessage): void {
  message.usernameOffset = ABSENT;
  message.usernameLength = 0;
  message.integrityOffset = ABSENT;
  message.fingerprintOffset = ABSENT;
  message.priority = ABSENT;
  message.useCandidate = false;
  message.controllingOffset = ABSENT;
  message.controlledOffset = ABSENT;
  message.unknownCount = 0;
}

function parseAttributes(bytes: Uint8Array, message: StunMessage): StunDropReason | null {
  const end = message.offset + message.length;
  let position = message.offset + stun.STUN_HEADER_LENGTH;
  // Message and attributes are multiples of four: a header always fits where anything is left.
  while (position < end) {
    const type = readUint16(bytes, position);
    const length = readUint16(bytes, position + 2);
    const next = position + stun.ATTRIBUTE_HEADER_LENGTH + ((length + 3) & ~3);
    if (next > end || !hasRightLength(type, length)) return 'stun-malformed-attribute';
    if (type === stun.FINGERPRINT) {
      if (next !== end) return 'stun-wrong-fingerprint';
      message.fingerprintOffset = position;
    } else if (message.integrityOffset === ABSENT) {
      takeAttribute(bytes, message, type, position, length);
    }
    position = next;
  }
  return null;
}

function hasRightLength(type: number, length: number): boolean {
  switch (type) {
    case stun.MESSAGE_INTEGRITY:
      return length === stun.MESSAGE_INTEGRITY_LENGTH;
    case stun.FINGERPRINT:
      return length === stun.FINGERPRINT_LENGTH;
    case stun.PRIORITY:
      return length === 4;
    case stun.USE_CANDIDATE:
      return length === 0;
    case stun.ICE_CONTROLLING:
    case stun.ICE_CONTROLLED:
      return length === 8;
    default:
      return true;
  }
}

function takeAttribute(
  bytes: Uint8Array,
  message: StunMessage,
  type: number,
  position: number,
  length: number,
): void {
  const value = position + stun.ATTRIBUTE_HEADER_LENGTH;
  switch (type) {
    case stun.USERNAME:
      if (message.usernameOffset !== ABSENT) return;
      message.usernameOffset = value;
      message.usernameLength = length;
      return;
    case stun.MESSAGE_INTEGRITY:
      message.integrityOffset = position;
      return;
    case stun.PRIORITY:
      if (message.priority === ABSENT) message.priority = readUint32(bytes, value);
      return;
    case stun.USE_CANDIDATE:
      message.useCandidate = true;
      return;
    case stun.ICE_CONTROLLING:
      if (message.controllingOffset === ABSENT) message.controllingOffset = value;
      return;
    case stun.ICE_CONTROLLED:
      if (message.controlledOffset === ABSENT) message.controlledOffset = value;
      return;
    default:
      if (!isComprehended(type)) addUnknown(message, type);
  }
}

/** Whether a request may carry it though nothing here reads it. */
function isComprehended(type: number): boolean {
  switch (type) {
    case stun.MAPPED_ADDRESS:
    case stun.ERROR_CODE:
    case stun.UNKNOWN_ATTRIBUTES:
    case stun.XOR_MAPPED_ADDRESS:
    // Stands beside MESSAGE-INTEGRITY where a peer offers both; the one that we check suffices.
    case stun.MESSAGE_INTEGRITY_SHA256:
      return true;
    default:
      return type >= stun.FIRST_COMPREHENSION_OPTIONAL;
  }
}

function addUnknown(message: StunMessage, type: number): void {
  for (let i = 0; i < message.unknownCount; i++) {
    if (message.unknownAttributes[i] === type) return;
  }
  if (message.unknownCount < MAX_UNKNOWN_ATTRIBUTES) message.unknownAttributes[message.unknownCount++] = type;
}

/**
 * @param bytes those that the message was parsed from
 * @returns whether FINGERPRINT is right (RFC 8489 section 14.7), or absent: MESSAGE-INTEGRITY proves more than it would
 */
export function hasRightFingerprint(message: StunMessage, bytes: Uint8Array): boolean {
  const { fingerprintOffset, offset } = message;
  if (fingerprintOffset === ABSENT) return true;
  const crc = crc32(bytes, offset, fingerprintOffset - offset);
  const sum = readUint32(bytes, fingerprintOffset + stun.ATTRIBUTE_HEADER_LENGTH);
  return sum === (crc ^ stun.FINGERPRINT_XOR) >>> 0;
}

/**
 * Finds out which agent a request is for: USERNAME is `<receiver's ufrag>:<sender's ufrag>` (RFC 8445 section
 * 7.2.2), so what stands before the colon is ours. Nothing is verified here.
 *
 * @param bytes those that the message was parsed from
 * @returns the ufrag, or null where there is no USERNAME with one that could be ours
 */
export function readLocalUfrag(message: StunMessage, bytes: Uint8Array): string | null {
  if (message.usernameOffset === ABSENT) return null;
  const limit = Math.min(message.usernameLength, MAX_LOCAL_UFRAG_LENGTH + 1);
  let ufrag = '';
  for (let i = 0; i < limit; i++) {
    const character = bytes[message.usernameOffset + i] ?? 0;
    if (character === COLON) return ufrag === '' ? null : ufrag;
    ufrag += String.fromCharCode(character);
  }
  return null;
}
