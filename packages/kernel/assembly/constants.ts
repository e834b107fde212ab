/**
 * Vector constants in linear memory: offsets of 16 bytes each. They are loaded, not written as literals, because V8
 * of Node 22 and later builds a vector literal anew at every use, inside loops too.
 */

/** A byte repeated 16 times. */
export const BYTES_0F: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15], 16);
export const BYTES_33: usize = memory.data<u8>([51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51], 16);
export const BYTES_55: usize = memory.data<u8>([85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85], 16);

/** Everything but the last byte. */
export const ALL_BUT_BYTE_15: usize = memory.data<u8>(
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0],
  16,
);

/**
 * Swizzle from the byte order of FIPS 197 (byte 4c + r is row r of column c) to that of the bit planes (4r + c):
 * there a row is one 32-bit word, and MixColumns rotates words.
 */
export const TO_ROWS: usize = memory.data<u8>([0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15], 16);
/** Swizzle of ShiftRows (FIPS 197, 5.1.2) in the order of the planes: row r moves r columns to the left. */
export const SHIFT_ROWS: usize = memory.data<u8>([0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14], 16);
/** ShiftRows and the way back to the byte order of FIPS 197 in one swizzle. */
export const SHIFT_ROWS_FROM_ROWS: usize = memory.data<u8>([0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14], 16);
/**
 * The last round key, in the order of FIPS 197, to where it belongs before SHIFT_ROWS_FROM_ROWS: its inverse.
 */
export const LAST_KEY_TO_ROWS: usize = memory.data<u8>([0, 4, 8, 12, 13, 1, 5, 9, 10, 14, 2, 6, 7, 11, 15, 3], 16);

/** Swizzle that turns four 32-bit words between network byte order and that of the machine. */
export const SWAP_BYTES: usize = memory.data<u8>([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12], 16);
