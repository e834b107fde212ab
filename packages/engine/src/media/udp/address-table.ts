import { AF_INET, AF_INET6, SOCKADDR_IN_LENGTH, SOCKADDR_IN6_LENGTH } from './socket-address.js';

/** Value of what is not in the table. */
export const ABSENT = -1;
/** Socket indices that fit a key. */
export const MAX_SOCKET_INDEX = 0x7fff;
/** Bytes of the hash's secret. */
export const ADDRESS_TABLE_SEED_LENGTH = 8;

/**
 * A slot is eight 32-bit words, half a cache line:
 *
 *   0     hash
 *   1     port << 16 | socketIndex << 1 | (1 for IPv6)
 *   2..5  address; IPv4 has only the first
 *   6     scope id
 *   7     value, ABSENT marks an empty slot
 */
const SLOT_WORDS = 8;
const HASH = 0;
const KEY = 1;
const VALUE = 7;
const KEY_WORDS = VALUE - KEY;
const INITIAL_SLOTS = 64;

/**
 * From a remote address and the socket that it came in by to a number: which tuple of which transport this is.
 *
 * Looked up once per datagram, so it allocates nothing: linear probing over one typed array, at most half full.
 * Deletion shifts back what follows, so nothing rots however long the worker lives. Whoever can spoof source
 * addresses chooses the keys, hence the keyed hash (HalfSipHash-1-3, Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF"; the 1-3 variant is what kernels use for tables).
 */
export class AddressTable {
  readonly #seed0: number;
  readonly #seed1: number;
  #slots = new Int32Array(INITIAL_SLOTS * SLOT_WORDS);
  #mask = INITIAL_SLOTS - 1;
  #size = 0;
  /** The key in hand, laid out as in a slot. */
  readonly #key = new Int32Array(SLOT_WORDS);

