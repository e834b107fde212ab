import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  SRTP_AUTHENTICATION_FAILED,
  SRTP_REPLAYED,
  SRTP_TOO_LONG,
  SRTP_TOO_MANY_SSRCS,
  SRTP_TOO_OLD,
  SRTP_TOO_SHORT,
} from './drop-reasons.js';
import { MAX_STREAM_PACKET_LENGTH, RTP_LABELS, STREAM_CIPHER_SIZE, TAG_LENGTH } from './layout.js';
import { lendMasterKey, type MasterKey } from './master-key.js';
import { REPLAY_WINDOW_SIZE } from './replay-window.js';
import { SrtpReceiver } from './srtp-receiver.js';
import { MAX_STREAMS } from './stream-table.js';
import { createKernel, type KernelFixture, octets, randomMasterKey } from './testing/kernel-fixture.js';
import { deriveSessionKeys, protectRtpWith, type SessionKeys } from './testing/reference.js';
import { type Packet, type PacketFields, randomFields, writePacket } from './testing/rtp-packet.js';

const SPARE = 128;
const POISON = 0x5a;

let fixture: KernelFixture;
let buffer: number;
let cipher: number;
let master: MasterKey;
let keys: SessionKeys;
let receiver: SrtpReceiver;

beforeAll(async () => {
  fixture = await createKernel();
  buffer = fixture.memory.reserve(4096);
  cipher = fixture.memory.reserve(STREAM_CIPHER_SIZE);
}, 60_000);

beforeEach(() => {
  master = randomMasterKey();
  keys = deriveSessionKeys(master, RTP_LABELS);
  lendMasterKey(fixture.memory, master, (masterKey, masterSalt) => {
    fixture.kernel.writeStreamCipher(cipher, masterKey, masterSalt, RTP_LABELS);
  });
  receiver = new SrtpReceiver(fixture.kernel, cipher);
});

/** Puts octets where packets are received, with other octets behind them. */
function place(protectedOctets: Uint8Array): void {
  const { bytes } = fixture.memory;
  bytes.fill(POISON, buffer, buffer + protectedOctets.length + SPARE);
  bytes.set(protectedOctets, buffer);
}

function receive(packet: Packet, protectedOctets: Uint8Array): number {
  place(protectedOctets);
  return receiver.unprotect(buffer, protectedOctets.length, packet.header);
}

/** Protects a packet of the stream under an index of 48 bits and receives it. */
function receiveIndex(index: number, fields: Partial<PacketFields> = {}): number {
  const sequenceNumber = index % 0x10000;
  const packet = writePacket(randomFields({ ssrc: 1, payloadLength: 40, ...fields, sequenceNumber }));
  const roc = Math.floor(index / 0x10000);
  const result = receive(packet, protectRtpWith(keys, packet.octets, packet.header.headerLength, roc));
  if (result < 0) return result;
  expect(octets(fixture.memory, buffer, packet.octets.length).equals(packet.octets)).toBe(true);
  return 0;
}

