import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allAlike, amidPoisons } from '../rtp/testing/poison.js';
import { CompoundCursor } from './compound.js';
import {
  RTCP_ACCEPTED,
  RTCP_DROP_NAMES,
  RTCP_LENGTH_BEYOND_END,
  RTCP_PADDING_INVALID,
  RTCP_PADDING_NOT_LAST,
  RTCP_TOO_SHORT,
  RTCP_WRONG_VERSION,
} from './drop-reasons.js';
import { arbitraryCompound, buildRtcp, concatenate, hostileCompound } from './testing/arbitrary-compound.js';

/** Type, count, offset and length of each packet. */
function walk(cursor: CompoundCursor): number[][] {
  const packets: number[][] = [];
  while (cursor.next()) packets.push([cursor.packetType, cursor.count, cursor.offset, cursor.length]);
  return packets;
}

function reasonOf(compound: Uint8Array): number {
  const cursor = new CompoundCursor();
  const reason = cursor.open(compound, 0, compound.length);
  if (reason !== RTCP_ACCEPTED) expect(walk(cursor)).toEqual([]);
  return reason;
}

const report = buildRtcp(201, 0, new Uint8Array(4));
const bye = buildRtcp(203, 1, new Uint8Array(4));

describe('a well-formed compound', () => {
  test('gives its packets in order, wherever it lies in the array', () => {
    fc.assert(
      fc.property(arbitraryCompound, (packets) => {
        const compound = concatenate(...packets);
        amidPoisons(compound, (array) => {
          const cursor = new CompoundCursor();
          expect(cursor.open(array.bytes, array.offset, array.length)).toBe(RTCP_ACCEPTED);
          let offset = array.offset;
          const expected = packets.map((packet) => {
            const [first = 0, packetType = 0] = packet;
            offset += packet.length;
            return [packetType, first & 31, offset - packet.length, packet.length];
          });
          expect(walk(cursor)).toEqual(expected);
        });
      }),
    );
  });

  test('may begin with any type (reduced size, RFC 5506)', () => {
    expect(reasonOf(buildRtcp(205, 1, new Uint8Array(12)))).toBe(RTCP_ACCEPTED);
  });

  test('may be a common header and nothing else', () => {
    expect(reasonOf(buildRtcp(203, 0, new Uint8Array(0)))).toBe(RTCP_ACCEPTED);
  });

  test('may have padding in its last packet, which is left out of the length', () => {
    const compound = concatenate(report, buildRtcp(203, 1, new Uint8Array(4), 8));
    const cursor = new CompoundCursor();
    expect(cursor.open(compound, 0, compound.length)).toBe(RTCP_ACCEPTED);
    expect(walk(cursor)).toEqual([
      [201, 0, 0, 8],
      [203, 1, 8, 8],
    ]);
  });

  test('may follow a broken one in the same cursor', () => {
    const cursor = new CompoundCursor();
    expect(cursor.open(report, 0, 3)).toBe(RTCP_TOO_SHORT);
    expect(cursor.open(report, 0, report.length)).toBe(RTCP_ACCEPTED);
    expect(walk(cursor)).toEqual([[201, 0, 0, 8]]);
  });
});

describe('a broken compound is dropped as a whole', () => {
  test('when it is empty or ends within a common header', () => {
    for (let length = 0; length < 4; length += 1) {
      expect(reasonOf(report.slice(0, length))).toBe(RTCP_TOO_SHORT);
    }
    for (let length = 9; length < 12; length += 1) {
      expect(reasonOf(concatenate(report, bye).slice(0, length))).toBe(RTCP_TOO_SHORT);
    }
  });

  test('when the version of any packet is not 2', () => {
    for (const position of [0, 8]) {
      const compound = concatenate(report, bye);
      compound[position] = 0x40;
      expect(reasonOf(compound)).toBe(RTCP_WRONG_VERSION);
    }
  });

  test('when the length of any packet reaches beyond the end', () => {
    for (let length = 12; length < 16; length += 1) {
      expect(reasonOf(concatenate(report, bye).slice(0, length))).toBe(RTCP_LENGTH_BEYOND_END);
    }
    const compound = Uint8Array.from(report);
    compound.set([0xff, 0xff], 2);
    expect(reasonOf(compound)).toBe(RTCP_LENGTH_BEYOND_END);
  });

  test('when another packet than the last has padding', () => {
    const padded = buildRtcp(201, 0, new Uint8Array(4), 4);
    expect(reasonOf(padded)).toBe(RTCP_ACCEPTED);
    expect(reasonOf(concatenate(padded, bye))).toBe(RTCP_PADDING_NOT_LAST);
  });

  test('when its padding is zero, no multiple of four, or more than there is', () => {
    for (const [count, reason] of [
      [0, RTCP_PADDING_INVALID],
      [3, RTCP_PADDING_INVALID],
      [4, RTCP_ACCEPTED],
      [8, RTCP_ACCEPTED],
      [12, RTCP_PADDING_INVALID],
      [252, RTCP_PADDING_INVALID],
    ] as const) {
      const padded = buildRtcp(203, 0, new Uint8Array(4), 4);
      padded[padded.length - 1] = count;
      expect(reasonOf(concatenate(report, padded))).toBe(reason);
    }
  });

  test('when a common header alone claims padding', () => {
    expect(reasonOf(Uint8Array.of(0xa0, 203, 0, 0))).toBe(RTCP_PADDING_INVALID);
  });
});

test('hostile bytes never throw, and no packet lies outside of the compound', () => {
  fc.assert(
    fc.property(hostileCompound, (compound) => {
      const results = amidPoisons(compound, (array) => {
        const cursor = new CompoundCursor();
        const reason = cursor.open(array.bytes, array.offset, array.length);
        const packets = walk(cursor);
        expect(array.isIntact()).toBe(true);
        let end = array.offset;
        for (const [, , offset = 0, length = 0] of packets) {
          expect(offset).toBeGreaterThanOrEqual(end);
          expect(length).toBeGreaterThanOrEqual(4);
          end = offset + length;
        }
        expect(end).toBeLessThanOrEqual(array.offset + array.length);
        return reason === RTCP_ACCEPTED ? packets : RTCP_DROP_NAMES[reason];
      });
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
