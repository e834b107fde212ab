import { randomBytes, randomInt } from 'node:crypto';
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
import { MAX_STREAM_PACKET_LENGTH, SRTCP_TRAILER_LENGTH } from './layout.js';
import { REPLAY_WINDOW_SIZE } from './replay-window.js';
import { createSrtpState, freeSrtpState, type MasterKeys, type SrtpState } from './srtp-state.js';
import { MAX_STREAMS } from './stream-table.js';
import { createKernel, type KernelFixture, octets, randomMasterKey } from './testing/kernel-fixture.js';
import { protectRtcp } from './testing/reference.js';

const SPARE = 128;
const POISON = 0x5a;
const LAST_INDEX = 0x7fff_ffff;

let fixture: KernelFixture;
let buffer: number;
let keys: MasterKeys;
let state: SrtpState;

beforeAll(async () => {
  fixture = await createKernel();
  buffer = fixture.memory.reserve(4096);
}, 60_000);

beforeEach(() => {
  keys = { local: randomMasterKey(), remote: randomMasterKey() };
  const created = createSrtpState(fixture.kernel, fixture.memory, keys);
  if (created === null) throw new Error('memory is full');
  state = created;
  return () => freeSrtpState(fixture.memory, created);
});

/** A packet with a random body; receivers of SRTCP look at its SSRC only. */
function rtcpPacket(length: number, ssrc = 1): Buffer {
  const packet = randomBytes(length);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

function place(packet: Uint8Array): void {
  const { bytes } = fixture.memory;
  bytes.fill(POISON, buffer, buffer + packet.length + SPARE);
  bytes.set(packet, buffer);
}

function receive(packet: Uint8Array): number {
  place(packet);
  return state.rtcpReceiver.unprotect(buffer, packet.length);
}

function receiveIndex(index: number, ssrc = 1): number {
  return receive(protectRtcp(keys.remote, rtcpPacket(60, ssrc), index));
}

describe('SrtcpSender', () => {
  it('protects as node:crypto does, with indices from 0 on, and touches nothing behind', () => {
    for (let index = 0; index < 600; index++) {
      const packet = rtcpPacket(index < 300 ? 8 + index : 8 + randomInt(1450));
      place(packet);
      const length = state.rtcpSender.protect(buffer, packet.length);
      expect(length).toBe(packet.length + SRTCP_TRAILER_LENGTH);
      const expected = protectRtcp(keys.local, packet, index);
      expect(octets(fixture.memory, buffer, length).toString('hex')).toBe(expected.toString('hex'));
      const behind = octets(fixture.memory, buffer + length, SPARE - SRTCP_TRAILER_LENGTH);
      expect(behind.every((octet) => octet === POISON)).toBe(true);
    }
  });

  it('refuses lengths beyond the limits', () => {
    expect(() => state.rtcpSender.protect(buffer, 7)).toThrow();
    expect(() => state.rtcpSender.protect(buffer, MAX_STREAM_PACKET_LENGTH - 13)).toThrow();
  });
});

describe('SrtcpReceiver', () => {
  it('decrypts what node:crypto has protected, under indices of up to 31 bits', () => {
    for (let i = 0; i < 600; i++) {
      const packet = rtcpPacket(i < 300 ? 8 + i : 8 + randomInt(1450));
      const index = i < 10 ? i : LAST_INDEX - 600 + i;
      expect(receive(protectRtcp(keys.remote, packet, index))).toBe(packet.length);
      expect(octets(fixture.memory, buffer, packet.length).equals(packet)).toBe(true);
      const behind = octets(fixture.memory, buffer + packet.length + SRTCP_TRAILER_LENGTH, SPARE);
      expect(behind.every((octet) => octet === POISON)).toBe(true);
    }
    expect(receiveIndex(LAST_INDEX)).toBe(0x3c);
  });

  it('takes a packet without E flag as it is, when it is authentic', () => {
    const packet = rtcpPacket(64);
    const authenticated = protectRtcp(keys.remote, packet, 3, false);
    expect(receive(authenticated)).toBe(64);
    expect(octets(fixture.memory, buffer, 64).equals(packet)).toBe(true);
    expect(receive(authenticated)).toBe(-SRTP_REPLAYED);
    authenticated[20] = (authenticated[20] ?? 0) ^ 1;
    authenticated.writeUInt32BE(4, 64);
    expect(receive(authenticated)).toBe(-SRTP_AUTHENTICATION_FAILED);
  });

  it('drops replayed packets and those from before the window', () => {
    const first = 5000;
    expect(receiveIndex(first)).toBe(60);
    expect(receiveIndex(first)).toBe(-SRTP_REPLAYED);
    expect(receiveIndex(first + 2)).toBe(60);
    expect(receiveIndex(first + 1)).toBe(60);
    expect(receiveIndex(first + 1)).toBe(-SRTP_REPLAYED);
    expect(receiveIndex(first + 2 - REPLAY_WINDOW_SIZE)).toBe(-SRTP_TOO_OLD);
  });

  it('counts the index of each SSRC apart, up to a limit', () => {
    for (let ssrc = 1; ssrc <= MAX_STREAMS; ssrc++) expect(receiveIndex(1, ssrc)).toBe(60);
    expect(receiveIndex(1, 1000)).toBe(-SRTP_TOO_MANY_SSRCS);
    for (let ssrc = 1; ssrc <= MAX_STREAMS; ssrc++) {
      expect(receiveIndex(1, ssrc)).toBe(-SRTP_REPLAYED);
      expect(receiveIndex(2, ssrc)).toBe(60);
    }
  });

  it('drops a packet with any bit flipped, and leaves packet and state as they were', () => {
    const genuine = protectRtcp(keys.remote, rtcpPacket(40), 77);
    for (let bit = 0; bit < genuine.length * 8; bit++) {
      const forged = Buffer.from(genuine);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(receive(forged)).toBe(-SRTP_AUTHENTICATION_FAILED);
      expect(octets(fixture.memory, buffer, forged.length).equals(forged)).toBe(true);
    }
    expect(receive(genuine)).toBe(40);
  });

  it('drops what is too short or too long', () => {
    expect(receive(randomBytes(21))).toBe(-SRTP_TOO_SHORT);
    expect(receive(randomBytes(22))).toBe(-SRTP_AUTHENTICATION_FAILED);
    expect(receive(randomBytes(MAX_STREAM_PACKET_LENGTH))).toBe(-SRTP_AUTHENTICATION_FAILED);
    expect(receive(randomBytes(MAX_STREAM_PACKET_LENGTH + 1))).toBe(-SRTP_TOO_LONG);
  });

  it('drops what the engine itself has protected', () => {
    place(rtcpPacket(60));
    const length = state.rtcpSender.protect(buffer, 60);
    expect(state.rtcpReceiver.unprotect(buffer, length)).toBe(-SRTP_AUTHENTICATION_FAILED);
  });

  it('survives arbitrary octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        expect(receive(random)).toBeLessThan(0);
        expect(octets(fixture.memory, buffer, random.length).equals(random)).toBe(true);
      }),
    );
  });
});
