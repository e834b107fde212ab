import { crc32 as nodeCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from './crc32.js';

test('the check value of CRC-32 comes out', () => {
  expect(crc32(new TextEncoder().encode('..123456789..'), 2, 9)).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(3), 1, 0)).toBe(0);
});

test('any bytes have the CRC that zlib gives them', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(crc32(bytes, 0, bytes.length)).toBe(nodeCrc32(bytes));
    }),
  );
});
