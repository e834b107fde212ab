/** SRTP after RFC 3711, apart from the kernel, with what is the same for all packets of a key done once. */
import { type Cipher, createCipheriv } from 'node:crypto';
import type { SrtpKeys, SrtpMasterKey } from '../../src/media/dtls/index.js';
import { RTCP_LABELS, RTP_LABELS, TAG_LENGTH } from '../../src/media/srtp/index.js';
import { deriveSessionKeys } from '../../src/media/srtp/testing/reference.js';
import { rtpHeaderLength } from '../../src/media/testing/rtp-packets.js';
import { HmacSha1 } from './sha1.js';

const SEQUENCE_NUMBERS = 0x1_0000;
const BLOCK = 16;
/** More than any packet has. */
const MOST_BLOCKS = 128;
/** What is authenticated stands here, with what is authenticated and not sent. */
const authenticated = Buffer.alloc(MOST_BLOCKS * BLOCK);

/** What stands in the clear before a compound, and the flag and index behind it: RFC 3711 section 3.4. */
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

/** One direction. */
class Protection {
  readonly #cipher: Cipher;
  readonly #counters = Buffer.alloc(MOST_BLOCKS * BLOCK);
  readonly #salt: DataView;
  readonly #hmac: HmacSha1;

  constructor(master: SrtpMasterKey, labels: number) {
    const { cipherKey, authenticationKey, salt } = deriveSessionKeys(master, labels);
    // Counter mode out of single blocks: a cipher is made once and not for each packet.
    this.#cipher = createCipheriv('aes-128-ecb', cipherKey, null).setAutoPadding(false);
    this.#salt = new DataView(Uint8Array.from([...salt, 0, 0]).buffer);
    this.#hmac = new HmacSha1(authenticationKey);
  }

  /** Encrypts, or decrypts what is encrypted (section 4.1.1). */
  crypt(text: Uint8Array, ssrc: number, index: number): Buffer {
    const counters = this.#counters;
    const salt = this.#salt;
    const blocks = Math.ceil(text.length / BLOCK);
    for (let block = 0, at = 0; block < blocks; block++, at += BLOCK) {
      counters.writeInt32BE(salt.getInt32(0), at);
      counters.writeInt32BE(salt.getInt32(4) ^ ssrc, at + 4);
      counters.writeInt32BE(salt.getInt32(8) ^ rolloverOf(index), at + 8);
      counters.writeInt32BE(salt.getInt32(12) ^ ((index % SEQUENCE_NUMBERS) << 16) ^ block, at + 12);
    }
    const keystream = this.#cipher.update(counters.subarray(0, blocks * BLOCK));
    for (let i = 0; i < text.length; i++) keystream[i] = (keystream[i] ?? 0) ^ (text[i] ?? 0);
    return keystream.subarray(0, text.length);
  }

  /**
   * Section 4.2, of what stands in `authenticated`.
   * @returns words, of which the first TAG_LENGTH octets are the tag
   */
  tag(length: number): Int32Array {
    return this.#hmac.mac(authenticated, length);
  }
}

/** int32 */
function rolloverOf(index: number): number {
  return Math.floor(index / SEQUENCE_NUMBERS) | 0;
}

/** A participant's end of SRTP. */
export class ParticipantSrtp {
  readonly #keys: SrtpKeys;
  readonly #outgoing: Protection;
  readonly #incoming: Protection;
  #outgoingRtcp: Protection | null = null;
  #incomingRtcp: Protection | null = null;
  #rtcpIndex = 0;
  readonly #highest = new Map<number, number>();

  /** @param keys as the participant's side of the handshake has them */
  constructor(keys: SrtpKeys) {
    this.#keys = keys;
    this.#outgoing = new Protection(keys.local, RTP_LABELS);
    this.#incoming = new Protection(keys.remote, RTP_LABELS);
  }

