import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_CLOSED_SUBSCRIPTIONS } from './forward/closed-subscriptions.js';
import { REQUEST_BURST } from './forward/resend-limits.js';
import { CHECK_BURST } from './ice/ice-agent.js';
import * as checks from './ice/testing/connectivity-checks.js';
import { type MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildNack, buildReceiverReport } from './testing/rtcp-packets.js';
import { SpeakerAndListener } from './testing/speaker-and-listener.js';
import type { TestPeer } from './testing/test-peer.js';
import {
  DTLS_DATAGRAM_BURST,
  HANDSHAKE_DATAGRAM_BURST,
  UPLINK_OCTET_BURST,
  UPLINK_PACKET_BURST,
  UPLINK_PACKETS_PER_SECOND,
} from './uplink-limits.js';

const FLOOD = 4_000;
const STRANGER = '203.0.113.66:666';

const parts = await prepareBenches();
let pair: SpeakerAndListener;
let bench: MediaBench;
let publication: Published;
let listener: TestPeer;
let ssrc: number;
beforeEach(() => {
  pair = new SpeakerAndListener(parts);
  ({ bench, publication, listener, ssrc } = pair);
});
afterEach(() => bench.close());

/** Each datagram from an address of its own. */
function flood(make: (i: number) => Uint8Array): void {
  for (let i = 0; i < FLOOD; i++) {
    bench.receive(`198.18.${(i >> 8) & 0xff}.${i & 0xff}:${1024 + (i % 60_000)}`, make(i));
    bench.transmitter.flush();
  }
}

function starting(...first: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(randomBytes(120));
  bytes.set(first);
  return bytes;
}

describe('a flood from addresses that nobody has proven to be at', () => {
  const { username, controlling, priority, useCandidate } = checks;
  const stun = (user: string, password: string | null) =>
    checks.buildMessage({ attributes: [username(user), controlling, priority(1), useCandidate], password });
  const named = () => `${listener.ice.localUfrag}:${listener.ice.remoteUfrag}`;

  test.each<[string, string, () => Uint8Array]>([
    ['junk', 'unknown-source', () => starting(0xff)],
    ['RTP', 'unknown-source', () => starting(0x80, 111)],
    ['RTCP', 'unknown-source', () => starting(0x80, 201)],
    ['DTLS', 'unknown-source', () => starting(22, 0xfe, 0xfd, 0, 0)],
    ['STUN for nobody', 'ice-unknown-ufrag', () => stun('nobody:atall', 'password')],
    ['STUN for somebody with a wrong password', 'ice-wrong-integrity', () => stun(named(), 'password')],
    ['STUN for somebody without a password', 'ice-no-integrity', () => stun(named(), null)],
  ])('of %s is answered by nothing, leaves nothing behind, and others go on', (_, reason, make) => {
    const memory = bench.memory.used;
    const sent = bench.transmitter.packetsSent;
    flood(make);
    expect(bench.transmitter.packetsSent).toBe(sent);
    expect(bench.stray).toEqual([]);
    expect(bench.drops.get(reason)).toBe(FLOOD);
    expect(bench.memory.used).toBe(memory);
    expect(bench.dataPath.isWaiting).toBe(false);
    expect(pair.speak(5)).toBe(5);
  });

  test('tells nothing of who is there: a right username and a wrong one get the same, which is nothing', () => {
    for (const user of [named(), 'nobody:atall', `${listener.ice.localUfrag}:wrong`]) {
      for (const password of [null, 'wrong', listener.ice.remotePassword]) {
        bench.receive(STRANGER, stun(user, password));
        bench.transmitter.flush();
      }
    }
    expect(bench.stray).toEqual([]);
  });
});

