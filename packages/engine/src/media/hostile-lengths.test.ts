import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildRedundancy } from './testing/redundancy-packets.js';
import { buildBye, buildNack, buildReceiverReport, buildSenderReport } from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';
import { MAX_DATAGRAM } from './udp/sockets.js';

const STRANGER = '203.0.113.66:666';
const PAYLOAD_TYPE = 111;
const RED_PAYLOAD_TYPE = 63;
const RETRANSMISSION = { payloadType: 112, ssrc: 0xfeed_0001 };
const LONGEST_RTCP = 88;
/** What a TCP frame may have, beyond what a datagram has. */
const LONGEST = 8192;

const parts = await prepareBenches();
let bench: MediaBench;
let publication: Published;
let listener: TestPeer;
/** What they have sent, of each kind: checks, records of the handshake, RTP, RTCP. */
let seen: { readonly from: string; readonly bytes: Buffer }[];
beforeEach(() => {
  bench = new MediaBench(parts);
  seen = [];
  bench.uplink = (bytes, { address }) => {
    seen.push({ from: address, bytes });
    return [bytes];
  };
  publication = bench.publish(bench.join(), {
    signalled: {
      redPayloadType: RED_PAYLOAD_TYPE,
      retransmission: RETRANSMISSION,
      feedback: { nack: true, transportCc: false, remb: false },
    },
  });
  listener = bench.join({ dtlsRole: 'client' });
  const { ssrc } = bench.subscribe(listener, publication);
  const fields = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 };
  publication.stream.send({ withMid: true, csrcs: [1, 2], padding: 3 });
  publication.peer.sendRtcp(buildSenderReport({ ssrc: publication.stream.ssrc, ...fields }));
  listener.sendRtcp(buildReceiverReport(1, []), buildNack(ssrc, 1), buildBye(1));
  bench.pump();
  bench.uplink = (bytes) => [bytes];
});
afterEach(() => bench.close());

function sumOfDrops(): number {
  return Object.values(bench.drops.toRecord()).reduce((sum, count) => sum + count, 0);
}

/** Whether packets go through as ever. */
function expectUnharmed(memory: number): void {
  bench.advance(1_000);
  const before = listener.heard.length;
  for (let i = 0; i < 3; i++) {
    publication.stream.send();
    bench.advance(20);
  }
  expect(listener.heard).toHaveLength(before + 3);
  expect(bench.memory.used).toBe(memory);
  expect(bench.statistics().transports).toBe(2);
}

/** Brings a datagram in: it counts as dropped once, and nothing is sent for it. */
function expectDropped(from: string, bytes: Uint8Array): void {
  const drops = sumOfDrops();
  const sent = bench.transmitter.packetsSent;
  bench.receive(from, bytes);
  bench.transmitter.flush();
  expect(sumOfDrops()).toBe(drops + 1);
  expect(bench.transmitter.packetsSent).toBe(sent);
}

describe('a datagram of any kind', () => {
  test('that ends too early is dropped at every length, from whatever address', () => {
    const memory = bench.memory.used;
    expect(seen.length).toBeGreaterThan(8);
    for (const { from, bytes } of seen) {
      for (let length = 0; length < bytes.length; length++) {
        for (const address of [from, STRANGER]) expectDropped(address, bytes.subarray(0, length));
      }
    }
    expectUnharmed(memory);
  });

  test('that is too long is dropped at every length up to the longest that can come', () => {
    const memory = bench.memory.used;
    for (const { from, bytes } of seen) {
      const lengths = [1, 2, 3, 4, 5, 16, 100, 700, MAX_DATAGRAM - bytes.length, MAX_DATAGRAM, LONGEST];
      for (const more of lengths) {
        const longer = Buffer.concat([bytes, randomBytes(more)]);
        for (const address of [from, STRANGER]) expectDropped(address, longer);
      }
    }
    expect(bench.drops.get('too-long')).toBe(seen.length * 2 * 2);
    expectUnharmed(memory);
  });
});

