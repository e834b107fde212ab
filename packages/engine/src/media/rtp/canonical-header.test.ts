import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CANONICAL_AUDIO_LEVEL_ID, rewriteCanonicalHeader } from './canonical-header.js';
import { RTP_ACCEPTED } from './drop-reasons.js';
import { parseRtpHeader, RtpHeader } from './header.js';
import { HeaderExtensionElement, NO_EXTENSION, readAudioLevel } from './header-extensions.js';
import { arbitraryParts, buildPacket, hostilePacket, packetParts } from './testing/arbitrary-packet.js';
import { amidPoisons } from './testing/poison.js';

/** The canonical packet, payload included. */
function canonical(packet: Uint8Array, audioLevelId: number): Uint8Array {
  const header = new RtpHeader();
  expect(parseRtpHeader(packet, 0, packet.length, header)).toBe(RTP_ACCEPTED);
  const level = readAudioLevel(packet, header, audioLevelId, new HeaderExtensionElement());
  return packet.slice(rewriteCanonicalHeader(packet, 0, header, level));
}

describe('a packet with an audio level', () => {
  test('keeps it as the only element, in eight octets', () => {
    const data = Uint8Array.of(0x40, 0x30, 0x50, 0xa8, 0x62, 1, 2, 3);
    const packet = buildPacket(packetParts({ marker: true, extension: { profile: 0xbede, data } }));
    expect([...canonical(packet, 5)]).toEqual([
      ...[0x90, 0xef, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0xde, 0xad, 0xbe, 0xef],
      ...[0xbe, 0xde, 0x00, 0x01, 0x10, 0xa8, 0x00, 0x00],
      ...[1, 2, 3, 4, 5],
    ]);
  });

  test('is rewritten where it stands when it has no more than that', () => {
    const extension = { profile: 0xbede, data: Uint8Array.of(0x50, 0x7f) };
    const packet = buildPacket(packetParts({ extension }));
    const length = packet.length;
    expect(canonical(packet, 5)).toHaveLength(length);
  });

  test('keeps CSRCs and the padding bit', () => {
    const packet = buildPacket(
      packetParts({
        padding: true,
        csrcs: [0x01020304, 0x05060708],
        extension: { profile: 0x1000, data: Uint8Array.of(9, 1, 0x22) },
        payload: Uint8Array.of(7, 0, 2),
      }),
    );
    expect([...canonical(packet, 9)]).toEqual([
      ...[0xb2, 0x6f, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0xde, 0xad, 0xbe, 0xef],
      ...[1, 2, 3, 4, 5, 6, 7, 8],
      ...[0xbe, 0xde, 0x00, 0x01, 0x10, 0x22, 0x00, 0x00],
      ...[7, 0, 2],
    ]);
  });
});

describe('a packet without an audio level', () => {
  test('loses its extension and the X bit', () => {
    const data = Uint8Array.of(0x40, 0x30);
    const packet = buildPacket(packetParts({ extension: { profile: 0xbede, data } }));
    expect([...canonical(packet, 5)]).toEqual([...buildPacket(packetParts())]);
  });

  test('stays as it is when it has no extension', () => {
    const packet = buildPacket(packetParts({ csrcs: [1, 2, 3] }));
    expect([...canonical(packet, 5)]).toEqual([...packet]);
  });
});

test('an audio level that cannot have come from the packet is a broken invariant', () => {
  for (const extension of [null, { profile: 0xbede, data: new Uint8Array(0) }]) {
    const packet = buildPacket(packetParts({ extension }));
    const header = new RtpHeader();
    parseRtpHeader(packet, 0, packet.length, header);
    expect(() => rewriteCanonicalHeader(packet, 0, header, 5)).toThrow(RangeError);
  }
});

test('the canonical header is never longer than the original, and says the same', () => {
  const packets = fc.oneof(arbitraryParts.map(buildPacket), hostilePacket);
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 16 }), (packet, id) => {
      amidPoisons(packet, (array) => {
        const before = new RtpHeader();
        const element = new HeaderExtensionElement();
        if (parseRtpHeader(array.bytes, array.offset, array.length, before) !== RTP_ACCEPTED) return;
        const level = readAudioLevel(array.bytes, before, id, element);
        const payload = array.offset + before.headerLength;
        const payloadBefore = array.packet(payload);
        const csrcs = array.packet(array.offset + 12, array.offset + 12 + before.csrcCount * 4);

        const offset = rewriteCanonicalHeader(array.bytes, array.offset, before, level);
        expect(offset).toBeGreaterThanOrEqual(array.offset);
        const length = array.offset + array.length - offset;
        const after = new RtpHeader();
        expect(parseRtpHeader(array.bytes, offset, length, after)).toBe(RTP_ACCEPTED);
        expect(offset + after.headerLength).toBe(payload);
        expect(array.packet(payload)).toEqual(payloadBefore);
        expect(array.packet(offset + 12, offset + 12 + after.csrcCount * 4)).toEqual(csrcs);
        expect(after.extension).toBe(level !== NO_EXTENSION);
        expect(readAudioLevel(array.bytes, after, CANONICAL_AUDIO_LEVEL_ID, element)).toBe(level);
        for (const field of ['padding', 'csrcCount', 'marker', 'payloadType', 'sequenceNumber'] as const) {
          expect(after[field]).toBe(before[field]);
        }
        expect(after.timestamp).toBe(before.timestamp);
        expect(after.ssrc).toBe(before.ssrc);
        expect(array.isIntact()).toBe(true);
      });
    }),
    { numRuns: 400 },
  );
});
