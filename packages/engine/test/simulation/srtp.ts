/** SRTP after RFC 3711, apart from the kernel, with what is the same for all packets of a key done once. */
import type { SrtpKeys, SrtpMasterKey } from '../../src/media/dtls/index.js';
import { RTCP_LABELS, RTP_LABELS, TAG_LENGTH } from '../../src/media/srtp/index.js';
import { rtpHeaderLength } from '../../src/media/testing/rtp-packets.js';
import { Aes128 } from './aes.js';
import { HmacSha1 } from './sha1.js';

const SEQUENCE_NUMBERS = 0x1_0000;
const BLOCK = 16;
const WORD = 4;
const AUTHENTICATION_KEY_LENGTH = 20;
/** What is authenticated behind a packet and not sent: section 4.2. */
const ROLLOVER_LENGTH = 4;

/** What stands in the clear before a compound, and the flag and index behind it: section 3.4. */
const RTCP_HEADER_LENGTH = 8;
const RTCP_TRAILER_LENGTH = 4;
const ENCRYPTED = 0x8000_0000;

export interface OpenedPacket {
  readonly ssrc: number;
  /** 48 bits: rollover counter and sequence number. */
  readonly index: number;
  readonly payloadType: number;
  readonly payload: Buffer;
  /** The first 32 bits of its tag, by which copies are known. */
  readonly tag: number;
}

const counter = new Int32Array(BLOCK / WORD);

/** One direction. */
class Protection {
  readonly #cipher: Aes128;
  readonly #salt: Int32Array;
  readonly #hmac: HmacSha1;

  /** @param labels the first of three: section 4.3 */
  constructor({ masterKey, masterSalt }: SrtpMasterKey, labels: number) {
    const derivation = new Aes128(masterKey);
    const salt = wordsOf(masterSalt);
    this.#cipher = new Aes128(derive(derivation, salt, labels, BLOCK));
    this.#hmac = new HmacSha1(derive(derivation, salt, labels + 1, AUTHENTICATION_KEY_LENGTH));
    this.#salt = wordsOf(derive(derivation, salt, labels + 2, masterSalt.length));
  }

  /** Encrypts in place, or decrypts what is encrypted (section 4.1.1). */
  crypt(bytes: Buffer, from: number, to: number, ssrc: number, index: number): void {
    const salt = this.#salt;
    for (let block = 0, at = from; at < to; block++, at += BLOCK) {
      counter[0] = salt[0] ?? 0;
      counter[1] = (salt[1] ?? 0) ^ ssrc;
      counter[2] = (salt[2] ?? 0) ^ rolloverOf(index);
      counter[3] = (salt[3] ?? 0) ^ ((index % SEQUENCE_NUMBERS) << 16) ^ block;
      this.#cipher.encrypt(counter);
      addKeystream(bytes, at, Math.min(to, at + BLOCK));
    }
  }

  /**
   * Section 4.2.
   * @param length of what is authenticated: the first octets
   * @returns words, of which the first TAG_LENGTH octets are the tag
   */
  tag(bytes: Buffer, length: number): Int32Array {
    return this.#hmac.mac(bytes, length);
  }
}

/** Section 4.3.1, for key derivation rate 0. */
function derive(cipher: Aes128, salt: Int32Array, label: number, length: number): Buffer {
  const key = Buffer.alloc(length);
  for (let block = 0, at = 0; at < length; block++, at += BLOCK) {
    counter.set(salt);
    counter[1] = (counter[1] ?? 0) ^ label;
    counter[3] = (counter[3] ?? 0) ^ block;
    cipher.encrypt(counter);
    addKeystream(key, at, Math.min(length, at + BLOCK));
  }
  return key;
}

function addKeystream(bytes: Buffer, from: number, to: number): void {
  for (let at = from, i = 0; at < to; at++, i++) {
    bytes[at] = (bytes[at] ?? 0) ^ ((counter[i >> 2] ?? 0) >>> (24 - 8 * (i & 3)));
  }
}

/** A salt as the beginning of a counter block. */
function wordsOf(salt: Uint8Array): Int32Array {
  const block = Buffer.alloc(BLOCK);
  block.set(salt);
  return Int32Array.from({ length: BLOCK / WORD }, (_, i) => block.readInt32BE(WORD * i));
}

/** int32 */
function rolloverOf(index: number): number {
  return Math.floor(index / SEQUENCE_NUMBERS) | 0;
}

