/**
 * SRTP and SRTCP as RFC 3711 writes them down, on node:crypto, for AES_CM_128_HMAC_SHA1_80. It shares no code with
 * the engine, so that a packet which both understand is a packet that is right.
 */
import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { Authenticator, CounterMode } from './srtp-transforms.js';

export const AUTHENTICATION_TAG_LENGTH = 10;
/** The E flag and the 31-bit index that follow the encrypted part, RFC 3711 section 3.4. */
export const SRTCP_INDEX_LENGTH = 4;
export const MASTER_KEY_LENGTH = 16;
export const MASTER_SALT_LENGTH = 14;
/** Version, packet type, length and sender's SSRC stay in the clear. */
const RTCP_CLEAR_LENGTH = 8;
const SRTCP_ENCRYPTED_FLAG = 0x8000_0000;

/** Labels of RFC 3711 section 4.3.1 (SRTP) and 4.3.2 (SRTCP). */
const LABEL_RTP_ENCRYPTION = 0;
const LABEL_RTP_AUTHENTICATION = 1;
const LABEL_RTP_SALT = 2;
const LABEL_RTCP_ENCRYPTION = 3;
const LABEL_RTCP_AUTHENTICATION = 4;
const LABEL_RTCP_SALT = 5;
const AUTHENTICATION_KEY_LENGTH = 20;

interface SessionKeys {
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

/** One direction of one association: the session keys that a master key gives. */
export class SrtpKey {
  readonly rtp: SessionKeys;
  readonly rtcp: SessionKeys;
  /** What makes and opens RTP packets under these keys. */
  readonly counterMode: CounterMode;
  readonly authenticator: Authenticator;

  /**
   * @param masterKey 16 bytes
   * @param masterSalt 14 bytes
   */
  constructor(masterKey: Uint8Array, masterSalt: Uint8Array) {
    const derive = (label: number, length: number) => deriveKey(masterKey, masterSalt, label, length);
    this.rtp = {
      encryption: derive(LABEL_RTP_ENCRYPTION, MASTER_KEY_LENGTH),
      authentication: derive(LABEL_RTP_AUTHENTICATION, AUTHENTICATION_KEY_LENGTH),
      salt: derive(LABEL_RTP_SALT, MASTER_SALT_LENGTH),
    };
    this.rtcp = {
      encryption: derive(LABEL_RTCP_ENCRYPTION, MASTER_KEY_LENGTH),
      authentication: derive(LABEL_RTCP_AUTHENTICATION, AUTHENTICATION_KEY_LENGTH),
      salt: derive(LABEL_RTCP_SALT, MASTER_SALT_LENGTH),
    };
    this.counterMode = new CounterMode(this.rtp.encryption);
    this.authenticator = new Authenticator(this.rtp.authentication);
  }
}

/**
 * The key derivation of RFC 3711 section 4.3.1 with a key derivation rate of 0.
 * @returns `length` bytes of session key for `label`
 */
export function deriveKey(
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: number,
  length: number,
): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(masterSalt);
  iv[7] = (iv[7] ?? 0) ^ label;
  return aesCounterMode(masterKey, iv, new Uint8Array(length));
}

/** AES-CM of RFC 3711 section 4.1.1: `input` XOR the key stream that starts at `iv`. */
export function aesCounterMode(key: Uint8Array, iv: Uint8Array, input: Uint8Array): Uint8Array {
  return createCipheriv('aes-128-ctr', key, iv).update(input);
}

/**
 * Encrypts and authenticates an RTP packet in place.
 * @param packet the packet, with room for the tag behind it
 * @param headerLength bytes that stay in the clear
 * @param length bytes of the plain packet
 * @param rolloverCounter of the packet's sequence number
 * @returns bytes of the protected packet
 */
export function protectRtp(
  key: SrtpKey,
  packet: Buffer,
  headerLength: number,
  length: number,
  rolloverCounter: number,
): number {
  const iv = rtpIv(key.rtp.salt, packet, rolloverCounter);
  key.counterMode.apply(iv, packet, headerLength, length);
  packet.set(rtpTag(key, packet, length, rolloverCounter), length);
  return length + AUTHENTICATION_TAG_LENGTH;
}

/**
 * @param packet a protected RTP packet, left as it is
 * @returns the plain packet, or null when the tag is wrong
 */
