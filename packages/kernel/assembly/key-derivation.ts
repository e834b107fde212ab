import { keystreamOfEightBlocks } from '../dist/generated/aes';
import { EIGHT_BLOCKS_OF_ONE_KEY, expandKey, writeFirstRoundTable, writeRoundKeys } from './aes-key';
import { beginKeystream } from './counter-mode';
import { MASTER_SALT_LENGTH, STREAM_CIPHER_FIRST_ROUND_TABLE, STREAM_CIPHER_ROUND_KEYS } from './layout';
import {
  COUNTER_BLOCKS,
  KEYSTREAM,
  MASTER_CIPHER,
  SCRATCH,
  SCRATCH_END,
  SESSION_AUTHENTICATION_KEY,
  SESSION_CIPHER_KEY,
  SESSION_SALT,
} from './scratch';

/** Place of the label in the counter block: the octet above the 48 bits of `r` (RFC 3711, 4.3.1). */
const LABEL_OCTET: usize = 7;

/**
 * Derives session keys (RFC 3711, 4.3, key derivation rate 0) to SESSION_CIPHER_KEY, SESSION_AUTHENTICATION_KEY and
 * SESSION_SALT. The caller wipes them by wipeScratch().
 *
 * @param masterKey offset of 16 octets
 * @param masterSalt offset of 14 octets
 * @param firstLabel label of the cipher key; those of the authentication key and the salt follow
 */
export function deriveSessionKeys(masterKey: usize, masterSalt: usize, firstLabel: usize): void {
  expandKey(masterKey);
  const roundKeys = MASTER_CIPHER + STREAM_CIPHER_ROUND_KEYS;
  writeRoundKeys(roundKeys, 0xff);
  writeFirstRoundTable(roundKeys, MASTER_CIPHER + STREAM_CIPHER_FIRST_ROUND_TABLE, 1, EIGHT_BLOCKS_OF_ONE_KEY);
  deriveKey(masterSalt, firstLabel, SESSION_CIPHER_KEY);
  deriveKey(masterSalt, firstLabel + 1, SESSION_AUTHENTICATION_KEY);
  deriveKey(masterSalt, firstLabel + 2, SESSION_SALT);
  // The salt has 112 bits: the two octets behind it are the place of the block counter.
  store<u16>(SESSION_SALT, 0, MASTER_SALT_LENGTH);
}

/** Writes 32 octets of key stream; the key is as many of them as it needs. */
function deriveKey(masterSalt: usize, label: usize, key: usize): void {
  store<u64>(COUNTER_BLOCKS, load<u64>(masterSalt));
  store<u64>(COUNTER_BLOCKS, <u64>load<u32>(masterSalt, 8) | (<u64>load<u16>(masterSalt, 12) << 32), 8);
  store<u8>(COUNTER_BLOCKS, load<u8>(COUNTER_BLOCKS, LABEL_OCTET) ^ <u8>label, LABEL_OCTET);
  beginKeystream(MASTER_CIPHER);
  keystreamOfEightBlocks(MASTER_CIPHER + STREAM_CIPHER_ROUND_KEYS, MASTER_CIPHER + STREAM_CIPHER_FIRST_ROUND_TABLE);
  v128.store(key, v128.load(KEYSTREAM));
  v128.store(key, v128.load(KEYSTREAM, 16), 16);
}

/** Wipes keys, and all that tells of them, from the kernel's page. */
export function wipeScratch(): void {
  memory.fill(SCRATCH, 0, SCRATCH_END - SCRATCH);
}
