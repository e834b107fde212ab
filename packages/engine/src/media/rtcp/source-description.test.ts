import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amidPoisons } from '../rtp/testing/poison.js';
import { MAX_CNAME_LENGTH, sourceDescriptionLength, writeSourceDescription } from './source-description.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('writing', () => {
  test('gives one chunk that ends with zeros at a whole word (RFC 3550 section 6.5)', () => {
    const bytes = new Uint8Array(16).fill(0xee);
    expect(writeSourceDescription(bytes, 0, 0x01020304, utf8('abcde'))).toBe(16);
    expect([...bytes]).toEqual([0x81, 202, 0, 3, 1, 2, 3, 4, 1, 5, 0x61, 0x62, 0x63, 0x64, 0x65, 0]);
  });

  test('ends the list of items with a zero even where it fills whole words', () => {
    const bytes = new Uint8Array(20).fill(0xee);
    expect(writeSourceDescription(bytes, 0, 1, utf8('abcdef'))).toBe(20);
    expect([...bytes.slice(14)]).toEqual([0x65, 0x66, 0, 0, 0, 0]);
  });

  test('fills its length with the CNAME and zeros, and writes nothing else', () => {
    const cnames = fc.uint8Array({ maxLength: MAX_CNAME_LENGTH });
    fc.assert(
      fc.property(cnames, fc.integer({ min: 0, max: 0xffffffff }), (cname, ssrc) => {
        amidPoisons(new Uint8Array(sourceDescriptionLength(cname.length)), (array) => {
          expect(writeSourceDescription(array.bytes, array.offset, ssrc, cname)).toBe(array.length);
          expect(array.isIntact()).toBe(true);
          const packet = array.packet();
          const view = new DataView(packet.buffer);
          const end = 10 + cname.length;
          expect(view.getUint16(2)).toBe(packet.length / 4 - 1);
          expect(view.getUint32(4)).toBe(ssrc);
          expect([...packet.slice(8, end)]).toEqual([1, cname.length, ...cname]);
          expect(packet.length - end).toBeGreaterThanOrEqual(1);
          expect(packet.length - end).toBeLessThanOrEqual(4);
          expect(packet.slice(end).every((octet) => octet === 0)).toBe(true);
        });
      }),
    );
  });

  test('refuses a CNAME of more than 255 octets', () => {
    expect(() => writeSourceDescription(new Uint8Array(400), 0, 1, new Uint8Array(256))).toThrow(RangeError);
  });
});
