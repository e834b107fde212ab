import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { SeededRandom } from './random.js';

/**
 * Has the engine's own choices (ids, SSRCs, first sequence numbers) come from a seed, in the whole process.
 * @returns what ends that
 */
export function seedCrypto(random: SeededRandom): () => void {
  const original = {
    randomBytes: crypto.randomBytes,
    randomInt: crypto.randomInt,
    randomUUID: crypto.randomUUID,
  };
  const between = (first: number, second?: number) => {
    const [least, limit] = second === undefined ? [0, first] : [first, second];
    return (
      least + Math.floor(((random.word() * 2 ** 21 + (random.word() >>> 11)) / 2 ** 53) * (limit - least))
    );
  };
  Object.assign(crypto, {
    randomBytes: (count: number) => random.bytes(count),
    randomInt: between,
    randomUUID: () =>
      random
        .bytes(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  });
  syncBuiltinESMExports();
  return () => {
    Object.assign(crypto, original);
    syncBuiltinESMExports();
  };
}