describe('SrtpReceiver', () => {
  it('decrypts what node:crypto has protected, and touches nothing behind it', () => {
    for (let round = 0; round < 1500; round++) {
      const payloadLength = round <= 300 ? round : randomInt(1900);
      const packet = writePacket(randomFields({ payloadLength, ssrc: 7, sequenceNumber: round }));
      const protectedOctets = protectRtpWith(keys, packet.octets, packet.header.headerLength, 0);
      expect(receive(packet, protectedOctets)).toBe(packet.octets.length);
      expect(octets(fixture.memory, buffer, packet.octets.length).equals(packet.octets)).toBe(true);
      const behind = octets(fixture.memory, buffer + packet.octets.length, TAG_LENGTH + SPARE);
      expect(behind.subarray(0, TAG_LENGTH).equals(protectedOctets.subarray(-TAG_LENGTH))).toBe(true);
      expect(behind.subarray(TAG_LENGTH).every((octet) => octet === POISON)).toBe(true);
    }
  });

  it('follows the rollover counter, and takes late packets from before the rollover', () => {
    for (const index of [65_534, 65_536, 65_535, 65_538, 65_537, 65_535 + REPLAY_WINDOW_SIZE, 65_539]) {
      expect(receiveIndex(index)).toBe(0);
    }
    expect(receiveIndex(65_533)).toBe(-SRTP_TOO_OLD);
    for (let index = 90_000; index < 400_000; index += 30_000) expect(receiveIndex(index)).toBe(0);
  });

  it('follows a stream that is reordered and loses packets through several rollovers', () => {
    const start = randomInt(1000, 0x8000);
    const all = Array.from({ length: 900 }, (_, i) => start + i * 251);
    for (let i = 0; i + 3 < all.length; i += 3) all.splice(i, 3, ...all.slice(i, i + 3).reverse());
    for (const index of all) expect(receiveIndex(index)).toBe(0);
    for (const index of all.slice(-3)) expect(receiveIndex(index)).toBe(-SRTP_REPLAYED);
  });

  it('drops a replayed packet', () => {
    expect(receiveIndex(1000)).toBe(0);
    expect(receiveIndex(1000)).toBe(-SRTP_REPLAYED);
    expect(receiveIndex(1001)).toBe(0);
    expect(receiveIndex(1000)).toBe(-SRTP_REPLAYED);
  });

  it('drops a packet from before the replay window', () => {
    expect(receiveIndex(5000)).toBe(0);
    expect(receiveIndex(5000 - REPLAY_WINDOW_SIZE)).toBe(-SRTP_TOO_OLD);
    expect(receiveIndex(5001 - REPLAY_WINDOW_SIZE)).toBe(0);
  });

  it('drops a packet from before the first rollover counter', () => {
    expect(receiveIndex(0)).toBe(0);
    expect(receiveIndex(65_535)).toBe(-SRTP_TOO_OLD);
    expect(receiveIndex(1)).toBe(0);
  });

  it('drops a packet with any bit flipped, and leaves packet and stream as they were', () => {
    expect(receiveIndex(99)).toBe(0);
    const packet = writePacket(randomFields({ ssrc: 1, sequenceNumber: 100, payloadLength: 33, csrcs: 1 }));
    const { headerLength } = packet.header;
    const genuine = protectRtpWith(keys, packet.octets, headerLength, 0);
    for (let bit = 0; bit < genuine.length * 8; bit++) {
      const forged = Buffer.from(genuine);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      place(forged);
      const header = {
        ssrc: forged.readUInt32BE(8),
        sequenceNumber: forged.readUInt16BE(2),
        headerLength,
      };
      expect(receiver.unprotect(buffer, forged.length, header)).toBeLessThan(0);
      expect(octets(fixture.memory, buffer, forged.length).equals(forged)).toBe(true);
    }
    expect(receive(packet, genuine)).toBe(packet.octets.length);
    expect(receiveIndex(101)).toBe(0);
  });

  it('does not believe a forged sequence number', () => {
    expect(receiveIndex(10)).toBe(0);
    const forged = writePacket(randomFields({ ssrc: 1, sequenceNumber: 20_000 }));
    const octetsOfForged = Buffer.concat([forged.octets, Buffer.alloc(TAG_LENGTH)]);
    expect(receive(forged, octetsOfForged)).toBe(-SRTP_AUTHENTICATION_FAILED);
    expect(receiveIndex(9)).toBe(0);
    expect(receiveIndex(11)).toBe(0);
  });

  it('drops packets of another key and of another direction', () => {
    const packet = writePacket(randomFields());
    const { headerLength } = packet.header;
    const other = deriveSessionKeys(randomMasterKey(), RTP_LABELS);
    const protectedOctets = protectRtpWith(other, packet.octets, headerLength, 0);
    expect(receive(packet, protectedOctets)).toBe(-SRTP_AUTHENTICATION_FAILED);
  });

  it('drops what is too short for a tag and what is too long for the kernel', () => {
    const header = { ssrc: 1, sequenceNumber: 1, headerLength: 12 };
    expect(receiver.unprotect(buffer, 21, header)).toBe(-SRTP_TOO_SHORT);
    expect(receiver.unprotect(buffer, 22, header)).toBe(-SRTP_AUTHENTICATION_FAILED);
    expect(receiver.unprotect(buffer, MAX_STREAM_PACKET_LENGTH, header)).toBe(-SRTP_AUTHENTICATION_FAILED);
    expect(receiver.unprotect(buffer, MAX_STREAM_PACKET_LENGTH + 1, header)).toBe(-SRTP_TOO_LONG);
  });

  it('keeps each SSRC apart, up to a limit that forgers do not count against', () => {
    for (let i = 0; i < 2 * MAX_STREAMS; i++) {
      const forged = writePacket(randomFields({ ssrc: 1000 + i }));
      expect(receive(forged, Buffer.concat([forged.octets, Buffer.alloc(TAG_LENGTH)]))).toBe(
        -SRTP_AUTHENTICATION_FAILED,
      );
    }
    for (let ssrc = 0; ssrc < MAX_STREAMS; ssrc++) expect(receiveIndex(500 + ssrc, { ssrc })).toBe(0);
    expect(receiveIndex(1, { ssrc: 1_000_000 })).toBe(-SRTP_TOO_MANY_SSRCS);
    for (let ssrc = 0; ssrc < MAX_STREAMS; ssrc++) {
      expect(receiveIndex(500 + ssrc, { ssrc })).toBe(-SRTP_REPLAYED);
      expect(receiveIndex(501 + ssrc, { ssrc })).toBe(0);
    }
  });

  it('survives arbitrary octets, and leaves them alone', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 200 }),
        fc.integer({ min: 12, max: 300 }),
        (random, headerLength) => {
          place(random);
          const header = { ssrc: random[8] ?? 0, sequenceNumber: random[2] ?? 0, headerLength };
          expect(receiver.unprotect(buffer, random.length, header)).toBeLessThan(0);
          expect(octets(fixture.memory, buffer, random.length).equals(random)).toBe(true);
        },
      ),
    );
  });
});
