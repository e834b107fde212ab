import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OpenSubscription } from '../contract/messages.js';
import { RESEND_BURST, RESEND_STREAMS } from './forward/resend-limits.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildNack, buildPacket, buildSenderReport, readSenderReport } from './testing/rtcp-packets.js';
import type { HeardPacket, TestPeer } from './testing/test-peer.js';

const SENDER_REPORT = 200;
/** Milliseconds of a packet. */
const PACKET = 20;
/** Octet of RFC 6464: voice at -25 dBov. */
const LOUD = 0x80 | 25;
const RETRANSMISSION = { payloadType: 112, ssrc: 0xfeed_0001 };

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

interface Listener {
  readonly bench: MediaBench;
  readonly peer: TestPeer;
  readonly ssrc: number;
  readonly subscription: OpenSubscription;
}

function listen(bench: MediaBench, published: Published, options: Partial<OpenSubscription> = {}): Listener {
  const peer = bench.join();
  const subscription = bench.subscribe(peer, published, options);
  return { bench, peer, ssrc: subscription.ssrc, subscription };
}

function speak({ stream }: Published, packets: number): void {
  for (let i = 0; i < packets; i++) {
    stream.send();
    benches.advance(PACKET);
  }
}

/** Asks for packets and takes what comes back. */
function ask({ peer, ssrc, bench }: Listener, ...packets: readonly Pick<HeardPacket, 'sequenceNumber'>[]) {
  const before = peer.heard.length;
  peer.sendRtcp(buildNack(ssrc, ...packets.map(({ sequenceNumber }) => sequenceNumber)));
  bench.pump();
  return peer.heard.slice(before);
}

function at(heard: readonly HeardPacket[], i: number): HeardPacket {
  const packet = heard.at(i);
  if (packet === undefined) throw new Error(`there is no packet ${i}`);
  return packet;
}

const withoutTime = ({ at: _at, ...packet }: HeardPacket) => packet;

