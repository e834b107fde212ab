import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildBye, buildNack, buildReceiverReport, buildSenderReport } from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';
import { TestStream } from './testing/test-stream.js';

const SENDER_REPORT = 200;
const BYE = 203;
const RETRANSMISSION = { payloadType: 112, ssrc: 0xfeed_0001 };

const parts = await prepareBenches();
let bench: MediaBench;
/** One who speaks and who hears them; one who would be them, and who hears that one. */
let victim: Published;
let listener: Listener;
let attacker: Published;
let other: Listener;
beforeEach(() => {
  bench = new MediaBench(parts);
  victim = bench.publish(bench.join());
  attacker = bench.publish(bench.join());
  listener = listen(victim);
  other = listen(attacker);
});
afterEach(() => bench.close());

interface Listener {
  readonly peer: TestPeer;
  readonly ssrc: number;
}

function listen(published: Published, peer = bench.join()): Listener {
  const { ssrc } = bench.subscribe(peer, published);
  return { peer, ssrc };
}

function heard({ peer, ssrc }: Listener): Buffer[] {
  return peer.heardFrom(ssrc).map(({ payload }) => payload);
}

function speak({ stream }: { readonly stream: TestStream }, packets: number): Buffer[] {
  return Array.from({ length: packets }, () => {
    const payload = stream.send();
    bench.advance(20);
    return payload;
  });
}

describe("another participant's stream", () => {
  test('cannot be spoken in: neither by its SSRC nor by its MID nor by both', () => {
    const { stream } = victim;
    const said = speak(victim, 3);
    for (const withMid of [false, true]) {
      const forged = new TestStream(attacker.peer, { ssrc: stream.ssrc, mid: stream.mid });
      forged.index = stream.index;
      for (let i = 0; i < 3; i++) attacker.peer.send(forged.next({ withMid }));
    }
    bench.pump();
    expect(bench.drops.get('rtp-no-publication')).toBe(3);
    expect(bench.drops.get('srtp-replayed')).toBe(3);
    said.push(...speak(victim, 3));
    expect(heard(listener)).toEqual(said);
    expect(other.peer.heard).toHaveLength(0);
  });

  test('that has the same SSRC and MID as their own is told apart', () => {
    const twin = bench.publish(bench.join(), { ssrc: victim.stream.ssrc, mid: victim.stream.mid });
    const both = bench.join();
    const first = listen(victim, both);
    const second = listen(twin, both);
    const said = [victim, twin].map((published) => speak(published, 4));
    expect([first, second].map(heard)).toEqual(said);
  });

  test('cannot be repeated: copies of its packets are nothing, from whatever address', () => {
    const packet = victim.stream.next();
    victim.peer.send(packet);
    bench.pump();
    for (const from of [victim.peer.address, attacker.peer.address, '203.0.113.9:9']) {
      bench.receive(from, packet);
    }
    bench.transmitter.flush();
    bench.pump();
    expect(listener.peer.heard).toHaveLength(1);
    expect(other.peer.heard).toHaveLength(0);
    expect(bench.drops.toRecord()).toMatchObject({
      'srtp-replayed': 1,
      'srtp-authentication-failed': 1,
      'unknown-source': 1,
    });
  });

  test('cannot be said goodbye to, nor reported on', () => {
    speak(victim, 2);
    speak(attacker, 2);
    const report = {
      ssrc: victim.stream.ssrc,
      ntpSeconds: 1,
      ntpFraction: 2,
      rtpTimestamp: 3,
      packetCount: 4,
      octetCount: 5,
    };
    attacker.peer.sendRtcp(buildSenderReport(report), buildBye(victim.stream.ssrc));
    bench.pump();
    expect(bench.drops.get('rtcp-unknown-ssrc')).toBe(1);
    for (const { peer } of [listener, other]) {
      expect(peer.rtcp(BYE)).toHaveLength(0);
      expect(peer.rtcp(SENDER_REPORT)).toHaveLength(0);
    }
  });

  test('cannot be ended by a goodbye that was said before', () => {
    const bye = victim.peer.srtp.protectRtcp(buildBye(victim.stream.ssrc));
    speak(victim, 2);
    victim.peer.send(bye);
    bench.pump();
    speak(victim, 100);
    for (const from of [victim.peer.address, attacker.peer.address]) bench.receive(from, bye);
    bench.transmitter.flush();
    bench.pump();
    expect(listener.peer.rtcp(BYE)).toHaveLength(1);
    expect(bench.drops.toRecord()).toMatchObject({ 'srtp-replayed': 1, 'srtp-authentication-failed': 1 });
  });
});

describe("another participant's downlink", () => {
  test('cannot be asked for: a NACK for its SSRC sends nothing to anybody', () => {
    speak(victim, 3);
    speak(attacker, 3);
    const [missed] = listener.peer.heard;
    const before = [listener, other].map(({ peer }) => peer.datagrams);
    other.peer.sendRtcp(buildNack(listener.ssrc, missed?.sequenceNumber ?? 0));
    bench.pump();
    expect([listener, other].map(({ peer }) => peer.datagrams)).toEqual(before);
    expect(bench.drops.get('rtcp-unknown-ssrc')).toBe(1);
  });

  test('cannot be made to look bad: reports on its SSRC count for nobody', () => {
    speak(victim, 3);
    speak(attacker, 3);
    const block = {
      ssrc: listener.ssrc,
      fractionLost: 255,
      cumulativeLost: 3,
      highestSequenceNumber: 3,
      jitter: 48_000,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    };
    other.peer.sendRtcp(buildReceiverReport(1, [block]));
    bench.pump();
    for (const { peer } of [listener, other]) expect(bench.participant(peer).downlinkLoss).toBeNull();
  });
});