  /** @param index 48 bits */
  protect(packet: Buffer, index: number): Buffer {
    const headerLength = rtpHeaderLength(packet);
    const body = this.#outgoing.crypt(packet.subarray(headerLength), packet.readInt32BE(8), index);
    authenticated.set(packet);
    authenticated.set(body, headerLength);
    authenticated.writeInt32BE(rolloverOf(index), packet.length);
    return sealed(this.#outgoing.tag(packet.length + 4), packet.length);
  }

  /** @returns the packet, or null when it is not under these keys */
  open(packet: Buffer): OpenedPacket | null {
    const ssrc = packet.readUInt32BE(8);
    const index = this.#indexOf(ssrc, packet.readUInt16BE(2));
    const end = packet.length - TAG_LENGTH;
    authenticated.set(packet.subarray(0, end));
    authenticated.writeInt32BE(rolloverOf(index), end);
    if (!isSealed(packet, this.#incoming.tag(end + 4))) return null;
    this.#highest.set(ssrc, Math.max(index, this.#highest.get(ssrc) ?? 0));
    const payload = this.#incoming.crypt(packet.subarray(rtpHeaderLength(packet), end), ssrc, index);
    const payloadType = packet.readUInt8(1) & 0x7f;
    return { ssrc, index, payloadType, payload, tag: packet.readInt32BE(end) };
  }

  /** @param compound of RTCP packets */
  protectRtcp(compound: Buffer): Buffer {
    this.#outgoingRtcp ??= new Protection(this.#keys.local, RTCP_LABELS);
    const index = ++this.#rtcpIndex;
    const body = compound.subarray(RTCP_HEADER_LENGTH);
    authenticated.set(compound);
    authenticated.set(this.#outgoingRtcp.crypt(body, compound.readInt32BE(4), index), RTCP_HEADER_LENGTH);
    authenticated.writeUInt32BE(ENCRYPTED + index, compound.length);
    const length = compound.length + RTCP_TRAILER_LENGTH;
    return sealed(this.#outgoingRtcp.tag(length), length);
  }

  /** @returns the compound, or null when it is not under these keys */
  openRtcp(packet: Buffer): Buffer | null {
    this.#incomingRtcp ??= new Protection(this.#keys.remote, RTCP_LABELS);
    const length = packet.length - TAG_LENGTH;
    const end = length - RTCP_TRAILER_LENGTH;
    authenticated.set(packet.subarray(0, length));
    if (!isSealed(packet, this.#incomingRtcp.tag(length))) return null;
    const index = packet.readUInt32BE(end) - ENCRYPTED;
    const body = packet.subarray(RTCP_HEADER_LENGTH, end);
    const plain = this.#incomingRtcp.crypt(body, packet.readInt32BE(4), index);
    return Buffer.concat([packet.subarray(0, RTCP_HEADER_LENGTH), plain]);
  }

  /** RFC 3711, section 3.3.1: the nearest; a new stream begins at 0. */
  #indexOf(ssrc: number, sequenceNumber: number): number {
    const highest = this.#highest.get(ssrc) ?? sequenceNumber;
    const roc = Math.max(0, Math.round((highest - sequenceNumber) / SEQUENCE_NUMBERS));
    return roc * SEQUENCE_NUMBERS + sequenceNumber;
  }
}

/** @returns the first octets of `authenticated` with their tag */
function sealed(tag: Int32Array, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length + TAG_LENGTH);
  bytes.set(authenticated.subarray(0, length));
  bytes.writeInt32BE(tag[0] ?? 0, length);
  bytes.writeInt32BE(tag[1] ?? 0, length + 4);
  bytes.writeInt16BE((tag[2] ?? 0) >> 16, length + 8);
  return bytes;
}

function isSealed(packet: Buffer, tag: Int32Array): boolean {
  const end = packet.length - TAG_LENGTH;
  if (packet.readInt32BE(end) !== tag[0] || packet.readInt32BE(end + 4) !== tag[1]) return false;
  return packet.readInt16BE(end + 8) === (tag[2] ?? 0) >> 16;
}
