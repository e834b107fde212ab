import { clearRoundKeys, expandKey, TWO_BLOCKS_PER_LANE, writeFirstRoundTable, writeRoundKeys } from './aes-key';
import { hashPaddedKey, IPAD, OPAD, storeHashState } from './hmac';
import { deriveSessionKeys, wipeScratch } from './key-derivation';
import {
  KEY_GROUP_DESTINATION,
  KEY_GROUP_FIRST_ROUND_TABLE,
  KEY_GROUP_INNER_STATE,
  KEY_GROUP_OUTER_STATE,
  KEY_GROUP_ROUND_KEYS,
  KEY_GROUP_SALT,
  LANES,
  MAX_PAYLOAD_LENGTH,
  RTP_LABELS,
} from './layout';
import { SESSION_AUTHENTICATION_KEY, SESSION_CIPHER_KEY, SESSION_SALT } from './scratch';

/** Octets of one batch of a lane: two blocks. */
const BATCH: usize = 32;
const TABLE_ENTRIES: usize = (MAX_PAYLOAD_LENGTH + BATCH - 1) / BATCH;

/** The bits of a lane's two blocks in every byte of a plane. */
function blocksOf(lane: usize): u8 {
  return <u8>(<u32>0x11 << <u32>lane);
}

function writeTable(keyGroup: usize): void {
  const table = keyGroup + KEY_GROUP_FIRST_ROUND_TABLE;
  writeFirstRoundTable(keyGroup + KEY_GROUP_ROUND_KEYS, table, TABLE_ENTRIES, TWO_BLOCKS_PER_LANE);
}

/**
 * Gives a lane of a key group the session keys by which RTP to one subscriber is protected. The other lanes and the
 * lane's destination stay as they are.
 *
 * @param masterKey offset of 16 octets
 * @param masterSalt offset of 14 octets
 */
export function writeKeyGroupLane(keyGroup: usize, lane: usize, masterKey: usize, masterSalt: usize): void {
  if (lane >= LANES) unreachable();
  deriveSessionKeys(masterKey, masterSalt, RTP_LABELS);
  expandKey(SESSION_CIPHER_KEY);
  writeRoundKeys(keyGroup + KEY_GROUP_ROUND_KEYS, blocksOf(lane));
  writeTable(keyGroup);
  hashPaddedKey(SESSION_AUTHENTICATION_KEY, IPAD);
  storeHashState(keyGroup + KEY_GROUP_INNER_STATE + 4 * lane, 16);
  hashPaddedKey(SESSION_AUTHENTICATION_KEY, OPAD);
  storeHashState(keyGroup + KEY_GROUP_OUTER_STATE + 4 * lane, 16);
  v128.store(keyGroup + KEY_GROUP_SALT + 16 * lane, v128.load(SESSION_SALT));
  wipeScratch();
}

/** Wipes a lane's keys and takes it out of use; the other lanes stay as they are. */
export function clearKeyGroupLane(keyGroup: usize, lane: usize): void {
  if (lane >= LANES) unreachable();
  clearRoundKeys(keyGroup + KEY_GROUP_ROUND_KEYS, blocksOf(lane));
  writeTable(keyGroup);
  for (let i: usize = 0; i < 5; i++) {
    store<u32>(keyGroup + 16 * i + 4 * lane, 0, KEY_GROUP_INNER_STATE);
    store<u32>(keyGroup + 16 * i + 4 * lane, 0, KEY_GROUP_OUTER_STATE);
  }
  v128.store(keyGroup + KEY_GROUP_SALT + 16 * lane, i64x2.splat(0));
  store<u32>(keyGroup + 4 * lane, 0, KEY_GROUP_DESTINATION);
  wipeScratch();
}
