import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allAlike, amidPoisons } from '../rtp/testing/poison.js';
import {
  findCname,
  MAX_CNAME_LENGTH,
  NO_CNAME,
  SourceDescriptionItem,
  sourceDescriptionLength,
  writeSourceDescription,
} from './source-description.js';
import { buildRtcp, hostileCompound } from './testing/arbitrary-compound.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

function cnameOf(packet: Uint8Array, ssrc: number): string | null {
  const item = new SourceDescriptionItem();
  const offset = findCname(packet, 0, packet.length, ssrc, item);
  return offset === NO_CNAME ? null : new TextDecoder().decode(packet.slice(offset, offset + item.length));
}

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

  test('is read again, and nothing else is written', () => {
    const cnames = fc.uint8Array({ maxLength: MAX_CNAME_LENGTH });
    fc.assert(
      fc.property(cnames, fc.integer({ min: 0, max: 0xffffffff }), (cname, ssrc) => {
        amidPoisons(new Uint8Array(sourceDescriptionLength(cname.length)), (array) => {
          expect(writeSourceDescription(array.bytes, array.offset, ssrc, cname)).toBe(array.length);
          expect(array.isIntact()).toBe(true);
          const item = new SourceDescriptionItem();
          const offset = findCname(array.bytes, array.offset, array.length, ssrc, item);
          expect(array.bytes.slice(offset, offset + item.length)).toEqual(cname);
          const other = (ssrc ^ 1) >>> 0;
          expect(findCname(array.bytes, array.offset, array.length, other, item)).toBe(NO_CNAME);
        });
      }),
    );
  });

  test('refuses a CNAME of more than 255 octets', () => {
    expect(() => writeSourceDescription(new Uint8Array(400), 0, 1, new Uint8Array(256))).toThrow(RangeError);
  });
});

describe('finding', () => {
  /** Two chunks; the first holds NOTE "n" and CNAME "ab", the second CNAME "c" and no zero behind it. */
  const twoChunks = buildRtcp(
    202,
    2,
    Uint8Array.of(...[0, 0, 0, 1, 7, 1, 0x6e, 1, 2, 0x61, 0x62, 0], ...[0, 0, 0, 2, 1, 2, 0x63, 0x64]),
  );

  test('passes over other items and other chunks', () => {
    expect(cnameOf(twoChunks, 1)).toBe('ab');
    expect(cnameOf(twoChunks, 2)).toBe('cd');
    expect(cnameOf(twoChunks, 3)).toBeNull();
  });

  test('passes over chunks without items', () => {
    const body = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 0x78, 0);
    const packet = buildRtcp(202, 2, body);
    expect(cnameOf(packet, 1)).toBeNull();
    expect(cnameOf(packet, 2)).toBe('x');
  });

  test('stops where an item or a chunk is cut off', () => {
    expect(cnameOf(buildRtcp(202, 1, Uint8Array.of(0, 0, 0, 1, 1, 3, 0x61, 0x62)), 1)).toBeNull();
    expect(cnameOf(buildRtcp(202, 1, Uint8Array.of(0, 0, 0, 1, 7, 1, 0x61, 1)), 1)).toBeNull();
    expect(cnameOf(buildRtcp(202, 31, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0)), 2)).toBeNull();
    expect(cnameOf(buildRtcp(202, 1, new Uint8Array(0)), 0)).toBeNull();
  });
});

test('hostile bytes never throw, and what is found lies within the packet', () => {
  fc.assert(
    fc.property(hostileCompound, fc.boolean(), (packet, asFirstSource) => {
      const ssrc = asFirstSource && packet.length >= 8 ? new DataView(packet.buffer).getUint32(4) : 0;
      const results = amidPoisons(packet, (array) => {
        const item = new SourceDescriptionItem();
        const offset = findCname(array.bytes, array.offset, array.length, ssrc, item);
        if (offset !== NO_CNAME) {
          expect(offset).toBeGreaterThan(array.offset);
          expect(offset + item.length).toBeLessThanOrEqual(array.offset + array.length);
        }
        // The count is in the first octet: an empty packet has none, and the cursor never gives one out.
        return array.length < 4 ? null : [offset, item.length];
      });
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