describe('what a participant protects itself', () => {
  test('of RTP may have any length and any beginning: it is dropped or forwarded, and what comes behind it too', () => {
    const memory = bench.memory.used;
    const { peer, stream } = publication;
    for (const padding of [0, 1, 4, 255]) {
      for (const length of [0, 1, 2, 11, 254, 255, 256, 1399, 1400, 1401, 1450]) {
        const payload = Buffer.alloc(length, padding);
        peer.send(stream.next({ payload }));
        const padded = Buffer.alloc(length, padding);
        peer.send(stream.next({ payload: padded, padding: Math.min(padding, 255) }));
      }
      bench.advance(1_000);
    }
    expect(bench.drops.get('rtp-payload-too-long')).toBeGreaterThan(0);
    expectUnharmed(memory);
  });

  test('of RTP with more padding than there is payload goes to nobody', () => {
    const memory = bench.memory.used;
    const {
      peer,
      stream,
      stream: { ssrc },
    } = publication;
    const before = listener.heard.length;
    for (let length = 1; length < 255; length++) {
      const packet = Buffer.alloc(12 + length, 0);
      packet.writeUInt8(0xa0, 0);
      packet.writeUInt8(PAYLOAD_TYPE, 1);
      packet.writeUInt16BE(stream.sequenceNumber, 2);
      packet.writeUInt32BE(ssrc, 8);
      packet.writeUInt8(length + 1, packet.length - 1);
      peer.send(peer.srtp.protectRtp(packet, Math.floor(stream.index / 0x1_0000)));
      stream.skip(1);
    }
    bench.pump();
    expect(bench.drops.get('rtp-padding-beyond-payload')).toBe(254);
    expect(listener.heard).toHaveLength(before);
    expectUnharmed(memory);
  });

  test('of RED is cut at every length: no octet is heard that is not of the packet', () => {
    const memory = bench.memory.used;
    const { stream } = publication;
    const block = (timestampOffset: number) => ({
      payloadType: PAYLOAD_TYPE,
      timestampOffset,
      data: Buffer.alloc(30, timestampOffset & 0xff),
    });
    const primary = Buffer.alloc(30, 0xee);
    const whole = buildRedundancy({ blocks: [block(1920), block(960)], payloadType: PAYLOAD_TYPE, primary });
    const before = listener.heard.length;
    for (let length = 0; length < whole.length; length++) {
      stream.send({ payload: whole.subarray(0, length), payloadType: RED_PAYLOAD_TYPE });
      bench.advance(20);
    }
    // What is left of the primary block is heard, from its first octet on; of the copies nothing that is not whole.
    const heard = listener.heard.slice(before).map(({ payload }) => payload.length);
    expect(heard).toEqual(Array.from({ length: 29 }, (_, i) => i + 1));
    expectUnharmed(memory);
  });

  test('of RTX may have any length: nothing comes of it that is not missing', () => {
    const memory = bench.memory.used;
    const { peer, stream } = publication;
    const before = listener.heard.length;
    for (let length = 0; length < 40; length++) {
      const packet = Buffer.alloc(12 + length, 0xff);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt8(RETRANSMISSION.payloadType, 1);
      packet.writeUInt16BE(length + 1, 2);
      packet.writeUInt32BE(RETRANSMISSION.ssrc, 8);
      peer.send(peer.srtp.protectRtp(packet, 0));
    }
    bench.pump();
    expect(bench.drops.get('rtp-retransmission-unwanted')).toBe(40);
    expect(listener.heard).toHaveLength(before);
    stream.skip(0);
    expectUnharmed(memory);
  });

  test('of RTCP may claim any length and count: what is beyond the end is not read', () => {
    const memory = bench.memory.used;
    for (const type of [200, 201, 202, 203, 204, 205, 206, 207]) {
      for (const words of [0, 1, 2, 6, 7, 20, 21, 22, 0xffff]) {
        for (const count of [0, 1, 31]) {
          const packet = Buffer.alloc(Math.max(8, Math.min(4 * (words + 1), LONGEST_RTCP)));
          packet.writeUInt8(0x80 | count, 0);
          packet.writeUInt8(type, 1);
          packet.writeUInt16BE(words, 2);
          publication.peer.sendRtcp(packet);
          bench.advance(50);
        }
      }
    }
    expect(bench.drops.get('rtcp-length-beyond-end')).toBe(8 * 3 * 2);
    expect(bench.drops.get('rtcp-content-beyond-end')).toBeGreaterThan(10);
    expectUnharmed(memory);
  });
});
