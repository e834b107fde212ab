import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DatagramKind, demultiplex } from './demux.js';

const LONG = 100;

function expectedKind(first: number, second: number): number {
  if (first <= 3) return DatagramKind.STUN;
  if (first >= 16 && first <= 19) return DatagramKind.ZRTP;
  if (first >= 20 && first <= 63) return DatagramKind.DTLS;
  if (first >= 64 && first <= 79) return DatagramKind.TURN_CHANNEL;
  if (first >= 128 && first <= 191)
    return second >= 192 && second <= 223 ? DatagramKind.RTCP : DatagramKind.RTP;
  return DatagramKind.UNKNOWN;
}

describe('demultiplexing', () => {
  test('every first and second byte names the kind of RFC 7983 section 7 and RFC 5761 section 4', () => {
    const bytes = new Uint8Array(LONG + 1);
    const wrong: [number, number][] = [];
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        bytes[1] = first;
        bytes[2] = second;
        if (demultiplex(bytes, 1, LONG) !== expectedKind(first, second)) wrong.push([first, second]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('RTCP packet types that are in use are RTCP', () => {
    for (const packetType of [192, 195, 200, 201, 202, 203, 204, 205, 206, 207, 223]) {
      expect(demultiplex(Uint8Array.of(0x80, packetType, 0, 1, 0, 0, 0, 1), 0, 8)).toBe(DatagramKind.RTCP);
    }
  });

  test('Opus with and without the marker bit is RTP', () => {
    for (const payloadType of [96, 109, 111, 127]) {
      expect(demultiplex(Uint8Array.of(0x90, payloadType, ...new Array(10).fill(0)), 0, 12)).toBe(
        DatagramKind.RTP,
      );
      expect(demultiplex(Uint8Array.of(0x90, payloadType | 0x80, ...new Array(10).fill(0)), 0, 12)).toBe(
        DatagramKind.RTP,
      );
    }
  });

  test.each([
    ['STUN', 0, 0, 20],
    ['DTLS', 22, 254, 13],
    ['RTP', 0x80, 111, 12],
    ['RTCP', 0x80, 200, 8],
  ] as const)('%s is too short below its header', (kind, first, second, least) => {
    const bytes = new Uint8Array(LONG);
    bytes[0] = first;
    bytes[1] = second;
    for (let length = 0; length < least; length++) {
      expect(demultiplex(bytes, 0, length)).toBe(DatagramKind.TOO_SHORT);
    }
    expect(demultiplex(bytes, 0, least)).toBe(DatagramKind[kind]);
  });

  test('what lies outside the datagram does not count', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 8 }), (datagram, around) => {
        const bytes = Uint8Array.of(...around, ...datagram, ...around);
        expect(demultiplex(bytes, around.length, datagram.length)).toBe(
          demultiplex(datagram, 0, datagram.length),
        );
      }),
    );
  });
});
