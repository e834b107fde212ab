import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { HmacSha1 } from './sha1.js';

test('authenticates as node:crypto does, whatever the length', () => {
  for (let length = 0; length < 200; length++) {
    const key = Buffer.alloc(length % 65, length);
    const bytes = Buffer.from(Array.from({ length: length + 3 }, (_, i) => (i * 7 + length) & 0xff));
    const words = new HmacSha1(key).mac(bytes, length);
    const mac = Buffer.alloc(20);
    for (const [i, word] of words.entries()) mac.writeInt32BE(word, 4 * i);
    expect(mac).toEqual(createHmac('sha1', key).update(bytes.subarray(0, length)).digest());
  }
});