describe('a packet that a subscriber asks for', () => {
  test('comes once more as it was, to nobody else, from either worker', () => {
    const publication = benches.publish({ sequenceNumber: 65_530 });
    const listeners = [listen(benches.near, publication), listen(benches.far, publication)];
    const others = [listen(benches.near, publication), listen(benches.far, publication)];
    speak(publication, 20);
    for (const listener of listeners) {
      const [first, last] = [at(listener.peer.heard, 2), at(listener.peer.heard, -1)];
      expect(ask(listener, first, last).map(withoutTime)).toEqual([first, last].map(withoutTime));
      expect(listener.bench.statistics().rtcp['consumed:NACK']).toBe(1);
      expect(listener.bench.statistics().retransmission['resent:plain']).toBe(2);
    }
    for (const { peer } of others) expect(peer.heard).toHaveLength(20);
  });

  test('leaves the numbers of the route as they are, and counts as sent', () => {
    const publication = benches.publish({ sequenceNumber: 65_530 });
    const listener = listen(benches.near, publication);
    speak(publication, 12);
    ask(listener, at(listener.peer.heard, 0));
    speak(publication, 1);
    const { heard } = listener.peer;
    expect(at(heard, -1).index).toBe(at(heard, -3).index + 1);
    const { ssrc, timestamp } = publication.stream;
    const fields = { rtpTimestamp: timestamp, packetCount: 1, octetCount: 2, ntpSeconds: 3, ntpFraction: 4 };
    publication.peer.sendRtcp(buildSenderReport({ ssrc, ...fields }));
    benches.exchange();
    const [report] = listener.peer.rtcp(SENDER_REPORT).map(readSenderReport);
    expect(report).toMatchObject({ packetCount: 14, octetCount: 14 * 40 });
  });

  test('comes again only when the first answer cannot have come', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 3);
    const lost = at(listener.peer.heard, 1);
    expect(ask(listener, lost, lost)).toHaveLength(1);
    benches.advance(15);
    expect(ask(listener, lost)).toHaveLength(0);
    benches.advance(10);
    expect(ask(listener, lost)).toHaveLength(1);
    expect(listener.bench.statistics().retransmission['refused:answered']).toBe(2);
  });

  test('is refused when it never went out on this route, or too long ago', () => {
    const publication = benches.publish();
    listen(benches.near, publication);
    speak(publication, 5);
    const listener = listen(benches.near, publication);
    speak(publication, 200);
    const { sequenceNumber } = at(listener.peer.heard, 0);
    const last = at(listener.peer.heard, -1).sequenceNumber;
    for (const number of [sequenceNumber - 1, sequenceNumber, last + 1, last + 0x8000]) {
      expect(ask(listener, { sequenceNumber: number & 0xffff })).toHaveLength(0);
    }
    expect(listener.bench.statistics().retransmission['refused:unknown']).toBe(4);
  });

  test('is refused when the route has begun anew since, even if the packet is there', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication, { ssrc: 7 });
    speak(publication, 3);
    const before = at(listener.peer.heard, -1);
    listener.bench.unsubscribe(listener.subscription);
    listener.bench.subscribe(listener.peer, publication, { ssrc: 7 });
    speak(publication, 3);
    expect(ask(listener, before)).toHaveLength(0);
    expect(ask(listener, at(listener.peer.heard, -1))).toHaveLength(1);
  });

  test('is paid from an allowance by the number of streams, that a storm uses up', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 100);
    const heard = [...listener.peer.heard];
    let sent = 0;
    for (let round = 0; round < 3; round++) {
      sent += ask(listener, ...heard.slice(-90)).length;
      benches.advance(25);
    }
    const burst = RESEND_BURST / RESEND_STREAMS;
    expect(sent).toBeGreaterThanOrEqual(burst);
    expect(sent).toBeLessThan(burst + 5);
    expect(listener.bench.statistics().retransmission['refused:allowance']).toBeGreaterThan(100);
    benches.advance(1_000);
    speak(publication, 1);
    expect(ask(listener, at(listener.peer.heard, -1))).toHaveLength(1);
  });

  test('comes in the stream that SDP names for it, whose numbers go on whatever becomes of the subscription', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication, { ssrc: 7, retransmission: RETRANSMISSION });
    speak(publication, 3);
    const lost = at(listener.peer.heard, 1);
    const [again] = ask(listener, lost);
    expect(again).toMatchObject({
      ...RETRANSMISSION,
      timestamp: lost.timestamp,
      extensions: lost.extensions,
    });
    expect(again?.payload.readUInt16BE(0)).toBe(lost.sequenceNumber);
    expect(again?.payload.subarray(2)).toEqual(lost.payload);
    listener.bench.unsubscribe(listener.subscription);
    listener.bench.subscribe(listener.peer, publication, { ssrc: 7, retransmission: RETRANSMISSION });
    speak(publication, 3);
    const [next] = ask(listener, at(listener.peer.heard, -1));
    expect(next?.index).toBe((again?.index ?? 0) + 1);
    expect(listener.bench.statistics().retransmission['resent:rtx']).toBe(2);
  });

  test('counts for nothing where the stream is not sent to who asks, or the request says nothing', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 3);
    const { drops } = benches.near;
    expect(ask({ ...listener, ssrc: 99 }, at(listener.peer.heard, 0))).toHaveLength(0);
    expect(drops.get('rtcp-unknown-ssrc')).toBe(1);
    listener.peer.sendRtcp(buildPacket(205, 1, Buffer.alloc(8)));
    benches.near.pump();
    expect(drops.get('rtcp-content-beyond-end')).toBe(1);
  });

  test('does not come where retransmission is off', () => {
    const bench = new MediaBench({ ...parts, recovery: { retransmission: false, redundancy: true } });
    const published = bench.publish(bench.join());
    const listener = listen(bench, published);
    published.stream.send();
    bench.pump();
    expect(ask(listener, at(listener.peer.heard, 0))).toHaveLength(0);
    expect(bench.statistics().rtcp['ignored:RTPFB']).toBe(1);
    bench.close();
  });
});

describe('a fixed slot', () => {
  test('sends nothing of its next holder under the numbers of the one before', () => {
    const { near } = benches;
    const publications = [benches.publish(), benches.publish()];
    const peer = near.join();
    const { ssrc } = near.openSlot(peer, 0);
    near.control({ type: 'limit-room', roomId: 1, loudest: 1, slots: 1 });
    for (let i = 0; i < 60; i++) {
      for (const { stream } of publications) stream.send({ level: LOUD });
      benches.advance(PACKET);
    }
    const seated = () => near.events.findLast((event) => event.type === 'speakers')?.seats[0];
    const holder = publications.find(({ id }) => id === seated());
    const heard = peer.heardFrom(ssrc);
    expect(heard.length).toBeGreaterThan(20);
    if (holder !== undefined) near.leave(holder.peer);
    benches.advance(60);
    expect(seated()).toBe(publications.find((publication) => publication !== holder)?.id);
    peer.sendRtcp(buildNack(ssrc, ...heard.slice(-10).map(({ sequenceNumber }) => sequenceNumber)));
    near.pump();
    expect(peer.heardFrom(ssrc)).toHaveLength(heard.length);
  });
});
