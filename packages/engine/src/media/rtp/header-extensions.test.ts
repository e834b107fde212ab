import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RTP_ACCEPTED } from './drop-reasons.js';
import { parseRtpHeader, RtpHeader } from './header.js';
import {
  findHeaderExtension,
  HeaderExtensionElement,
  hasMid,
  NO_EXTENSION,
  readAudioLevel,
} from './header-extensions.js';
import { arbitraryExtension, buildPacket, hostilePacket, packetParts } from './testing/arbitrary-packet.js';
import { allAlike, amidPoisons } from './testing/poison.js';

/** Data of an element as an array, or null. */
function find(profile: number, data: readonly number[], id: number): readonly number[] | null {
  const packet = buildPacket(packetParts({ extension: { profile, data: Uint8Array.from(data) } }));
  const header = new RtpHeader();
  const element = new HeaderExtensionElement();
  expect(parseRtpHeader(packet, 0, packet.length, header)).toBe(RTP_ACCEPTED);
  const offset = findHeaderExtension(packet, header, id, element);
  return offset === NO_EXTENSION ? null : [...packet.slice(offset, offset + element.length)];
}

const ONE = 0xbede;
const TWO = 0x1000;

test('every element of both forms is found, and none that is not there', () => {
  fc.assert(
    fc.property(arbitraryExtension, ({ profile, data, elements }) => {
      for (let id = 0; id <= 16; id += 1) {
        const there = elements.find((element) => element.id === id);
        expect(find(profile, [...data], id)).toEqual(there === undefined ? null : [...there.data]);
      }
    }),
  );
});

describe('one-byte form (RFC 8285 section 4.2)', () => {
  test('zeros between and before elements are skipped', () => {
    expect(find(ONE, [0, 0x10, 7, 0, 0, 0x21, 8, 9], 2)).toEqual([8, 9]);
  });

  test('identifier 15 ends the extension, whatever its length says', () => {
    expect(find(ONE, [0x10, 7, 0xf0, 0x20, 8], 1)).toEqual([7]);
    expect(find(ONE, [0x10, 7, 0xf0, 1, 0x20, 8], 2)).toBeNull();
    expect(find(ONE, [0xf0, 1], 15)).toBeNull();
  });

  test('identifier 0 with a length ends the extension', () => {
    expect(find(ONE, [0x01, 7, 7, 0x20, 8], 2)).toBeNull();
  });

  test('an element that reaches beyond the end of the extension is not found', () => {
    expect(find(ONE, [0x13, 1, 2, 3], 1)).toBeNull();
    expect(find(ONE, [0x12, 1, 2, 3], 1)).toEqual([1, 2, 3]);
    expect(find(ONE, [0x20, 1, 0x10, 2, 0, 0, 0, 0x10], 1)).toEqual([2]);
    expect(find(ONE, [0x20, 1, 0, 0, 0, 0, 0, 0x10], 1)).toBeNull();
  });

  test('16 octets of data are the most', () => {
    const data = Array.from({ length: 16 }, (_, index) => index);
    expect(find(ONE, [0x3f, ...data], 3)).toEqual(data);
  });
});

describe('two-byte form (RFC 8285 section 4.3)', () => {
  test('all values of the application bits are taken', () => {
    for (let appBits = 0; appBits < 16; appBits += 1) expect(find(TWO | appBits, [1, 1, 7], 1)).toEqual([7]);
  });

  test('an element may be empty', () => {
    expect(find(TWO, [1, 0, 2, 1, 9], 1)).toEqual([]);
    expect(find(TWO, [1, 0, 2, 1, 9], 2)).toEqual([9]);
  });

  test('identifier 15 is like any other', () => {
    expect(find(TWO, [15, 1, 7, 2, 1, 8], 15)).toEqual([7]);
    expect(find(TWO, [15, 1, 7, 2, 1, 8], 2)).toEqual([8]);
  });

  test('an element that reaches beyond the end of the extension is not found', () => {
    expect(find(TWO, [1, 3, 1, 2], 1)).toBeNull();
    expect(find(TWO, [2, 1, 9, 1], 1)).toBeNull();
  });
});

test('an extension of another profile has no elements', () => {
  for (const profile of [0, 0xbedf, 0xbedd, 0x1010, 0x0fff]) expect(find(profile, [0x10, 7], 1)).toBeNull();
});

test('an empty extension has no elements', () => {
  expect(find(ONE, [], 1)).toBeNull();
  expect(find(TWO, [], 1)).toBeNull();
});

describe('audio level (RFC 6464)', () => {
  function level(profile: number, data: readonly number[], id: number): number {
    const packet = buildPacket(packetParts({ extension: { profile, data: Uint8Array.from(data) } }));
    const header = new RtpHeader();
    parseRtpHeader(packet, 0, packet.length, header);
    return readAudioLevel(packet, header, id, new HeaderExtensionElement());
  }

  test('is read as it stands, in both forms', () => {
    expect(level(ONE, [0x50, 0xa8], 5)).toBe(0xa8);
    expect(level(TWO, [5, 1, 0xa8, 0], 5)).toBe(0xa8);
    expect(level(ONE, [0x50, 0], 5)).toBe(0);
  });

  test('is none when the element is missing or not one octet long', () => {
    expect(level(ONE, [0x50, 0xa8], 4)).toBe(NO_EXTENSION);
    expect(level(ONE, [0x51, 0xa8, 1], 5)).toBe(NO_EXTENSION);
    expect(level(TWO, [5, 0], 5)).toBe(NO_EXTENSION);
  });
});

describe('MID (RFC 8843)', () => {
  const ascii = (text: string) => new TextEncoder().encode(text);

  function carries(mid: string, wanted: string): boolean {
    const data = Uint8Array.of(0x10, 7, 0x40 | (mid.length - 1), ...ascii(mid));
    const packet = buildPacket(packetParts({ extension: { profile: ONE, data } }));
    const header = new RtpHeader();
    parseRtpHeader(packet, 0, packet.length, header);
    const element = new HeaderExtensionElement();
    const offset = findHeaderExtension(packet, header, 4, element);
    return hasMid(packet, offset, element.length, ascii(wanted));
  }

  test('is compared in full', () => {
    expect(carries('audio', 'audio')).toBe(true);
    expect(carries('0', '0')).toBe(true);
    expect(carries('audio', 'audi')).toBe(false);
    expect(carries('audi', 'audio')).toBe(false);
    expect(carries('audio', 'audiO')).toBe(false);
    expect(carries('0', '')).toBe(false);
  });
});

test('hostile bytes never throw, and what is found lies within the extension', () => {
  fc.assert(
    fc.property(hostilePacket, fc.integer({ min: 0, max: 20 }), (packet, id) => {
      const results = amidPoisons(packet, (array) => {
        const header = new RtpHeader();
        const element = new HeaderExtensionElement();
        if (parseRtpHeader(array.bytes, array.offset, array.length, header) !== RTP_ACCEPTED) return null;
        const offset = findHeaderExtension(array.bytes, header, id, element);
        if (offset !== NO_EXTENSION) {
          expect(offset).toBeGreaterThan(header.extensionOffset);
          expect(offset + element.length).toBeLessThanOrEqual(
            header.extensionOffset + header.extensionLength,
          );
        }
        return [offset, element.length, readAudioLevel(array.bytes, header, id, element)];
      });
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
