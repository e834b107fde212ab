import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  RTP_ACCEPTED,
  RTP_CSRC_BEYOND_END,
  RTP_DROP_NAMES,
  RTP_EXTENSION_BEYOND_END,
  RTP_PADDING_BEYOND_PAYLOAD,
  RTP_PADDING_EMPTY,
  RTP_TOO_SHORT,
  RTP_WRONG_VERSION,
} from './drop-reasons.js';
import { checkPadding, parseRtpHeader, RtpHeader } from './header.js';
import { arbitraryParts, buildPacket, hostilePacket, packetParts } from './testing/arbitrary-packet.js';
import { allAlike, amidPoisons } from './testing/poison.js';

function reasonOf(packet: Uint8Array): number {
  return parseRtpHeader(packet, 0, packet.length, new RtpHeader());
}

describe('a well-formed packet', () => {
  test('gives all fields of its header, wherever it lies in the array', () => {
    fc.assert(
      fc.property(arbitraryParts, (parts) => {
        const packet = buildPacket(parts);
        amidPoisons(packet, (array) => {
          const header = new RtpHeader();
          expect(parseRtpHeader(array.bytes, array.offset, array.length, header)).toBe(RTP_ACCEPTED);
          const extensionLength =
            parts.extension === null ? 0 : Math.ceil(parts.extension.data.length / 4) * 4;
          const csrcsEnd = 12 + parts.csrcs.length * 4;
          expect(header).toEqual({
            version: 2,
            padding: parts.padding,
            extension: parts.extension !== null,
            csrcCount: parts.csrcs.length,
            marker: parts.marker,
            payloadType: parts.payloadType,
            sequenceNumber: parts.sequenceNumber,
            timestamp: parts.timestamp | 0,
            ssrc: parts.ssrc | 0,
            extensionProfile: parts.extension?.profile ?? 0,
            extensionOffset: parts.extension === null ? 0 : array.offset + csrcsEnd + 4,
            extensionLength,
            headerLength: packet.length - parts.payload.length,
            payloadLength: parts.payload.length,
          });
        });
      }),
    );
  });

  test('leaves nothing of the packet before it in the header', () => {
    const header = new RtpHeader();
    const long = buildPacket(
      packetParts({ csrcs: [1, 2], extension: { profile: 0xbede, data: Uint8Array.of(0x10, 5) } }),
    );
    parseRtpHeader(long, 0, long.length, header);
    const short = buildPacket(packetParts());
    parseRtpHeader(short, 0, short.length, header);
    const fresh = new RtpHeader();
    parseRtpHeader(short, 0, short.length, fresh);
    expect(header).toEqual(fresh);
  });

  test('may be a header and nothing else', () => {
    const packet = buildPacket(packetParts({ payload: new Uint8Array(0) }));
    const header = new RtpHeader();
    expect(parseRtpHeader(packet, 0, 12, header)).toBe(RTP_ACCEPTED);
    expect(header.payloadLength).toBe(0);
  });
});

describe('a broken packet is dropped', () => {
  test('when it is shorter than the fixed header', () => {
    const packet = buildPacket(packetParts());
    for (let length = 0; length < 12; length += 1) {
      expect(reasonOf(packet.slice(0, length))).toBe(RTP_TOO_SHORT);
    }
  });

  test('when its version is not 2', () => {
    for (const first of [0x00, 0x40, 0xc0]) {
      const packet = buildPacket(packetParts());
      packet[0] = first;
      expect(reasonOf(packet)).toBe(RTP_WRONG_VERSION);
    }
  });

  test('when its CSRC list is cut off', () => {
    const packet = buildPacket(packetParts({ csrcs: [1, 2, 3], payload: new Uint8Array(0) }));
    expect(reasonOf(packet)).toBe(RTP_ACCEPTED);
    for (let length = 12; length < 24; length += 1) {
      expect(reasonOf(packet.slice(0, length))).toBe(RTP_CSRC_BEYOND_END);
    }
  });

  test('when its header extension is cut off, preamble or data', () => {
    const packet = buildPacket(
      packetParts({
        csrcs: [1],
        extension: { profile: 0xbede, data: new Uint8Array(8) },
        payload: new Uint8Array(0),
      }),
    );
    expect(reasonOf(packet)).toBe(RTP_ACCEPTED);
    for (let length = 16; length < 28; length += 1) {
      expect(reasonOf(packet.slice(0, length))).toBe(RTP_EXTENSION_BEYOND_END);
    }
  });

  test('when its header extension claims 65535 words', () => {
    const packet = buildPacket(packetParts({ extension: { profile: 0xbede, data: new Uint8Array(4) } }));
    packet.set([0xff, 0xff], 14);
    expect(reasonOf(packet)).toBe(RTP_EXTENSION_BEYOND_END);
  });
});

describe('padding', () => {
  const payload = Uint8Array.of(9, 9, 9, 4);

  test('may be any part of the payload up to all of it', () => {
    for (let count = 1; count <= 4; count += 1) {
      expect(checkPadding(Uint8Array.of(9, 9, 9, count), 0, 4)).toBe(RTP_ACCEPTED);
    }
    expect(checkPadding(payload, 0, 4)).toBe(RTP_ACCEPTED);
  });

  test('of zero octets is dropped', () => {
    expect(checkPadding(Uint8Array.of(9, 9, 9, 0), 0, 4)).toBe(RTP_PADDING_EMPTY);
  });

  test('without a payload to hold its count is dropped', () => {
    expect(checkPadding(payload, 4, 0)).toBe(RTP_PADDING_EMPTY);
  });

  test('beyond the payload is dropped', () => {
    expect(checkPadding(payload, 1, 3)).toBe(RTP_PADDING_BEYOND_PAYLOAD);
    expect(checkPadding(Uint8Array.of(9, 9, 9, 255), 0, 4)).toBe(RTP_PADDING_BEYOND_PAYLOAD);
  });
});

test('hostile bytes never throw, and nothing outside of them is read or written', () => {
  fc.assert(
    fc.property(hostilePacket, (packet) => {
      const results = amidPoisons(packet, (array) => {
        const header = new RtpHeader();
        const reason = parseRtpHeader(array.bytes, array.offset, array.length, header);
        expect(array.isIntact()).toBe(true);
        if (reason !== RTP_ACCEPTED) return RTP_DROP_NAMES[reason];
        expect(header.headerLength + header.payloadLength).toBe(packet.length);
        expect(header.payloadLength).toBeGreaterThanOrEqual(0);
        const payload = array.offset + header.headerLength;
        return [header, checkPadding(array.bytes, payload, header.payloadLength)];
      });
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
