import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readInt32,
  readUint8,
  readUint16,
  readUint24,
  readUint32,
  writeUint16,
  writeUint24,
  writeUint32,
} from './big-endian.js';

test('reads agree with DataView', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 12 }), (bytes) => {
      const view = new DataView(bytes.buffer);
      const offset = bytes.length - 4;
      expect(readUint8(bytes, offset)).toBe(view.getUint8(offset));
      expect(readUint16(bytes, offset)).toBe(view.getUint16(offset));
      expect(readUint24(bytes, offset)).toBe(view.getUint32(offset) >>> 8);
      expect(readUint32(bytes, offset)).toBe(view.getUint32(offset));
      expect(readInt32(bytes, offset)).toBe(view.getInt32(offset));
    }),
  );
});

test('what is written is read again, modulo the width', () => {
  fc.assert(
    fc.property(fc.integer({ min: -0x80000000, max: 0xffffffff }), (value) => {
      const bytes = new Uint8Array(4);
      writeUint32(bytes, 0, value);
      expect(readUint32(bytes, 0)).toBe(value >>> 0);
      writeUint24(bytes, 0, value);
      expect(readUint24(bytes, 0)).toBe(value & 0xffffff);
      writeUint16(bytes, 0, value);
      expect(readUint16(bytes, 0)).toBe(value & 0xffff);
    }),
  );
});

test('a read beyond the array gives zeros', () => {
  expect(readUint32(Uint8Array.of(0xff), 0)).toBe(0xff000000);
});
