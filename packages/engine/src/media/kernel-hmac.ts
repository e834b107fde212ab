import type { HmacSha1 } from './ice/index.js';
import type { WorkerMemory } from './memory.js';
import { INPUT_SPARE, type Kernel, MAX_HMAC_KEY_LENGTH } from './srtp/index.js';

/** Octets of SHA-1's digest. */
const DIGEST_LENGTH = 20;

/**
 * HMAC-SHA1 by the kernel, of messages in worker memory. node:crypto makes objects for each one, which costs more than
 * to forward a packet: who knows a username fragment could keep the worker busy with checks that are not even valid.
 * @throws RangeError, as the result does for a message that is elsewhere and for a key that is longer than a block
 */
export function kernelHmacSha1(kernel: Kernel, memory: WorkerMemory): HmacSha1 {
  const keyOffset = memory.reserve(MAX_HMAC_KEY_LENGTH);
  const digestOffset = memory.reserve(DIGEST_LENGTH + INPUT_SPARE);
  return (key, bytes, offset, length, output) => {
    if (bytes !== memory.bytes) throw new RangeError('the message is not in worker memory');
    if (key.length > MAX_HMAC_KEY_LENGTH) throw new RangeError(`a key of ${key.length} octets is too long`);
    bytes.set(key, keyOffset);
    kernel.hmacSha1(keyOffset, key.length, offset, length, digestOffset);
    for (let i = 0; i < DIGEST_LENGTH; i++) output[i] = bytes[digestOffset + i] ?? 0;
  };
}
