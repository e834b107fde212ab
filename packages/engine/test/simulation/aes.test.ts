import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';
import { Aes128 } from './aes.js';

test('encrypts as node:crypto does', () => {
  for (let seed = 0; seed < 300; seed++) {
    const octets = Buffer.from(Array.from({ length: 32 }, (_, i) => (seed * 31 + i * (seed + 7)) & 0xff));
    const [key, text] = [octets.subarray(0, 16), octets.subarray(16)];
    const block = Int32Array.of(
      text.readInt32BE(0),
      text.readInt32BE(4),
      text.readInt32BE(8),
      text.readInt32BE(12),
    );
    new Aes128(key).encrypt(block);
    const encrypted = Buffer.alloc(16);
    for (const [i, word] of block.entries()) encrypted.writeInt32BE(word, 4 * i);
    expect(encrypted).toEqual(createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(text));
  }
});