/** A participant's end of SRTP. */
export class ParticipantSrtp {
  readonly #keys: SrtpKeys;
  #outgoing: Protection | null = null;
  #incoming: Protection | null = null;
  #outgoingRtcp: Protection | null = null;
  #incomingRtcp: Protection | null = null;
  #rtcpIndex = 0;
  readonly #highest = new Map<number, number>();

  /** @param keys as the participant's side of the handshake has them */
  constructor(keys: SrtpKeys) {
    this.#keys = keys;
  }

  /** @param index 48 bits */
  protect(packet: Buffer, index: number): Buffer {
    this.#outgoing ??= new Protection(this.#keys.local, RTP_LABELS);
    const { length } = packet;
    const bytes = Buffer.allocUnsafe(length + TAG_LENGTH);
    bytes.set(packet);
    this.#outgoing.crypt(bytes, rtpHeaderLength(bytes), length, bytes.readInt32BE(8), index);
    bytes.writeInt32BE(rolloverOf(index), length);
    writeTag(bytes, length, this.#outgoing.tag(bytes, length + ROLLOVER_LENGTH));
    return bytes;
  }

  /** @returns the packet, or null when it is not under these keys */
  open(packet: Buffer): OpenedPacket | null {
    this.#incoming ??= new Protection(this.#keys.remote, RTP_LABELS);
    const ssrc = packet.readUInt32BE(8);
    const index = this.#indexOf(ssrc, packet.readUInt16BE(2));
    const end = packet.length - TAG_LENGTH;
    const tag = packet.readInt32BE(end);
    packet.writeInt32BE(rolloverOf(index), end);
    const expected = this.#incoming.tag(packet, end + ROLLOVER_LENGTH);
    packet.writeInt32BE(tag, end);
    if (!isSealed(packet, end, expected)) return null;
    this.#highest.set(ssrc, Math.max(index, this.#highest.get(ssrc) ?? 0));
    const payload = Buffer.from(packet.subarray(rtpHeaderLength(packet), end));
    this.#incoming.crypt(payload, 0, payload.length, ssrc, index);
    return { ssrc, index, payloadType: packet.readUInt8(1) & 0x7f, payload, tag };
  }

  /** @param compound of RTCP packets */
  protectRtcp(compound: Buffer): Buffer {
    this.#outgoingRtcp ??= new Protection(this.#keys.local, RTCP_LABELS);
    const index = ++this.#rtcpIndex;
    const end = compound.length + RTCP_TRAILER_LENGTH;
    const bytes = Buffer.allocUnsafe(end + TAG_LENGTH);
    bytes.set(compound);
    this.#outgoingRtcp.crypt(bytes, RTCP_HEADER_LENGTH, compound.length, bytes.readInt32BE(4), index);
    bytes.writeUInt32BE(ENCRYPTED + index, compound.length);
    writeTag(bytes, end, this.#outgoingRtcp.tag(bytes, end));
    return bytes;
  }

  /** @returns the compound, or null when it is not under these keys */
  openRtcp(packet: Buffer): Buffer | null {
    this.#incomingRtcp ??= new Protection(this.#keys.remote, RTCP_LABELS);
    const length = packet.length - TAG_LENGTH;
    const end = length - RTCP_TRAILER_LENGTH;
    if (!isSealed(packet, length, this.#incomingRtcp.tag(packet, length))) return null;
    const index = packet.readUInt32BE(end) - ENCRYPTED;
    const compound = Buffer.from(packet.subarray(0, end));
    this.#incomingRtcp.crypt(compound, RTCP_HEADER_LENGTH, end, compound.readInt32BE(4), index);
    return compound;
  }

  /** RFC 3711, section 3.3.1: the nearest; a new stream begins at 0. */
  #indexOf(ssrc: number, sequenceNumber: number): number {
    const highest = this.#highest.get(ssrc) ?? sequenceNumber;
    const roc = Math.max(0, Math.round((highest - sequenceNumber) / SEQUENCE_NUMBERS));
    return roc * SEQUENCE_NUMBERS + sequenceNumber;
  }
}

function writeTag(bytes: Buffer, at: number, tag: Int32Array): void {
  bytes.writeInt32BE(tag[0] ?? 0, at);
  bytes.writeInt32BE(tag[1] ?? 0, at + 4);
  bytes.writeInt16BE((tag[2] ?? 0) >> 16, at + 8);
}

function isSealed(packet: Buffer, at: number, tag: Int32Array): boolean {
  if (packet.readInt32BE(at) !== tag[0] || packet.readInt32BE(at + 4) !== tag[1]) return false;
  return packet.readInt16BE(at + 8) === (tag[2] ?? 0) >> 16;
}
