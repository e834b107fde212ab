import type { WorkerMemory } from '../memory.js';
import { MASTER_KEY_INPUT, MASTER_KEY_LENGTH, MASTER_SALT_LENGTH } from './layout.js';

/** What the session keys of one direction are derived from, RFC 3711 section 4.3. */
export interface MasterKey {
  /** MASTER_KEY_LENGTH octets. */
  readonly masterKey: Uint8Array;
  /** MASTER_SALT_LENGTH octets. */
  readonly masterSalt: Uint8Array;
}

/**
 * Hands a master key to the kernel for the length of one call, and wipes it from memory after.
 *
 * @param use is called with the offsets of key and salt
 * @throws Error when the key or the salt has a wrong length
 */
export function lendMasterKey(
  memory: WorkerMemory,
  { masterKey, masterSalt }: MasterKey,
  use: (masterKey: number, masterSalt: number) => void,
): void {
  if (masterKey.length !== MASTER_KEY_LENGTH || masterSalt.length !== MASTER_SALT_LENGTH) {
    throw new Error(`master key of ${masterKey.length} and salt of ${masterSalt.length} octets`);
  }
  const salt = MASTER_KEY_INPUT + MASTER_KEY_LENGTH;
  const { bytes } = memory;
  bytes.set(masterKey, MASTER_KEY_INPUT);
  bytes.set(masterSalt, salt);
  use(MASTER_KEY_INPUT, salt);
  bytes.fill(0, MASTER_KEY_INPUT, salt + MASTER_SALT_LENGTH);
}