describe("a flood from a participant's address", () => {
  test('of forged RTP and RTCP leaves what the participant may send as it is', () => {
    const { peer, stream } = publication;
    const memory = bench.memory.used;
    for (let i = 0; i < 2 * UPLINK_PACKET_BURST; i++) {
      const forged = starting(0x80, i % 2 === 0 ? stream.payloadType : 201);
      bench.receive(peer.address, forged);
    }
    expect(bench.drops.get('srtp-authentication-failed')).toBe(2 * UPLINK_PACKET_BURST);
    expect(bench.memory.used).toBe(memory);
    expect(pair.speak(5)).toBe(5);
  });

  test('of forged DTLS records is not tried with the keys one and all, and close_notify is heard later', () => {
    for (let i = 0; i < 1_000; i++) {
      const record = starting(21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 1, i >> 8, i & 0xff, 0, 107);
      bench.receive(listener.address, record);
    }
    const tried = bench.drops.get('dtls-authentication-failed');
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThanOrEqual(DTLS_DATAGRAM_BURST);
    expect(bench.drops.get('dtls-too-frequent')).toBe(1_000 - tried);
    expect(pair.speak(5)).toBe(5);
    bench.advance(1_000);
    listener.dtls.close();
    bench.pump();
    expect(bench.closeReason(listener)).toBe('dtls-closed');
  });
});

describe('a flood of a participant', () => {
  test('of RTP goes to the others no faster than anybody needs, whatever is queued behind it', () => {
    const { peer, stream } = publication;
    for (let i = 0; i < UPLINK_PACKET_BURST + 500; i++) peer.send(stream.next());
    bench.pump();
    expect(listener.heard).toHaveLength(UPLINK_PACKET_BURST);
    expect(bench.drops.get('rtp-too-frequent')).toBe(500);
    bench.advance(100);
    for (let i = 0; i < 500; i++) peer.send(stream.next());
    bench.pump();
    expect(listener.heard).toHaveLength(UPLINK_PACKET_BURST + UPLINK_PACKETS_PER_SECOND / 10);
    bench.advance(1_000);
    expect(pair.speak(50)).toBe(50);
  });

  test('of RTP uses up the numbers of what is dropped: what comes behind it is new, under every number', () => {
    const { peer, stream } = publication;
    for (let i = 0; i < UPLINK_PACKET_BURST; i++) peer.send(stream.next());
    bench.pump();
    for (let i = 0; i < 2; i++) {
      stream.skip(0x6000);
      peer.send(stream.next());
    }
    bench.pump();
    expect(bench.drops.get('rtp-too-frequent')).toBe(2);
    bench.advance(1_000);
    expect(pair.speak(5)).toBe(5);
    const indices = listener.heard.map(({ index }) => index);
    expect(indices).toEqual(indices.toSorted((one, other) => one - other));
    expect(new Set(indices).size).toBe(UPLINK_PACKET_BURST + 5);
  });

  test('of large packets counts by their octets', () => {
    const { peer, stream } = publication;
    const payload = randomBytes(1_300);
    for (let i = 0; i < 1_000; i++) peer.send(stream.next({ payload }));
    bench.pump();
    const heard = listener.heard.length;
    expect(heard).toBeGreaterThan(UPLINK_OCTET_BURST / 1_400);
    expect(heard).toBeLessThanOrEqual(UPLINK_OCTET_BURST / 1_300);
    expect(bench.drops.get('rtp-too-frequent')).toBe(1_000 - heard);
  });

  test('of RTCP is not read beyond what anybody needs', () => {
    const reports = Buffer.concat(Array.from({ length: 45 }, () => buildReceiverReport(ssrc, [block(ssrc)])));
    for (let i = 0; i < 1_000; i++) listener.sendRtcp(reports);
    bench.pump();
    const { rtcp } = bench.statistics();
    expect(rtcp['consumed:RR']).toBeLessThanOrEqual((45 * UPLINK_OCTET_BURST) / reports.length);
    expect(bench.drops.get('rtcp-too-frequent')).toBeGreaterThan(300);
    expect(pair.speak(5)).toBe(5);
  });

  test('of NACKs, for packets that are there and for those that are not, is not looked up one and all', () => {
    pair.speak(20);
    const nack = buildNack(ssrc, 7);
    nack.writeUInt16BE(0xffff, 14);
    const compound = Buffer.concat(new Array<Buffer>(80).fill(nack));
    for (let i = 0; i < 50; i++) listener.sendRtcp(compound);
    bench.pump();
    const { retransmission } = bench.statistics();
    const lookedFor = (retransmission['refused:unknown'] ?? 0) + (retransmission['refused:answered'] ?? 0);
    expect(lookedFor).toBeLessThanOrEqual(REQUEST_BURST);
    expect(retransmission['refused:flood']).toBeGreaterThan(3_000);
    // Behind it whoever misses something gets it.
    bench.advance(1_000);
    const [missed] = listener.heard.splice(-1);
    const heard = listener.heard.length;
    listener.sendRtcp(buildNack(ssrc, missed?.sequenceNumber ?? 0));
    bench.pump();
    expect(listener.heard).toHaveLength(heard + 1);
  });

  test('of connectivity checks is not answered one and all, and later ones are', () => {
    bench.advance(2_000);
    const sent = bench.transmitter.packetsSent;
    for (let i = 0; i < 1_000; i++) listener.send(listener.buildCheck());
    bench.pump();
    expect(bench.transmitter.packetsSent - sent).toBe(CHECK_BURST);
    expect(bench.drops.get('ice-too-frequent')).toBe(1_000 - CHECK_BURST);
    bench.advance(100);
    expect(listener.check()).toBe('success');
  });

  test('of copies of one check leaves those that the participant makes itself their answers', () => {
    const check = listener.buildCheck();
    for (let i = 0; i < 1_000; i++) listener.send(check);
    bench.pump();
    expect(bench.drops.get('ice-too-frequent')).toBe(1_000 - CHECK_BURST - 1);
    expect(listener.check()).toBe('success');
  });
});