describe('within a BUNDLE', () => {
  function publishTwo(options: { readonly ssrcs: readonly number[] }) {
    const peer = bench.join();
    const first = bench.publish(peer, { mid: '0', ...options });
    const second = bench.publish(peer, { mid: '1', ...options });
    return { first, second, listeners: [listen(first), listen(second)] as const };
  }

  test('an SSRC that is bound to one m-line cannot be moved to another by its MID', () => {
    const { first, second, listeners } = publishTwo({ ssrcs: [] });
    const said = [first.stream.send({ withMid: true })];
    const thief = new TestStream(first.peer, { ssrc: first.stream.ssrc, mid: second.stream.mid });
    thief.index = first.stream.index;
    said.push(thief.send({ withMid: true }));
    bench.pump();
    expect(heard(listeners[0])).toEqual(said);
    expect(heard(listeners[1])).toEqual([]);
  });

  test('an SSRC that SDP does not name is nobody where it names others', () => {
    const stranger = new TestStream(victim.peer, { mid: victim.stream.mid });
    for (let i = 0; i < 3; i++) stranger.send({ withMid: true });
    bench.pump();
    expect(bench.drops.get('rtp-no-publication')).toBe(3);
    const said = speak(victim, 2);
    expect(heard(listener)).toEqual(said);
  });

  test('a second source of one m-line is not heard while the first is, and follows it when that has ended', () => {
    const { first, listeners } = publishTwo({ ssrcs: [] });
    const second = new TestStream(first.peer, { mid: first.stream.mid });
    const said: Buffer[] = [];
    for (let i = 0; i < 5; i++) {
      said.push(first.stream.send({ withMid: true }));
      second.send({ withMid: true });
      bench.advance(20);
    }
    expect(bench.drops.get('rtp-ssrc-conflict')).toBe(5);
    expect(heard(listeners[0])).toEqual(said);
    bench.advance(300);
    said.push(second.send({ withMid: true }));
    bench.pump();
    expect(heard(listeners[0])).toEqual(said);
  });

  test('a retransmission brings nothing that nobody misses', () => {
    const published = bench.publish(bench.join(), {
      signalled: {
        retransmission: RETRANSMISSION,
        feedback: { nack: true, transportCc: false, remb: false },
      },
    });
    const hearing = listen(published);
    const said = speak(published, 3);
    const aside = new TestStream(published.peer, RETRANSMISSION);
    for (let number = 0; number < 20; number++) {
      const original = Buffer.alloc(2);
      original.writeUInt16BE((published.stream.sequenceNumber + number - 10) & 0xffff);
      aside.send({ payload: Buffer.concat([original, Buffer.from('not what was said')]) });
    }
    bench.pump();
    expect(heard(hearing)).toEqual(said);
    expect(bench.drops.get('rtp-retransmission-unwanted')).toBe(20);
  });

  test('what claims to be a retransmission under the numbers of the stream itself uses them up', () => {
    const retransmission = { payloadType: RETRANSMISSION.payloadType, ssrc: null };
    const published = bench.publish(bench.join(), { ssrcs: [], signalled: { retransmission } });
    const hearing = listen(published);
    const said = speak(published, 3);
    for (let i = 0; i < 2; i++) {
      published.stream.skip(0x6000);
      published.stream.send({ payloadType: RETRANSMISSION.payloadType });
    }
    bench.pump();
    expect(bench.drops.get('rtp-other-payload-type')).toBe(2);
    said.push(...speak(published, 3));
    expect(heard(hearing)).toEqual(said);
  });
});

describe("another participant's address", () => {
  test('cannot be taken by a check of their own with a forged source, while its owner is there', () => {
    expect(attacker.peer.check({ from: listener.peer.address })).toBeNull();
    expect(bench.drops.get('ice-address-taken')).toBe(1);
    const said = speak(victim, 3);
    expect(heard(listener)).toEqual(said);
    expect(attacker.peer.check({ from: victim.peer.address })).toBeNull();
    expect(heard(listener)).toHaveLength(3);
    speak(victim, 3);
    expect(heard(listener)).toHaveLength(6);
  });

  test('serves nobody else: media and handshakes from it are judged by the keys of its owner', () => {
    const said = speak(victim, 2);
    const forged = new TestStream(attacker.peer, { ssrc: victim.stream.ssrc });
    forged.index = victim.stream.index;
    attacker.peer.send(forged.next(), victim.peer.address);
    attacker.peer.send(attacker.stream.next(), victim.peer.address);
    attacker.peer.send(attacker.peer.srtp.protectRtcp(buildBye(victim.stream.ssrc)), victim.peer.address);
    bench.pump();
    expect(heard(listener)).toEqual(said);
    expect(listener.peer.rtcp(BYE)).toHaveLength(0);
    expect(other.peer.heard).toHaveLength(0);
    expect(bench.drops.get('srtp-authentication-failed')).toBe(3);
  });
});