  /** @param seed at least 8 random bytes that no peer knows */
  constructor(seed: Uint8Array) {
    if (seed.length < ADDRESS_TABLE_SEED_LENGTH)
      throw new RangeError('the seed of an address table is too short');
    this.#seed0 = readWord(seed, 0);
    this.#seed1 = readWord(seed, 4);
    clear(this.#slots);
  }

  /** Entries in the table. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param bytes holds a `sockaddr_in` or `sockaddr_in6` at `offset`
   * @param socketIndex 0 to MAX_SOCKET_INDEX
   * @returns the value, or ABSENT
   */
  lookup(bytes: Uint8Array, offset: number, socketIndex: number): number {
    if (!this.#loadKey(bytes, offset, socketIndex)) return ABSENT;
    return this.#slots[this.#find() * SLOT_WORDS + VALUE] ?? ABSENT;
  }

  /**
   * Adds an entry or replaces its value.
   * @param value 0 to 2^31 - 1
   * @throws RangeError when the value or the socket index is out of range or no address stands at `offset`
   */
  set(bytes: Uint8Array, offset: number, socketIndex: number, value: number): void {
    if (value < 0 || (value | 0) !== value)
      throw new RangeError(`address table cannot hold the value ${value}`);
    if (!this.#loadKey(bytes, offset, socketIndex))
      throw new RangeError(`no socket address stands at ${offset}`);
    let slot = this.#find();
    if (this.#slots[slot * SLOT_WORDS + VALUE] === ABSENT) {
      if ((this.#size + 1) * 2 > this.#mask + 1) {
        this.#grow();
        slot = this.#find();
      }
      this.#size++;
    }
    this.#key[VALUE] = value;
    this.#slots.set(this.#key, slot * SLOT_WORDS);
  }

  /** @returns whether there was an entry */
  delete(bytes: Uint8Array, offset: number, socketIndex: number): boolean {
    if (!this.#loadKey(bytes, offset, socketIndex)) return false;
    const slot = this.#find();
    if (this.#slots[slot * SLOT_WORDS + VALUE] === ABSENT) return false;
    this.#close(slot);
    this.#size--;
    return true;
  }

  /** Reads the key and its hash into #key. The flow label is no part of an address and is left out. */
  #loadKey(bytes: Uint8Array, offset: number, socketIndex: number): boolean {
    if (socketIndex < 0 || socketIndex > MAX_SOCKET_INDEX)
      throw new RangeError(`socket index ${socketIndex}`);
    const key = this.#key;
    const family = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
    const portAndSocket =
      ((bytes[offset + 2] ?? 0) << 24) | ((bytes[offset + 3] ?? 0) << 16) | (socketIndex << 1);
    if (family === AF_INET && offset + SOCKADDR_IN_LENGTH <= bytes.length) {
      key[KEY] = portAndSocket;
      key[KEY + 1] = readWord(bytes, offset + 4);
      for (let i = 2; i < KEY_WORDS; i++) key[KEY + i] = 0;
      key[HASH] = this.#hash(2);
      return true;
    }
    if (family === AF_INET6 && offset + SOCKADDR_IN6_LENGTH <= bytes.length) {
      key[KEY] = portAndSocket | 1;
      for (let i = 1; i < KEY_WORDS; i++) key[KEY + i] = readWord(bytes, offset + 4 + 4 * i);
      key[HASH] = this.#hash(KEY_WORDS);
      return true;
    }
    return false;
  }

  /** HalfSipHash-1-3 over the first `words` words of the key; the last block is the length alone. */
  #hash(words: number): number {
    let v0 = this.#seed0;
    let v1 = this.#seed1;
    let v2 = 0x6c796765 ^ this.#seed0;
    let v3 = 0x74656462 ^ this.#seed1;
    const lengthBlock = words << 26;
    // One round for each word and for the length, three to finish.
    for (let i = 0; i < words + 4; i++) {
      const word = i < words ? (this.#key[KEY + i] ?? 0) : i === words ? lengthBlock : 0;
      if (i === words + 1) v2 ^= 0xff;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return v1 ^ v3;
  }

  /** @returns the slot that holds #key, or the empty one where it belongs */
  #find(): number {
    const slots = this.#slots;
    let slot = (this.#key[HASH] ?? 0) & this.#mask;
    while (slots[slot * SLOT_WORDS + VALUE] !== ABSENT && !this.#holdsKey(slot))
      slot = (slot + 1) & this.#mask;
    return slot;
  }

  #holdsKey(slot: number): boolean {
    for (let i = HASH; i < VALUE; i++) {
      if (this.#slots[slot * SLOT_WORDS + i] !== this.#key[i]) return false;
    }
    return true;
  }

  /** Empties a slot and moves back the entries behind it that would no longer be found across the gap. */
  #close(slot: number): void {
    const slots = this.#slots;
    let gap = slot;
    let next = (gap + 1) & this.#mask;
    while (slots[next * SLOT_WORDS + VALUE] !== ABSENT) {
      const home = (slots[next * SLOT_WORDS + HASH] ?? 0) & this.#mask;
      // Distances to `next` around the ring: an entry moves unless its home lies behind the gap.
      if (((next - home) & this.#mask) >= ((next - gap) & this.#mask)) {
        slots.copyWithin(gap * SLOT_WORDS, next * SLOT_WORDS, (next + 1) * SLOT_WORDS);
        gap = next;
      }
      next = (next + 1) & this.#mask;
    }
    slots[gap * SLOT_WORDS + VALUE] = ABSENT;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    clear(this.#slots);
    for (let entry = 0; entry < old.length; entry += SLOT_WORDS) {
      if (old[entry + VALUE] === ABSENT) continue;
      let slot = (old[entry + HASH] ?? 0) & this.#mask;
      while (this.#slots[slot * SLOT_WORDS + VALUE] !== ABSENT) slot = (slot + 1) & this.#mask;
      for (let i = 0; i < SLOT_WORDS; i++) this.#slots[slot * SLOT_WORDS + i] = old[entry + i] ?? 0;
    }
  }
}

function clear(slots: Int32Array): void {
  for (let i = VALUE; i < slots.length; i += SLOT_WORDS) slots[i] = ABSENT;
}

function readWord(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] ?? 0) |
    ((bytes[offset + 1] ?? 0) << 8) |
    ((bytes[offset + 2] ?? 0) << 16) |
    ((bytes[offset + 3] ?? 0) << 24)
  );
}
