import type { WorkerMemory } from '../memory.js';
import type { Kernel } from './kernel.js';
import { KEY_GROUP_DESTINATION } from './layout.js';
import { lendMasterKey, type MasterKey } from './master-key.js';

/**
 * Gives one subscriber's lane of a key group its keys. Its destination and the other lanes stay as they are.
 *
 * @param keyGroup offset of KEY_GROUP_SIZE octets, zeroed before first use
 * @param lane 0 … LANES - 1
 * @param key protects what we send to the subscriber
 */
export function setLaneKeys(
  kernel: Kernel,
  memory: WorkerMemory,
  keyGroup: number,
  lane: number,
  key: MasterKey,
): void {
  lendMasterKey(memory, key, (masterKey, masterSalt) => {
    kernel.writeKeyGroupLane(keyGroup, lane, masterKey, masterSalt);
  });
}

/** @param destination offset of a Destination record, or 0: then nothing is sent to the lane's subscriber */
export function setLaneDestination(
  memory: WorkerMemory,
  keyGroup: number,
  lane: number,
  destination: number,
): void {
  memory.words[((keyGroup + KEY_GROUP_DESTINATION) >> 2) + lane] = destination;
}

/** Wipes a lane's keys and takes it out of use. */
export function clearLane(kernel: Kernel, keyGroup: number, lane: number): void {
  kernel.clearKeyGroupLane(keyGroup, lane);
}
