/**
 * The controlling side's connectivity checks of RFC 8445 section 7.2: Binding requests that nominate at once, and
 * the verification of their responses (RFC 8489). It answers the other side's checks as well: libnice sends them
 * even as an ICE-lite agent, and takes no pair for valid before.
 *
 *    0                   1                   2                   3
 *   |0 0|     message type (14)     |       length of attributes      |
 *   |                    magic cookie 0x2112A442                      |
 *   |                    transaction id (96 bits)                     |
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const HEADER_LENGTH = 20;
const MAGIC_COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const XOR_MAPPED_ADDRESS = 0x0020;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
const ICE_CONTROLLING = 0x802a;

const INTEGRITY_LENGTH = 20;
const FINGERPRINT_LENGTH = 4;
const FINGERPRINT_XOR = 0x5354_554e;
const FAMILY_IPV4 = 1;
/** Type preference 110 (peer reflexive), local preference 65535, component 1: RFC 8445 section 5.1.2.1. */
const CANDIDATE_PRIORITY = 110 * 2 ** 24 + 65_535 * 256 + 255;

export interface StunResponse {
  readonly kind: 'success' | 'error';
  /** 24 hexadecimal digits. */
  readonly transactionId: string;
  /** XOR-MAPPED-ADDRESS, or null where there is none for IPv4. */
  readonly mappedAddress: { readonly address: string; readonly port: number } | null;
}

interface BindingMessage {
  readonly type: number;
  readonly transactionId: Buffer;
  readonly mappedAddress: StunResponse['mappedAddress'];
  readonly username: string | null;
}

export interface StunCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** Makes and verifies the checks of one transport. */
export class StunClient {
  readonly #local: StunCredentials;
  readonly #remote: StunCredentials;
  readonly #tieBreaker = randomBytes(8);
  readonly #pending = new Set<string>();

  /** The ICE credentials of both sides. */
  constructor(local: StunCredentials, remote: StunCredentials) {
    this.#local = local;
    this.#remote = remote;
  }

