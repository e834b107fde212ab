import { substituteBytes } from '../dist/generated/aes';
import { LAST_KEY_TO_ROWS, TO_ROWS } from './constants';
import { EXPANDED_KEY, PLANES } from './scratch';

const ROUNDS: usize = 10;
const PLANE_SIZE: usize = 16;
const ROUND_KEY_SIZE: usize = 8 * PLANE_SIZE;
/** The affine constant of the S-box, which the circuit leaves to the round keys. */
const AFFINE_CONSTANT: u8 = 0x63;

/** Sizes of a batch: blocks that follow each other in one lane's key stream, as a power of two. */
export const TWO_BLOCKS_PER_LANE: i32 = 1;
export const EIGHT_BLOCKS_OF_ONE_KEY: i32 = 3;
/** Octets of one entry of a first-round table: eight planes of four 16-bit rows. */
const TABLE_ENTRY_SIZE: usize = 64;

/** Counter 0 … 15, one per byte. */
const COUNT_UP: usize = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 16);

/** Spreads bit `bit` of every byte over the whole byte. */
@inline
export function spreadBit(bytes: v128, bit: i32): v128 {
  return i8x16.shr_s(i8x16.shl(bytes, 7 - bit), 7);
}

/** SubWord of FIPS 197, 5.2, by the circuit: a table lookup would tell the key to whoever times the cache. */
function substituteWord(word: u32): u32 {
  for (let bit: usize = 0; bit < 8; bit++) {
    v128.store(PLANES + bit * PLANE_SIZE, i32x4.splat((word >>> <u32>bit) & 0x01010101));
  }
  substituteBytes();
  let result: u32 = 0;
  for (let bit: usize = 0; bit < 8; bit++) {
    result |= (load<u32>(PLANES + bit * PLANE_SIZE) & 0x01010101) << <u32>bit;
  }
  return result ^ 0x63636363;
}

/**
 * Key expansion of AES-128 (FIPS 197, 5.2) to EXPANDED_KEY.
 *
 * @param key offset of 16 octets
 */
export function expandKey(key: usize): void {
  v128.store(EXPANDED_KEY, v128.load(key));
  let roundConstant: u32 = 1;
  for (let at = EXPANDED_KEY + 16; at <= EXPANDED_KEY + 16 * ROUNDS; at += 16) {
    // Words are little endian here: RotWord turns to the right, and the round constant is in the lowest byte.
    let word = substituteWord(rotr<u32>(load<u32>(at - 4), 8)) ^ roundConstant;
    for (let i: usize = 0; i < 16; i += 4) {
      word ^= load<u32>(at + i - 16);
      store<u32>(at + i, word);
    }
    roundConstant = (roundConstant << 1) ^ ((roundConstant >>> 7) * 0x11b);
  }
}

/**
 * Writes the key at EXPANDED_KEY into bit planes.
 *
 * @param roundKeys offset of eleven times eight planes
 * @param blocks the bits of each byte that belong to the key: 0x11 << lane in a key group, 0xff for a lone key
 */
export function writeRoundKeys(roundKeys: usize, blocks: u8): void {
  const mask = i8x16.splat(blocks);
  for (let round: usize = 0; round <= ROUNDS; round++) {
    const order = v128.load(round < ROUNDS ? TO_ROWS : LAST_KEY_TO_ROWS);
    let key = i8x16.swizzle(v128.load(EXPANDED_KEY + 16 * round), order);
    if (round > 0) key = v128.xor(key, i8x16.splat(AFFINE_CONSTANT));
    for (let bit: i32 = 0; bit < 8; bit++) {
      const plane = roundKeys + round * ROUND_KEY_SIZE + <usize>bit * PLANE_SIZE;
      v128.store(plane, v128.bitselect(spreadBit(key, bit), v128.load(plane), mask));
    }
  }
}

/** Wipes the key that writeRoundKeys wrote with the same arguments. */
export function clearRoundKeys(roundKeys: usize, blocks: u8): void {
  const mask = i8x16.splat(blocks);
  for (let plane = roundKeys; plane < roundKeys + (ROUNDS + 1) * ROUND_KEY_SIZE; plane += PLANE_SIZE) {
    v128.store(plane, v128.andnot(v128.load(plane), mask));
  }
}

/**
 * Writes the table of the first round's share that comes from the block counter, byte 15 of the counter block: the
 * S-box of counter ^ key, multiplied by MixColumns' last column. It depends on the keys alone. ShiftRows brings
 * byte 15 into column 0, so an entry has only that column: eight planes of four rows of 16 bits, for load16x4_u.
 *
 * @param roundKeys offset of the planes
 * @param table offset of `entries` entries
 * @param entries one for each batch
 * @param batch TWO_BLOCKS_PER_LANE or EIGHT_BLOCKS_OF_ONE_KEY
 */
export function writeFirstRoundTable(roundKeys: usize, table: usize, entries: usize, batch: i32): void {
  // Sixteen entries at a time: byte e of each plane is entry first + e.
  for (let first: usize = 0; first < entries; first += 16) {
    const entry = i8x16.add(i8x16.splat(<i8>first), v128.load(COUNT_UP));
    for (let bit: i32 = 0; bit < 8; bit++) {
      const counter = bit < batch ? i8x16.splat(<i8>blockNumberBits(3 - batch + bit)) : spreadBit(entry, bit - batch);
      const key = i8x16.splat(load<i8>(roundKeys + <usize>bit * PLANE_SIZE, 15));
      v128.store(PLANES + <usize>bit * PLANE_SIZE, v128.xor(counter, key));
    }
    substituteBytes();
    for (let e: usize = 0; e < 16 && first + e < entries; e++) {
      writeTableEntry(table + (first + e) * TABLE_ENTRY_SIZE, PLANES + e);
    }
  }
}

/** Bit `bit` of the block numbers 0 … 7, each at the place of its block. */
function blockNumberBits(bit: i32): i32 {
  if (bit === 0) return 0xaa;
  return bit === 1 ? 0xcc : 0xf0;
}

/** The column 1, 1, 3, 2 of MixColumns (FIPS 197, 5.1.3) times the byte whose planes stand 16 octets apart. */
function writeTableEntry(entry: usize, planes: usize): void {
  const carry: u64 = load<u8>(planes + 7 * PLANE_SIZE);
  let lower: u64 = 0;
  for (let bit: usize = 0; bit < 8; bit++) {
    const once: u64 = load<u8>(planes + bit * PLANE_SIZE);
    const twice = bit === 0 || bit === 1 || bit === 3 || bit === 4 ? lower ^ carry : lower;
    store<u64>(entry + 8 * bit, once | (once << 16) | ((once ^ twice) << 32) | (twice << 48));
    lower = once;
  }
}
