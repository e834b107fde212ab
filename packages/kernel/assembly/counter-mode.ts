import { firstRound, keystreamOfEightBlocks } from '../dist/generated/aes';
import { spreadBit } from './aes-key';
import { BYTES_0F, BYTES_33, BYTES_55, TO_ROWS } from './constants';
import { STREAM_CIPHER_FIRST_ROUND_TABLE, STREAM_CIPHER_ROUND_KEYS } from './layout';
import { COUNTER_BLOCKS, KEYSTREAM, PLANES } from './scratch';

/** Octets of one batch of a lone key: eight blocks. */
const BATCH: usize = 128;

/**
 * Turns the counter blocks of four lanes at COUNTER_BLOCKS into planes at PLANES, lane l at bits l and l + 4. The
 * block counter itself is left out, see firstRound.
 */
export function sliceCounterBlocksOfLanes(): void {
  const toRows = v128.load(TO_ROWS);
  const bytes55 = v128.load(BYTES_55), bytes33 = v128.load(BYTES_33), bytes0f = v128.load(BYTES_0F);
  let r0 = i8x16.swizzle(v128.load(COUNTER_BLOCKS), toRows);
  let r1 = i8x16.swizzle(v128.load(COUNTER_BLOCKS, 16), toRows);
  let r2 = i8x16.swizzle(v128.load(COUNTER_BLOCKS, 32), toRows);
  let r3 = i8x16.swizzle(v128.load(COUNTER_BLOCKS, 48), toRows);
  // A 4 by 4 transposition of bits in every half byte: lanes trade bits with their neighbours, then pairs do.
  let t = v128.and(v128.xor(i64x2.shr_u(r0, 1), r1), bytes55);
  r1 = v128.xor(r1, t);
  r0 = v128.xor(r0, i64x2.shl(t, 1));
  t = v128.and(v128.xor(i64x2.shr_u(r2, 1), r3), bytes55);
  r3 = v128.xor(r3, t);
  r2 = v128.xor(r2, i64x2.shl(t, 1));
  t = v128.and(v128.xor(i64x2.shr_u(r0, 2), r2), bytes33);
  r2 = v128.xor(r2, t);
  r0 = v128.xor(r0, i64x2.shl(t, 2));
  t = v128.and(v128.xor(i64x2.shr_u(r1, 2), r3), bytes33);
  r3 = v128.xor(r3, t);
  r1 = v128.xor(r1, i64x2.shl(t, 2));
  storeHalves(0, r0, bytes0f);
  storeHalves(16, r1, bytes0f);
  storeHalves(32, r2, bytes0f);
  storeHalves(48, r3, bytes0f);
}

/** The low half of every byte is one plane, the high half the plane four further; both blocks of a lane get it. */
@inline
function storeHalves(offset: usize, halves: v128, bytes0f: v128): void {
  const low = v128.and(halves, bytes0f);
  const high = v128.andnot(halves, bytes0f);
  v128.store(PLANES + offset, v128.or(low, i64x2.shl(low, 4)));
  v128.store(PLANES + offset, v128.or(high, i64x2.shr_u(high, 4)), 64);
}

/**
 * Prepares a StreamCipher for the key stream that starts from the counter block at COUNTER_BLOCKS (RFC 3711, 4.1.1),
 * whose last two octets, the block counter, are 0.
 */
export function beginKeystream(cipher: usize): void {
  const rows = i8x16.swizzle(v128.load(COUNTER_BLOCKS), v128.load(TO_ROWS));
  for (let bit: i32 = 0; bit < 8; bit++) v128.store(PLANES + 16 * <usize>bit, spreadBit(rows, bit));
  firstRound(cipher + STREAM_CIPHER_ROUND_KEYS);
}

/** Encrypts or decrypts in place, from the start of the key stream; touches nothing behind `length` octets. */
export function applyKeystream(cipher: usize, data: usize, length: usize): void {
  const roundKeys = cipher + STREAM_CIPHER_ROUND_KEYS;
  let table = cipher + STREAM_CIPHER_FIRST_ROUND_TABLE;
  while (length > 0) {
    keystreamOfEightBlocks(roundKeys, table);
    const batch = min<usize>(length, BATCH);
    let i: usize = 0;
    for (; i + 16 <= batch; i += 16) {
      v128.store(data + i, v128.xor(v128.load(data + i), v128.load(KEYSTREAM + i)));
    }
    for (; i < batch; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(KEYSTREAM + i));
    data += batch;
    length -= batch;
    table += 64;
  }
}
