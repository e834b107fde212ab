import { readUint16, writeUint16, writeUint32 } from '../big-endian.js';
import { crc32 } from './crc32.js';
import type { MappedAddress } from './mapped-address.js';
import { computeMessageIntegrity, type HmacSha1 } from './message-integrity.js';
import * as stun from './stun-constants.js';
import { MAX_UNKNOWN_ATTRIBUTES, type StunMessage } from './stun-message.js';

/** Room that every response written here fits into. */
export const MAX_RESPONSE_LENGTH = 128;

export type StunErrorCode = 400 | 420 | 487;

const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const digest = new Uint8Array(stun.MESSAGE_INTEGRITY_LENGTH);

const encoder = new TextEncoder();
const reasonPhrases: Readonly<Record<StunErrorCode, Uint8Array>> = {
  400: encoder.encode('Bad Request'),
  420: encoder.encode('Unknown Attribute'),
  487: encoder.encode('Role Conflict'),
};

/**
 * Writes the success response to a Binding request: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY and FINGERPRINT.
 *
 * @param request as parsed from `requestBytes`
 * @param source where the request came from
 * @param key the password that the request was protected with
 * @param output receives the response at `outputOffset`, apart from the request
 * @returns length of the response
 * @throws RangeError when the output has less room than MAX_RESPONSE_LENGTH
 */
export function writeBindingSuccess(
  request: StunMessage,
  requestBytes: Uint8Array,
  source: MappedAddress,
  key: Uint8Array,
  hmac: HmacSha1,
  output: Uint8Array,
  outputOffset: number,
): number {
  const writer = new StunWriter(output, outputOffset);
  writer.writeHeader(BINDING_SUCCESS, requestBytes, request.transactionIdOffset);
  writer.appendXorMappedAddress(source);
  writer.appendMessageIntegrity(key, hmac);
  writer.appendFingerprint();
  return writer.length;
}

/**
 * Writes the error response to a Binding request that was authenticated: ERROR-CODE, MESSAGE-INTEGRITY and
 * FINGERPRINT; with 420 also UNKNOWN-ATTRIBUTES, which names those that the parser found.
 *
 * @param request as parsed from `requestBytes`
 * @param key the password that the request was protected with
 * @param output receives the response at `outputOffset`, apart from the request
 * @returns length of the response
 * @throws RangeError when the output has less room than MAX_RESPONSE_LENGTH
 */
export function writeBindingError(
  request: StunMessage,
  requestBytes: Uint8Array,
  code: StunErrorCode,
  key: Uint8Array,
  hmac: HmacSha1,
  output: Uint8Array,
  outputOffset: number,
): number {
  const writer = new StunWriter(output, outputOffset);
  writer.writeHeader(BINDING_ERROR, requestBytes, request.transactionIdOffset);
  writer.appendErrorCode(code);
  if (code === 420) writer.appendUnknownAttributes(request);
  writer.appendMessageIntegrity(key, hmac);
  writer.appendFingerprint();
  return writer.length;
}

/** Writes one message, attribute by attribute; the header's length follows. */
export class StunWriter {
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  #end: number;

  /**
   * @param length bytes of a message that stands there already and is to be continued
   * @throws RangeError when there is less room than MAX_RESPONSE_LENGTH
   */
  constructor(bytes: Uint8Array, offset: number, length = 0) {
    if (offset < 0 || offset + MAX_RESPONSE_LENGTH > bytes.length) {
      throw new RangeError(`no room for a STUN response at ${offset}`);
    }
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = offset + length;
  }

  /** Length of the message so far, header included. */
  get length(): number {
    return this.#end - this.#offset;
  }

  /** @param type method and class as they stand in the header */
  writeHeader(type: number, transactionBytes: Uint8Array, transactionIdOffset: number): void {
    writeUint16(this.#bytes, this.#offset, type);
    writeUint16(this.#bytes, this.#offset + 2, 0);
    writeUint32(this.#bytes, this.#offset + 4, stun.MAGIC_COOKIE);
    for (let i = 0; i < stun.TRANSACTION_ID_LENGTH; i++) {
      this.#bytes[this.#offset + 8 + i] = transactionBytes[transactionIdOffset + i] ?? 0;
    }
    this.#end = this.#offset + stun.STUN_HEADER_LENGTH;
  }

  /** RFC 8489 section 14.2: zero, family, then port and address XORed with the header from its cookie on. */
  appendXorMappedAddress(address: MappedAddress): void {
    const addressLength = address.family === 'IPv4' ? 4 : 16;
    const value = this.#append(stun.XOR_MAPPED_ADDRESS, 4 + addressLength);
    const mask = this.#offset + 4;
    writeUint16(this.#bytes, value, address.family === 'IPv4' ? FAMILY_IPV4 : FAMILY_IPV6);
    writeUint16(this.#bytes, value + 2, address.port ^ readUint16(this.#bytes, mask));
    for (let i = 0; i < addressLength; i++) {
      this.#bytes[value + 4 + i] =
        (address.bytes[address.addressOffset + i] ?? 0) ^ (this.#bytes[mask + i] ?? 0);
    }
  }

  /** RFC 8489 section 14.8: 21 bits of zero, the hundreds in 3 bits, the rest in 8, and a phrase for people. */
  appendErrorCode(code: StunErrorCode): void {
    const phrase = reasonPhrases[code];
    const value = this.#append(stun.ERROR_CODE, 4 + phrase.length);
    writeUint16(this.#bytes, value, 0);
    this.#bytes[value + 2] = Math.floor(code / 100);
    this.#bytes[value + 3] = code % 100;
    this.#bytes.set(phrase, value + 4);
  }

  /** RFC 8489 section 14.13: their types, one after another. */
  appendUnknownAttributes(request: StunMessage): void {
    const count = Math.min(request.unknownCount, MAX_UNKNOWN_ATTRIBUTES);
    const value = this.#append(stun.UNKNOWN_ATTRIBUTES, 2 * count);
    for (let i = 0; i < count; i++) {
      writeUint16(this.#bytes, value + 2 * i, request.unknownAttributes[i] ?? 0);
    }
  }

  appendMessageIntegrity(key: Uint8Array, hmac: HmacSha1): void {
    const attribute = this.#end;
    const value = this.#append(stun.MESSAGE_INTEGRITY, stun.MESSAGE_INTEGRITY_LENGTH);
    computeMessageIntegrity(this.#bytes, this.#offset, attribute, key, hmac, digest);
    this.#bytes.set(digest, value);
  }

  /** Has to be the last; the CRC covers the header with the length that it has in the end. */
  appendFingerprint(): void {
    const attribute = this.#end;
    const value = this.#append(stun.FINGERPRINT, stun.FINGERPRINT_LENGTH);
    const crc = crc32(this.#bytes, this.#offset, attribute - this.#offset);
    writeUint32(this.#bytes, value, crc ^ stun.FINGERPRINT_XOR);
  }

  /** @returns where the value goes */
  #append(type: number, length: number): number {
    const value = this.#end + stun.ATTRIBUTE_HEADER_LENGTH;
    writeUint16(this.#bytes, this.#end, type);
    writeUint16(this.#bytes, this.#end + 2, length);
    this.#end = value + ((length + 3) & ~3);
    this.#bytes.fill(0, value + length, this.#end);
    writeUint16(this.#bytes, this.#offset + 2, this.length - stun.STUN_HEADER_LENGTH);
    return value;
  }
}