export function unprotectRtp(
  key: SrtpKey,
  packet: Buffer,
  headerLength: number,
  rolloverCounter: number,
): Buffer | null {
  const length = packet.length - AUTHENTICATION_TAG_LENGTH;
  if (length < headerLength) return null;
  const tag = rtpTag(key, packet, length, rolloverCounter);
  if (!timingSafeEqual(tag, packet.subarray(length))) return null;
  const plain = Buffer.from(packet.subarray(0, length));
  key.counterMode.apply(rtpIv(key.rtp.salt, packet, rolloverCounter), plain, headerLength, length);
  return plain;
}

/**
 * Encrypts and authenticates an RTCP compound packet in place, RFC 3711 section 3.4.
 * @param packet the packet, with room for index and tag behind it
 * @param index SRTCP index, 31 bits, one more for each packet
 * @returns bytes of the protected packet
 */
export function protectRtcp(key: SrtpKey, packet: Buffer, length: number, index: number): number {
  const iv = packetIv(key.rtcp.salt, packet.readUInt32BE(4), index);
  packet.set(
    aesCounterMode(key.rtcp.encryption, iv, packet.subarray(RTCP_CLEAR_LENGTH, length)),
    RTCP_CLEAR_LENGTH,
  );
  packet.writeUInt32BE((SRTCP_ENCRYPTED_FLAG | index) >>> 0, length);
  const authenticated = packet.subarray(0, length + SRTCP_INDEX_LENGTH);
  packet.set(tagOf(key.rtcp.authentication, authenticated), authenticated.length);
  return authenticated.length + AUTHENTICATION_TAG_LENGTH;
}

/**
 * @param packet a protected RTCP packet, left as it is
 * @returns the plain compound packet, or null when the tag is wrong
 */
export function unprotectRtcp(key: SrtpKey, packet: Buffer): Buffer | null {
  const authenticatedLength = packet.length - AUTHENTICATION_TAG_LENGTH;
  const length = authenticatedLength - SRTCP_INDEX_LENGTH;
  if (length < RTCP_CLEAR_LENGTH) return null;
  const tag = tagOf(key.rtcp.authentication, packet.subarray(0, authenticatedLength));
  if (!timingSafeEqual(tag, packet.subarray(authenticatedLength))) return null;
  const flagAndIndex = packet.readUInt32BE(length);
  if (flagAndIndex < SRTCP_ENCRYPTED_FLAG) return Buffer.from(packet.subarray(0, length));
  const iv = packetIv(key.rtcp.salt, packet.readUInt32BE(4), flagAndIndex & 0x7fff_ffff);
  const payload = aesCounterMode(key.rtcp.encryption, iv, packet.subarray(RTCP_CLEAR_LENGTH, length));
  return Buffer.concat([packet.subarray(0, RTCP_CLEAR_LENGTH), payload]);
}

function rtpIv(salt: Uint8Array, packet: Buffer, rolloverCounter: number): Uint8Array {
  return packetIv(salt, packet.readUInt32BE(8), rolloverCounter * 0x1_0000 + packet.readUInt16BE(2));
}

/**
 * RFC 3711 section 4.1.1: IV = (salt << 16) XOR (SSRC << 64) XOR (index << 16).
 *
 *    0               4               8                       14      16
 *   +---------------+---------------+-----------------------+-------+
 *   | salt          | salt ^ SSRC   | salt ^ index (48 bit) | 0   0 |
 *   +---------------+---------------+-----------------------+-------+
 */
function packetIv(salt: Uint8Array, ssrc: number, index: number): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.set(salt);
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  iv.writeUInt16BE(iv.readUInt16BE(8) ^ Math.floor(index / 0x1_0000_0000), 8);
  iv.writeUInt32BE((iv.readUInt32BE(10) ^ (index >>> 0)) >>> 0, 10);
  return iv;
}

function rtpTag(key: SrtpKey, packet: Uint8Array, length: number, rolloverCounter: number): Buffer {
  return key.authenticator.digest(packet, length, rolloverCounter).subarray(0, AUTHENTICATION_TAG_LENGTH);
}

function tagOf(key: Uint8Array, authenticated: Buffer): Buffer {
  return createHmac('sha1', key).update(authenticated).digest().subarray(0, AUTHENTICATION_TAG_LENGTH);
}