  /** Requests that have no response yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** @returns a Binding request with USE-CANDIDATE, MESSAGE-INTEGRITY and FINGERPRINT */
  request(): Buffer {
    const transactionId = randomBytes(12);
    this.#pending.add(transactionId.toString('hex'));
    const priority = Buffer.alloc(4);
    priority.writeUInt32BE(CANDIDATE_PRIORITY);
    return writeMessage(
      BINDING_REQUEST,
      transactionId,
      [
        attribute(USERNAME, Buffer.from(`${this.#remote.ufrag}:${this.#local.ufrag}`)),
        attribute(ICE_CONTROLLING, this.#tieBreaker),
        attribute(USE_CANDIDATE, Buffer.alloc(0)),
        attribute(PRIORITY, priority),
      ],
      this.#remote.password,
    );
  }

  /**
   * @param message a datagram that looks like STUN
   * @returns the response to one of this client's requests, or null when it is none or does not verify
   */
  receive(message: Buffer): StunResponse | null {
    const response = parseBindingResponse(message, this.#remote.password);
    if (response === null || !this.#pending.delete(response.transactionId)) return null;
    return response;
  }

  /**
   * @param message a datagram that looks like STUN
   * @param address IPv4 address that it came from
   * @returns the answer to the other side's check, RFC 8445 section 7.3, or null when it is none or does not verify
   */
  answer(message: Buffer, address: string, port: number): Buffer | null {
    const request = parseBinding(message, this.#local.password);
    if (request?.type !== BINDING_REQUEST) return null;
    if (request.username !== `${this.#local.ufrag}:${this.#remote.ufrag}`) return null;
    const mapped = attribute(XOR_MAPPED_ADDRESS, writeXorMappedAddress(address, port));
    return writeMessage(BINDING_SUCCESS, request.transactionId, [mapped], this.#local.password);
  }
}

/**
 * @param message one datagram
 * @param password the key of MESSAGE-INTEGRITY
 * @returns null when it is no Binding response, or integrity or fingerprint is missing or wrong
 */
export function parseBindingResponse(message: Buffer, password: string): StunResponse | null {
  const binding = parseBinding(message, password);
  if (binding === null || binding.type === BINDING_REQUEST) return null;
  return {
    kind: binding.type === BINDING_SUCCESS ? 'success' : 'error',
    transactionId: binding.transactionId.toString('hex'),
    mappedAddress: binding.mappedAddress,
  };
}

/** @returns null when it is neither Binding request nor response, or integrity or fingerprint is missing or wrong */
function parseBinding(message: Buffer, password: string): BindingMessage | null {
  if (message.length < HEADER_LENGTH || message.readUInt32BE(4) !== MAGIC_COOKIE) return null;
  if (message.readUInt16BE(2) !== message.length - HEADER_LENGTH) return null;
  const type = message.readUInt16BE(0);
  if (type !== BINDING_REQUEST && type !== BINDING_SUCCESS && type !== BINDING_ERROR) return null;
  let mappedAddress: StunResponse['mappedAddress'] = null;
  let username: string | null = null;
  let integrity = false;
  let fingerprint = false;
  for (let at = HEADER_LENGTH; at + 4 <= message.length; ) {
    const name = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 2);
    if (at + 4 + length > message.length) return null;
    const value = message.subarray(at + 4, at + 4 + length);
    if (name === XOR_MAPPED_ADDRESS && !integrity) mappedAddress = readXorMappedAddress(value);
    else if (name === USERNAME && !integrity) username = value.toString();
    else if (name === MESSAGE_INTEGRITY) integrity = verifyIntegrity(message, at, value, password);
    else if (name === FINGERPRINT) fingerprint = verifyFingerprint(message, at, value);
    at += 4 + length + padding(length);
  }
  if (!integrity || !fingerprint) return null;
  return { type, transactionId: message.subarray(8, HEADER_LENGTH), mappedAddress, username };
}

/**
 * @param attributes already written, without integrity and fingerprint, which are added here
 * @returns the whole message
 */
export function writeMessage(
  type: number,
  transactionId: Uint8Array,
  attributes: readonly Buffer[],
  password: string,
): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(type);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  header.set(transactionId, 8);
  const plain = Buffer.concat([header, ...attributes]);
  const integrity = integrityOf(plain, plain.length, password);
  const withIntegrity = Buffer.concat([plain, attribute(MESSAGE_INTEGRITY, integrity)]);
  const fingerprint = Buffer.alloc(FINGERPRINT_LENGTH);
  fingerprint.writeUInt32BE(fingerprintOf(withIntegrity, withIntegrity.length));
  const message = Buffer.concat([withIntegrity, attribute(FINGERPRINT, fingerprint)]);
  message.writeUInt16BE(message.length - HEADER_LENGTH, 2);
  return message;
}

/** Writes type, length, value and padding to a multiple of 4 bytes. */
export function attribute(type: number, value: Uint8Array): Buffer {
  const written = Buffer.alloc(4 + value.length + padding(value.length));
  written.writeUInt16BE(type);
  written.writeUInt16BE(value.length, 2);
  written.set(value, 4);
  return written;
}

function padding(length: number): number {
  return -length & 3;
}

function verifyIntegrity(message: Buffer, at: number, value: Buffer, password: string): boolean {
  return value.length === INTEGRITY_LENGTH && timingSafeEqual(value, integrityOf(message, at, password));
}

function verifyFingerprint(message: Buffer, at: number, value: Buffer): boolean {
  return value.length === FINGERPRINT_LENGTH && value.readUInt32BE() === fingerprintOf(message, at);
}

/** HMAC-SHA1 over everything before the attribute at `end`, with a length that ends behind that attribute. */
function integrityOf(message: Buffer, end: number, password: string): Buffer {
  return createHmac('sha1', password)
    .update(withLength(message, end, 4 + INTEGRITY_LENGTH))
    .digest();
}

function fingerprintOf(message: Buffer, end: number): number {
  return (crc32(withLength(message, end, 4 + FINGERPRINT_LENGTH)) ^ FINGERPRINT_XOR) >>> 0;
}

function withLength(message: Buffer, end: number, attributeLength: number): Buffer {
  const covered = Buffer.from(message.subarray(0, end));
  covered.writeUInt16BE(end - HEADER_LENGTH + attributeLength, 2);
  return covered;
}

function readXorMappedAddress(value: Buffer): StunResponse['mappedAddress'] {
  if (value.length !== 8 || value.readUInt8(1) !== FAMILY_IPV4) return null;
  const address = (value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0;
  const octets = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
  return { address: octets.join('.'), port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) };
}

function writeXorMappedAddress(address: string, port: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeUInt8(FAMILY_IPV4, 1);
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  value.set(address.split('.').map(Number), 4);
  value.writeUInt32BE((value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0, 4);
  return value;
}