describe('a flood of one who never ends the handshake', () => {
  test('is taken for a bounded part, and others join meanwhile', () => {
    const peer = bench.admit();
    peer.check();
    const hellos: Buffer[] = [];
    bench.uplink = (bytes) => {
      hellos.push(bytes);
      return [];
    };
    peer.dtls.start();
    bench.uplink = (bytes) => [bytes];
    // It never hears the answers, so that the handshake does not go on.
    bench.downlink = (bytes, { transportId }) => (transportId === peer.transportId ? [] : [bytes]);
    const [hello] = hellos;
    if (hello === undefined) throw new Error('there is no ClientHello');
    for (let i = 0; i < 500; i++) {
      bench.receive(peer.address, hello);
      bench.pump();
    }
    expect(bench.drops.get('dtls-too-frequent')).toBe(500 - HANDSHAKE_DATAGRAM_BURST);
    expect(bench.join().isConnected).toBe(true);
    expect(pair.speak(2)).toBe(2);
  });
});

describe('who comes and goes, again and again,', () => {
  test('leaves nothing behind at those who stay', () => {
    const stays = bench.join();
    const subscriptions = MAX_CLOSED_SUBSCRIPTIONS + 200;
    for (let i = 0; i < subscriptions; i++) {
      const ssrc = 0x1000_0000 + 2 * i;
      const subscription = bench.subscribe(stays, publication, {
        ssrc,
        retransmission: { payloadType: 112, ssrc: ssrc + 1 },
      });
      publication.stream.send();
      bench.now += 1;
      bench.unsubscribe(subscription);
    }
    expect(stays.heard).toHaveLength(subscriptions);
    expect(bench.participant(stays).packetsOut).toBe(subscriptions);
    expect(pair.speak(2)).toBe(2);
  });
});

function block(source: number) {
  return {
    ssrc: source,
    fractionLost: 0,
    cumulativeLost: 0,
    highestSequenceNumber: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
}
