/**
 * HMAC-SHA1 (FIPS 180-4, RFC 2104) in JavaScript, apart from the kernel: for the few octets of a packet a call of
 * node:crypto costs several times as much, and a simulation makes millions of them.
 */

const BLOCK = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Octets of the length behind the padding. */
const LENGTH_SIZE = 8;
export const MAC_LENGTH = 20;

const words = new Int32Array(80);

/** One key, with what is the same for all that it authenticates done once. */
export class HmacSha1 {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;
  readonly #state = new Int32Array(5);

  /** @param key of 64 octets at most */
  constructor(key: Uint8Array) {
    this.#inner = padded(key, INNER_PAD);
    this.#outer = padded(key, OUTER_PAD);
  }

  /**
   * @param length of what is authenticated: the first octets
   * @returns five words of 32 bits, overwritten by the next call
   */
  mac(bytes: Uint8Array, length: number): Int32Array {
    const state = this.#state;
    state.set(this.#inner);
    let at = 0;
    for (; at + BLOCK <= length; at += BLOCK) {
      read(bytes, at, BLOCK);
      compress(state);
    }
    finish(state, bytes, at, length);
    words.fill(0, 0, 16);
    words.set(state);
    words[5] = 0x8000_0000;
    words[15] = (BLOCK + MAC_LENGTH) * 8;
    state.set(this.#outer);
    compress(state);
    return state;
  }
}

function padded(key: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(pad);
  for (const [i, octet] of key.entries()) block[i] = octet ^ pad;
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  read(block, 0, BLOCK);
  compress(state);
  return state;
}

/** Takes the last octets in, behind a first block with the key. */
function finish(state: Int32Array, bytes: Uint8Array, at: number, length: number): void {
  const rest = length - at;
  read(bytes, at, rest);
  words[rest >> 2] = (words[rest >> 2] ?? 0) | (0x80 << (24 - 8 * (rest & 3)));
  if (rest + 1 + LENGTH_SIZE > BLOCK) {
    compress(state);
    words.fill(0, 0, 16);
  }
  words[15] = (BLOCK + length) * 8;
  compress(state);
}

/** Reads up to a block, with zeros behind it. */
function read(bytes: Uint8Array, at: number, length: number): void {
  words.fill(0, 0, 16);
  for (let i = 0; i < length; i++)
    words[i >> 2] = (words[i >> 2] ?? 0) | ((bytes[at + i] ?? 0) << (24 - 8 * (i & 3)));
}

function compress(state: Int32Array): void {
  for (let i = 16; i < 80; i++) {
    const word = (words[i - 3] ?? 0) ^ (words[i - 8] ?? 0) ^ (words[i - 14] ?? 0) ^ (words[i - 16] ?? 0);
    words[i] = (word << 1) | (word >>> 31);
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  // Five rounds at a time, behind which each of the five variables has its place again.
  for (let i = 0; i < 80; i += 5) {
    e = (e + turned(a) + mixed(i, b, c, d) + (words[i] ?? 0)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + turned(e) + mixed(i, a, b, c) + (words[i + 1] ?? 0)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + turned(d) + mixed(i, e, a, b) + (words[i + 2] ?? 0)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + turned(c) + mixed(i, d, e, a) + (words[i + 3] ?? 0)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + turned(b) + mixed(i, c, d, e) + (words[i + 4] ?? 0)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  state[0] = ((state[0] ?? 0) + a) | 0;
  state[1] = ((state[1] ?? 0) + b) | 0;
  state[2] = ((state[2] ?? 0) + c) | 0;
  state[3] = ((state[3] ?? 0) + d) | 0;
  state[4] = ((state[4] ?? 0) + e) | 0;
}

function turned(a: number): number {
  return (a << 5) | (a >>> 27);
}

/** @param i the round, or one before it of the same twenty */
function mixed(i: number, b: number, c: number, d: number): number {
  if (i < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0;
  if (i < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (i < 60) return (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}
