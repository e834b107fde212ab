/**
 * AES-CM and HMAC-SHA1 for many packets under one key. node:crypto's objects for both serve one message only and cost
 * 2.4 us each to make, which the generator would pay twice for each packet that it sends or verifies. One cipher
 * in ECB mode goes on giving key stream from counter blocks, and a one-shot hash needs no object: together 2.2 us.
 */
import { type Cipher, createCipheriv, hash } from 'node:crypto';

const AES_BLOCK = 16;
const SHA1_BLOCK = 64;
const SHA1_LENGTH = 20;
/** RFC 2104 section 2. */
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Longest text that is authenticated or encrypted: a datagram. */
const MAX_TEXT = 1536;

/** AES in counter mode, RFC 3711 section 4.1.1. */
export class CounterMode {
  readonly #cipher: Cipher;

  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  }

  /**
   * Encrypts or decrypts in place.
   * @param iv 16 bytes, of which the last two count the blocks; left counted up
   */
  apply(iv: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
    const blocks = Math.ceil((end - start) / AES_BLOCK);
    for (let block = 0; block < blocks; block++) {
      iv[AES_BLOCK - 2] = block >> 8;
      iv[AES_BLOCK - 1] = block & 0xff;
      counterBlocks.set(iv, block * AES_BLOCK);
    }
    const stream = this.#cipher.update(counterBlocks.subarray(0, blocks * AES_BLOCK));
    for (let at = start; at < end; at++) bytes[at] = (bytes[at] ?? 0) ^ (stream[at - start] ?? 0);
  }
}

/** HMAC-SHA1, RFC 2104. */
export class Authenticator {
  readonly #innerKey: Uint8Array;
  readonly #outer = new Uint8Array(SHA1_BLOCK + SHA1_LENGTH);

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    const padded = new Uint8Array(SHA1_BLOCK);
    padded.set(key);
    this.#innerKey = padded.map((octet) => octet ^ INNER_PAD);
    this.#outer.set(padded.map((octet) => octet ^ OUTER_PAD));
  }

  /**
   * @param text the first `length` bytes of it are authenticated
   * @param suffix authenticated behind the text, as four bytes in network order
   * @returns 20 bytes
   */
  digest(text: Uint8Array, length: number, suffix: number): Buffer {
    inner.set(this.#innerKey);
    inner.set(text.subarray(0, length), SHA1_BLOCK);
    const end = inner.writeUInt32BE(suffix, SHA1_BLOCK + length);
    this.#outer.set(hash('sha1', inner.subarray(0, end), 'buffer'), SHA1_BLOCK);
    return hash('sha1', this.#outer, 'buffer');
  }
}

/** Scratch memory of the two; each call leaves it as soon as it returns. */
const counterBlocks = new Uint8Array(MAX_TEXT + AES_BLOCK);
const inner = Buffer.alloc(SHA1_BLOCK + MAX_TEXT + 4);
