/** SRTP by node:crypto after RFC 3711, apart from the kernel, with what is the same for all packets of a key done once. */
import { type Cipher, createCipheriv, createHash, type Hash } from 'node:crypto';
import type { SrtpKeys, SrtpMasterKey } from '../../src/media/dtls/index.js';
import { RTP_LABELS, TAG_LENGTH } from '../../src/media/srtp/index.js';
import { deriveSessionKeys } from '../../src/media/srtp/testing/reference.js';
import { rtpHeaderLength } from '../../src/media/testing/rtp-packets.js';

const SEQUENCE_NUMBERS = 0x1_0000;
const BLOCK = 16;
/** Of SHA-1, as HMAC pads keys (RFC 2104). */
const HASH_BLOCK = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export interface OpenedPacket {
  readonly ssrc: number;
  /** 48 bits: rollover counter and sequence number. */
  readonly index: number;
  readonly payload: Buffer;
}

/** One direction. */
class Protection {
  readonly #cipher: Cipher;
  readonly #salt: Buffer;
  readonly #inner: Hash;
  readonly #outer: Hash;

  constructor(master: SrtpMasterKey) {
    const { cipherKey, authenticationKey, salt } = deriveSessionKeys(master, RTP_LABELS);
    // Counter mode out of single blocks: a cipher is made once and not for each packet.
    this.#cipher = createCipheriv('aes-128-ecb', cipherKey, null).setAutoPadding(false);
    this.#salt = salt;
    this.#inner = createHash('sha1').update(padded(authenticationKey, INNER_PAD));
    this.#outer = createHash('sha1').update(padded(authenticationKey, OUTER_PAD));
  }

  /** Encrypts, or decrypts what is encrypted (section 4.1.1). */
  crypt(text: Buffer, ssrc: number, index: number): Buffer {
    const blocks = Math.ceil(text.length / BLOCK);
    const counters = Buffer.alloc(blocks * BLOCK);
    for (let block = 0; block < blocks; block++) {
      const at = block * BLOCK;
      counters.writeUInt32BE(ssrc, at + 4);
      counters.writeUIntBE(index, at + 8, 6);
      for (let i = 0; i < this.#salt.length; i++)
        counters[at + i] = (counters[at + i] ?? 0) ^ (this.#salt[i] ?? 0);
      counters.writeUInt16BE(block, at + 14);
    }
    const keystream = this.#cipher.update(counters);
    for (let i = 0; i < text.length; i++) keystream[i] = (keystream[i] ?? 0) ^ (text[i] ?? 0);
    return keystream.subarray(0, text.length);
  }

  /** Section 4.2. */
  tag(authenticated: Buffer, index: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(Math.floor(index / SEQUENCE_NUMBERS));
    const inner = this.#inner.copy().update(authenticated).update(counter).digest();
    return this.#outer.copy().update(inner).digest().subarray(0, TAG_LENGTH);
  }
}

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(HASH_BLOCK, pad);
  for (const [i, octet] of key.entries()) block[i] = octet ^ pad;
  return block;
}

/** A participant's end of SRTP. */
export class ParticipantSrtp {
  readonly #outgoing: Protection;
  readonly #incoming: Protection;
  readonly #highest = new Map<number, number>();

  /** @param keys as the participant's side of the handshake has them */
  constructor(keys: SrtpKeys) {
    this.#outgoing = new Protection(keys.local);
    this.#incoming = new Protection(keys.remote);
  }

  /** @param index 48 bits */
  protect(packet: Buffer, index: number): Buffer {
    const headerLength = rtpHeaderLength(packet);
    const body = this.#outgoing.crypt(packet.subarray(headerLength), packet.readUInt32BE(8), index);
    const authenticated = Buffer.concat([packet.subarray(0, headerLength), body]);
    return Buffer.concat([authenticated, this.#outgoing.tag(authenticated, index)]);
  }

  /** @returns the packet, or null when it is not under these keys */
  open(packet: Buffer): OpenedPacket | null {
    const ssrc = packet.readUInt32BE(8);
    const index = this.#indexOf(ssrc, packet.readUInt16BE(2));
    const end = packet.length - TAG_LENGTH;
    const tag = this.#incoming.tag(packet.subarray(0, end), index);
    if (tag.compare(packet, end, packet.length) !== 0) return null;
    this.#highest.set(ssrc, Math.max(index, this.#highest.get(ssrc) ?? 0));
    const payload = this.#incoming.crypt(packet.subarray(rtpHeaderLength(packet), end), ssrc, index);
    return { ssrc, index, payload };
  }

  /** RFC 3711, section 3.3.1: the nearest; a new stream begins at 0. */
  #indexOf(ssrc: number, sequenceNumber: number): number {
    const highest = this.#highest.get(ssrc) ?? sequenceNumber;
    const roc = Math.max(0, Math.round((highest - sequenceNumber) / SEQUENCE_NUMBERS));
    return roc * SEQUENCE_NUMBERS + sequenceNumber;
  }
}
