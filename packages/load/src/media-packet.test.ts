import { expect, test } from 'vitest';
import { PACKET_LENGTH, readPacket, rtpHeaderLength, writePacket } from './media-packet.js';

const origin = { publisher: 7, ssrc: 0xcafe_babe, sequenceNumber: 65_530, timestamp: 0xffff_ff00 };

function packetOf(counter: number): Buffer {
  const packet = Buffer.alloc(PACKET_LENGTH);
  writePacket(packet, origin, counter);
  return packet;
}

test('a packet tells its publisher and counter, and its header counts on from the origin', () => {
  const packet = packetOf(10);
  expect(packet.readUInt16BE(2)).toBe(4);
  expect(packet.readUInt32BE(8)).toBe(0xcafe_babe);
  expect(rtpHeaderLength(packet, 0, packet.length)).toBe(20);
  expect(readPacket(packet, 20)).toEqual({ publisher: 7, counter: 10, timestamp: 9344 });
});

test('a changed octet of payload or audio level is found', () => {
  for (const at of [17, 23, 27, 30, PACKET_LENGTH - 1]) {
    const packet = packetOf(500);
    packet[at] = (packet[at] ?? 0) ^ 1;
    expect(typeof readPacket(packet, 20)).toBe('string');
  }
  expect(readPacket(packetOf(1).subarray(0, PACKET_LENGTH - 1), 20)).toContain('99 octets');
});

test('the audio level is found and checked behind a MID and under another id', () => {
  const plain = packetOf(500);
  // MID "0" under id 1, padded as mediasoup pads it, then the audio level under id 10: RFC 8285 section 4.2.
  const extensions = Buffer.from([
    0xbe,
    0xde,
    0,
    3,
    0x10,
    0x30,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0xa0,
    plain[17] ?? 0,
    0,
  ]);
  const packet = Buffer.concat([plain.subarray(0, 12), extensions, plain.subarray(20)]);
  expect(readPacket(packet, 28)).toMatchObject({ publisher: 7, counter: 500 });
  packet[26] = (packet[26] ?? 0) ^ 1;
  expect(readPacket(packet, 28)).toContain('audio level');
});

test('a header longer than its packet is told by 0', () => {
  expect(rtpHeaderLength(packetOf(0), 0, 11)).toBe(0);
  expect(rtpHeaderLength(packetOf(0), 0, 14)).toBe(0);
  expect(rtpHeaderLength(packetOf(0), 0, 19)).toBe(0);
  expect(rtpHeaderLength(Buffer.from('8f'.padEnd(32, '0'), 'hex'), 0, 16)).toBe(0);
});
