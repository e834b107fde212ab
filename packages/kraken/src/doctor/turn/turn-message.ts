/**
 * STUN messages as TURN uses them (RFC 8489, RFC 8656): requests of a client with long-term credentials, and what a server
 * answers. Sans-IO.
 */
import { createHash, createHmac } from 'node:crypto';
import {
  computeMessageIntegrity,
  type HmacSha1,
  hasValidIntegrity,
} from '@kraken/engine/internal/media/ice/message-integrity';
import * as stun from '@kraken/engine/internal/media/ice/stun-constants';
import { ABSENT, parseStunMessage, StunMessage } from '@kraken/engine/internal/media/ice/stun-message';

/** Methods, RFC 8656 section 17. */
export const METHOD_ALLOCATE = 0x003;
export const METHOD_REFRESH = 0x004;

/** Attributes, RFC 8489 section 18.3 and RFC 8656 section 18. */
export const REALM = 0x0014;
export const NONCE = 0x0015;
export const LIFETIME = 0x000d;
export const XOR_RELAYED_ADDRESS = 0x0016;
export const REQUESTED_TRANSPORT = 0x0019;
export { USERNAME, XOR_MAPPED_ADDRESS } from '@kraken/engine/internal/media/ice/stun-constants';

const CLASS_SUCCESS = 2;
const CLASS_ERROR = 3;
const FAMILY_IPV6 = 2;

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface TurnResponse {
  readonly method: number;
  readonly isSuccess: boolean;
  readonly transactionId: Buffer;
  /** The values of the attributes before MESSAGE-INTEGRITY, by type; of one that comes twice the first. */
  readonly attributes: ReadonlyMap<number, Buffer>;
  /** @returns whether its MESSAGE-INTEGRITY is there and made with the key */
  readonly isProven: (key: Uint8Array) => boolean;
}

/** @returns the key of long-term credentials, RFC 8489 section 9.2.2: MD5 of `username:realm:password` */
export function longTermKey(username: string, realm: string, password: string): Buffer {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

/**
 * @param transactionId 12 bytes
 * @param key of MESSAGE-INTEGRITY; null for a request without
 */
export function writeRequest(
  method: number,
  transactionId: Uint8Array,
  attributes: readonly Attribute[],
  key: Uint8Array | null,
): Buffer {
  const header = Buffer.alloc(stun.STUN_HEADER_LENGTH);
  // All methods of TURN are below 16, so that their bits stand together; the class of a request is 0.
  header.writeUInt16BE(method);
  header.writeUInt32BE(stun.MAGIC_COOKIE, 4);
  header.set(transactionId, 8);
  const integrity = { type: stun.MESSAGE_INTEGRITY, value: new Uint8Array(stun.MESSAGE_INTEGRITY_LENGTH) };
  const written = (key === null ? attributes : [...attributes, integrity]).map(writeAttribute);
  const message = Buffer.concat([header, ...written]);
  message.writeUInt16BE(message.length - stun.STUN_HEADER_LENGTH, 2);
  if (key !== null) {
    const digestAt = message.length - stun.MESSAGE_INTEGRITY_LENGTH;
    computeMessageIntegrity(
      message,
      0,
      digestAt - stun.ATTRIBUTE_HEADER_LENGTH,
      key,
      hmacSha1,
      message.subarray(digestAt),
    );
  }
  return message;
}

/** @returns null when the bytes are no response of STUN */
export function parseResponse(bytes: Buffer): TurnResponse | null {
  const message = new StunMessage();
  if (parseStunMessage(bytes, 0, bytes.length, message) !== null) return null;
  const messageClass: number = message.messageClass;
  if (messageClass !== CLASS_SUCCESS && messageClass !== CLASS_ERROR) return null;
  const { method, transactionIdOffset } = message;
  return {
    method,
    isSuccess: messageClass === CLASS_SUCCESS,
    transactionId: bytes.subarray(transactionIdOffset, transactionIdOffset + stun.TRANSACTION_ID_LENGTH),
    attributes: attributesOf(
      bytes,
      message.integrityOffset === ABSENT ? bytes.length : message.integrityOffset,
    ),
    isProven: (key) => hasValidIntegrity(message, bytes, key, hmacSha1),
  };
}

/** @returns what ERROR-CODE says, RFC 8489 section 14.8 */
export function readErrorCode(value: Buffer): { readonly code: number; readonly phrase: string } {
  const code = ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
  return { code, phrase: value.subarray(4).toString() };
}

/** @returns address and port that XOR-MAPPED-ADDRESS or XOR-RELAYED-ADDRESS tell, RFC 8489 section 14.2 */
export function readXorAddress(
  value: Buffer,
  transactionId: Uint8Array,
): { readonly address: string; readonly port: number } {
  const mask = Buffer.alloc(4 + stun.TRANSACTION_ID_LENGTH);
  mask.writeUInt32BE(stun.MAGIC_COOKIE);
  mask.set(transactionId, 4);
  const port = value.readUInt16BE(2) ^ mask.readUInt16BE();
  const octets = [...value.subarray(4)].map((octet, place) => octet ^ (mask[place] ?? 0));
  if (value[1] !== FAMILY_IPV6) return { address: octets.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, group) =>
    (((octets[2 * group] ?? 0) << 8) | (octets[2 * group + 1] ?? 0)).toString(16),
  );
  return { address: groups.join(':'), port };
}

/** @param bytes attributes that parseStunMessage() has found sound @param end where they end */
function attributesOf(bytes: Buffer, end: number): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at: number = stun.STUN_HEADER_LENGTH; at < end; ) {
    const [type, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const value = at + stun.ATTRIBUTE_HEADER_LENGTH;
    if (!attributes.has(type)) attributes.set(type, bytes.subarray(value, value + length));
    at = value + length + (-length & 3);
  }
  return attributes;
}

function writeAttribute({ type, value }: Attribute): Buffer {
  const written = Buffer.alloc(stun.ATTRIBUTE_HEADER_LENGTH + value.length + (-value.length & 3));
  written.writeUInt16BE(type);
  written.writeUInt16BE(value.length, 2);
  written.set(value, stun.ATTRIBUTE_HEADER_LENGTH);
  return written;
}

const hmacSha1: HmacSha1 = (key, bytes, offset, length, output) => {
  output.set(
    createHmac('sha1', key)
      .update(bytes.subarray(offset, offset + length))
      .digest(),
  );
};
