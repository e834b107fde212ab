import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Authenticator, CounterMode } from './srtp-transforms.js';

test('counter mode is that of node:crypto, call after call, and leaves what lies around alone', () => {
  const key = randomBytes(16);
  const mode = new CounterMode(key);
  for (const length of [0, 1, 15, 16, 17, 100, 1400]) {
    const iv = Buffer.concat([randomBytes(14), Buffer.alloc(2)]);
    const plain = randomBytes(length + 30);
    const bytes = Buffer.from(plain);
    const expected = createCipheriv('aes-128-ctr', key, iv).update(plain.subarray(20, 20 + length));
    mode.apply(Buffer.from(iv), bytes, 20, 20 + length);
    expect(bytes).toEqual(Buffer.concat([plain.subarray(0, 20), expected, plain.subarray(20 + length)]));
  }
});

test('the digest is the HMAC of text and suffix', () => {
  const key = randomBytes(20);
  const authenticator = new Authenticator(key);
  for (const length of [0, 12, 120, 1400]) {
    const text = randomBytes(length + 10);
    const expected = createHmac('sha1', key)
      .update(text.subarray(0, length))
      .update(Buffer.of(0xfe, 0xdc, 0xba, 0x98))
      .digest();
    expect(authenticator.digest(text, length, 0xfedc_ba98)).toEqual(expected);
  }
});
