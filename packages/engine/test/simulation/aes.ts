/**
 * AES-128 (FIPS 197) in JavaScript, forwards only, apart from the kernel: for the few blocks of a packet a call of
 * node:crypto costs several times as much.
 */

const ROUNDS = 10;
/** Of the state and of a round key. */
const WORDS = 4;
const KEY_WORDS = WORDS * (ROUNDS + 1);
/** x^8 + x^4 + x^3 + x + 1: section 4.2. */
const POLYNOMIAL = 0x11b;

const substitution = substitutionTable();
/** SubBytes and MixColumns of one octet in each place of a column: section 5.1. */
const mixed = [0, 8, 16, 24].map((shift) => mixedColumns(shift));
const [first = new Int32Array(0), second = first, third = first, fourth = first] = mixed;

export class Aes128 {
  readonly #keys: Int32Array;

  /** @param key of 16 octets */
  constructor(key: Uint8Array) {
    this.#keys = expand(key);
  }

  /** Encrypts four words in place. */
  encrypt(block: Int32Array): void {
    const keys = this.#keys;
    let a = (block[0] ?? 0) ^ (keys[0] ?? 0);
    let b = (block[1] ?? 0) ^ (keys[1] ?? 0);
    let c = (block[2] ?? 0) ^ (keys[2] ?? 0);
    let d = (block[3] ?? 0) ^ (keys[3] ?? 0);
    for (let at = WORDS; at < KEY_WORDS - WORDS; at += WORDS) {
      const nextA = column(a, b, c, d) ^ (keys[at] ?? 0);
      const nextB = column(b, c, d, a) ^ (keys[at + 1] ?? 0);
      const nextC = column(c, d, a, b) ^ (keys[at + 2] ?? 0);
      d = column(d, a, b, c) ^ (keys[at + 3] ?? 0);
      a = nextA;
      b = nextB;
      c = nextC;
    }
    block[0] = lastColumn(a, b, c, d) ^ (keys[KEY_WORDS - 4] ?? 0);
    block[1] = lastColumn(b, c, d, a) ^ (keys[KEY_WORDS - 3] ?? 0);
    block[2] = lastColumn(c, d, a, b) ^ (keys[KEY_WORDS - 2] ?? 0);
    block[3] = lastColumn(d, a, b, c) ^ (keys[KEY_WORDS - 1] ?? 0);
  }
}

/** A column behind a round, out of the columns that ShiftRows takes its octets from. */
function column(a: number, b: number, c: number, d: number): number {
  return (
    (first[a >>> 24] ?? 0) ^
    (second[(b >>> 16) & 0xff] ?? 0) ^
    (third[(c >>> 8) & 0xff] ?? 0) ^
    (fourth[d & 0xff] ?? 0)
  );
}

/** The last round mixes no columns. */
function lastColumn(a: number, b: number, c: number, d: number): number {
  return (
    ((substitution[a >>> 24] ?? 0) << 24) |
    ((substitution[(b >>> 16) & 0xff] ?? 0) << 16) |
    ((substitution[(c >>> 8) & 0xff] ?? 0) << 8) |
    (substitution[d & 0xff] ?? 0)
  );
}

/** Section 5.2. */
function expand(key: Uint8Array): Int32Array {
  const keys = new Int32Array(KEY_WORDS);
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  for (let i = 0; i < WORDS; i++) keys[i] = view.getInt32(4 * i);
  let constant = 1;
  for (let i = WORDS; i < KEY_WORDS; i++) {
    let word = keys[i - 1] ?? 0;
    if (i % WORDS === 0) {
      word = lastColumn(word << 8, word << 8, word << 8, word >>> 24) ^ (constant << 24);
      constant = doubled(constant);
    }
    keys[i] = (keys[i - WORDS] ?? 0) ^ word;
  }
  return keys;
}

/** Section 5.1.1: the inverse in the field, then an affine transformation. */
function substitutionTable(): Uint8Array {
  const table = new Uint8Array(256);
  // 3 generates the field and 0xf6 is its inverse: so they go through all pairs.
  let octet = 1;
  let inverse = 1;
  do {
    octet ^= doubled(octet);
    inverse = product(inverse, 0xf6);
    const spread = inverse * 0x101;
    const turned = spread ^ (spread >>> 4) ^ (spread >>> 5) ^ (spread >>> 6) ^ (spread >>> 7);
    table[octet] = (turned ^ 0x63) & 0xff;
  } while (octet !== 1);
  table[0] = 0x63;
  return table;
}

/** @param shift by how many bits the column is turned to the right */
function mixedColumns(shift: number): Int32Array {
  return Int32Array.from(substitution, (octet) => {
    const two = doubled(octet);
    const word = (two << 24) | (octet << 16) | (octet << 8) | (two ^ octet);
    return shift === 0 ? word : (word >>> shift) | (word << (32 - shift));
  });
}

/** By x in the field: section 4.2.1. */
function doubled(octet: number): number {
  const double = octet << 1;
  return double > 0xff ? double ^ POLYNOMIAL : double;
}

function product(one: number, other: number): number {
  let sum = 0;
  for (let power = one, bits = other; bits > 0; bits >>= 1, power = doubled(power)) {
    if ((bits & 1) === 1) sum ^= power;
  }
  return sum;
}
