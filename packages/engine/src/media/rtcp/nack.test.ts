import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allAlike, amidPoisons } from '../rtp/testing/poison.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END } from './drop-reasons.js';
import { maxNackLength, Nack, parseNack, readNackEntry, writeNack } from './nack.js';
import { buildRtcp, hostileCompound } from './testing/arbitrary-compound.js';

function missingOf(bytes: Uint8Array, offset: number, length: number) {
  const nack = new Nack();
  if (parseNack(bytes, offset, length, nack) !== RTCP_ACCEPTED) return null;
  const missing: number[] = [];
  for (let i = 0; i < nack.entryCount; i++) {
    const entry = readNackEntry(bytes, nack, i);
    const first = entry >>> 16;
    missing.push(first);
    for (let bit = 0; bit < 16; bit++) if ((entry >>> bit) & 1) missing.push((first + 1 + bit) & 0xffff);
  }
  return { ssrc: nack.mediaSsrc, missing };
}

test('what is missing is read from the sequence number and the bits behind it, over the end of the cycle', () => {
  const body = Uint8Array.from([
    0, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef, 0xff, 0xfe, 0x80, 0x05, 0x00, 0x20, 0, 0,
  ]);
  const packet = buildRtcp(205, 1, body);
  expect(missingOf(packet, 0, packet.length)).toEqual({
    ssrc: 0xdeadbeef,
    missing: [0xfffe, 0xffff, 0x0001, 0x000e, 0x0020],
  });
});

test('a NACK without room for an entry is dropped', () => {
  for (const octets of [0, 4, 8]) {
    const packet = buildRtcp(205, 1, new Uint8Array(octets));
    expect(parseNack(packet, 0, packet.length, new Nack())).toBe(RTCP_CONTENT_BEYOND_END);
  }
});

test('what is written is laid out as in RFC 4585 section 6.2.1', () => {
  amidPoisons(new Uint8Array(20), (array) => {
    const missing = Uint16Array.of(0xffff, 0x0000, 0x000f, 0x0010);
    expect(writeNack(array.bytes, array.offset, 0x01020304, 0x0a0b0c0d, missing, 4)).toBe(20);
    expect(array.isIntact()).toBe(true);
    expect([...array.packet()]).toEqual([
      ...[0x81, 205, 0, 4],
      ...[1, 2, 3, 4, 10, 11, 12, 13],
      ...[0xff, 0xff, 0x80, 0x01, 0x00, 0x10, 0, 0],
    ]);
  });
});

test('whatever is asked for is read again, in no more octets than announced', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(fc.nat({ max: 0xffff }), steps, (first, distances) => {
      let sequenceNumber = first;
      const missing = Uint16Array.from(distances, (distance) => {
        sequenceNumber = (sequenceNumber + distance) & 0xffff;
        return sequenceNumber;
      });
      const bytes = new Uint8Array(maxNackLength(missing.length));
      const length = writeNack(bytes, 0, 1, 2, missing, missing.length);
      expect(length).toBeLessThanOrEqual(bytes.length);
      expect(missingOf(bytes, 0, length)).toEqual({ ssrc: 2, missing: [...missing] });
    }),
  );
});

test('hostile bytes never throw, and nothing outside of them is read', () => {
  fc.assert(
    fc.property(hostileCompound, (packet) => {
      const results = amidPoisons(packet, (array) => missingOf(array.bytes, array.offset, array.length));
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
