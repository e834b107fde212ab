import type { WorkerMemory } from '../../memory.js';
import {
  STREAM_CIPHER_INNER_STATE,
  STREAM_CIPHER_OUTER_STATE,
  STREAM_CIPHER_ROUND_KEYS,
  STREAM_CIPHER_SALT,
} from '../layout.js';

/**
 * What published vectors give and the kernel's functions do not take: session keys. They are read from a StreamCipher
 * and written into it.
 */

/** Byte of FIPS 197's order that stands at place p of the planes: rows first. */
const ROWS = Array.from({ length: 16 }, (_, p) => 4 * (p % 4) + (p >> 2));
/** Place of the last round key's byte: the kernel adds that key before ShiftRows. */
const LAST_ROUND = Array.from({ length: 16 }, (_, p) => {
  const row = p >> 2;
  return 4 * (((p % 4) - row + 4) % 4) + row;
});

/** @returns the eleven round keys of a StreamCipher in the order of FIPS 197 */
export function readRoundKeys(memory: WorkerMemory, cipher: number): Buffer[] {
  return Array.from({ length: 11 }, (_, round) => {
    const key = Buffer.alloc(16);
    const order = round < 10 ? ROWS : LAST_ROUND;
    for (let p = 0; p < 16; p++) {
      let octet = round === 0 ? 0 : 0x63;
      for (let bit = 0; bit < 8; bit++) {
        const plane = cipher + STREAM_CIPHER_ROUND_KEYS + 128 * round + 16 * bit;
        octet ^= (memory.bytes[plane + p] ?? 0) & (1 << bit);
      }
      key[order[p] ?? 0] = octet;
    }
    return key;
  });
}

export function readSalt(memory: WorkerMemory, cipher: number): Buffer {
  const salt = cipher + STREAM_CIPHER_SALT;
  return Buffer.from(memory.bytes.slice(salt, salt + 14));
}

export function writeSalt(memory: WorkerMemory, cipher: number, salt: Uint8Array): void {
  memory.bytes.set(salt, cipher + STREAM_CIPHER_SALT);
}

/** Sets the key of HMAC-SHA1, of up to 64 octets (RFC 2104, section 2). */
export function writeHmacKey(memory: WorkerMemory, cipher: number, key: Uint8Array): void {
  const padded = (pad: number) => Array.from({ length: 64 }, (_, i) => (key[i] ?? 0) ^ pad);
  const write = (offset: number, words: readonly number[]) => {
    words.forEach((word, i) => {
      memory.view.setInt32(offset + 4 * i, word, true);
    });
  };
  write(cipher + STREAM_CIPHER_INNER_STATE, hashBlock(Buffer.from(padded(0x36))));
  write(cipher + STREAM_CIPHER_OUTER_STATE, hashBlock(Buffer.from(padded(0x5c))));
}

type HashState = [number, number, number, number, number];

/** FIPS 180-4, 5.3.1 and 4.2.1. */
const INITIAL_HASH: Readonly<HashState> = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const ROUND_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

/** SHA-1's state after one block (FIPS 180-4, 6.1.2), which no library gives away. */
function hashBlock(block: Buffer): number[] {
  const rotate = (value: number, count: number) => (value << count) | (value >>> (32 - count));
  const schedule = Array.from({ length: 16 }, (_, t) => block.readInt32BE(4 * t));
  const w = (t: number) => schedule[t] ?? 0;
  for (let t = 16; t < 80; t++) schedule.push(rotate(w(t - 3) ^ w(t - 8) ^ w(t - 14) ^ w(t - 16), 1));
  let [a, b, c, d, e]: Readonly<HashState> = INITIAL_HASH;
  for (let t = 0; t < 80; t++) {
    const phase = Math.floor(t / 20);
    const choose = (b & c) | (~b & d);
    const majority = (b & c) | (b & d) | (c & d);
    const mixed = phase === 0 ? choose : phase === 2 ? majority : b ^ c ^ d;
    const next: number = (rotate(a, 5) + mixed + e + (ROUND_CONSTANTS[phase] ?? 0) + w(t)) | 0;
    [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
  }
  return [a, b, c, d, e].map((word, i) => (word + (INITIAL_HASH[i] ?? 0)) | 0);
}
