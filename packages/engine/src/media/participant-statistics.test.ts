import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SOURCE_CHANGE_SILENCE } from './forward/publication.js';
import { REPORT_LIFETIME } from './participant-statistics.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildReceiverReport, buildSenderReport } from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';
import { TestStream } from './testing/test-stream.js';

const OCTETS = 40;
const NTP_SECONDS = 3_900_000_000;
/** LSR of reports with that time: its lower half, and no fraction. */
const LAST_SENDER_REPORT = ((NTP_SECONDS & 0xffff) << 16) >>> 0;

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function speak({ stream }: Published, packets: number): void {
  for (let i = 0; i < packets; i++) {
    stream.send({ payload: Buffer.alloc(OCTETS) });
    bench.advance(20);
  }
}

/** Tells the engine how one stream is received. */
function reportReception(
  peer: TestPeer,
  ssrc: number,
  fields: { fractionLost?: number; jitter?: number; lastSenderReport?: number; delay?: number } = {},
): void {
  const { fractionLost = 0, jitter = 0, lastSenderReport = 0, delay = 0 } = fields;
  const block = { ssrc, fractionLost, jitter, cumulativeLost: 0, highestSequenceNumber: 0 };
  peer.sendRtcp(buildReceiverReport(1, [{ ...block, lastSenderReport, delaySinceLastSenderReport: delay }]));
  bench.pump();
}

function sendSenderReport({ peer, stream }: Published): void {
  const fields = { packetCount: 1, octetCount: 2, ntpSeconds: NTP_SECONDS, ntpFraction: 0 };
  peer.sendRtcp(buildSenderReport({ ssrc: stream.ssrc, rtpTimestamp: stream.timestamp, ...fields }));
  bench.pump();
}

test('of somebody who has just come nothing is known', () => {
  const peer = bench.admit();
  expect(bench.participant(peer)).toEqual({
    transportId: peer.transportId,
    packetsIn: 0,
    octetsIn: 0,
    packetsOut: 0,
    octetsOut: 0,
    uplinkLost: 0,
    uplinkExpected: 0,
    uplinkJitter: 0,
    uplinkRoundTrip: null,
    downlinkLoss: null,
    downlinkJitter: null,
    downlinkRoundTrip: null,
  });
});

describe('packets and octets', () => {
  test('are counted for each participant, both ways', () => {
    const [loud, quiet] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    for (const publication of [loud, quiet]) bench.subscribe(listener, publication);
    speak(loud, 5);
    speak(quiet, 2);
    expect(bench.participant(loud.peer)).toMatchObject({ packetsIn: 5, octetsIn: 5 * OCTETS, packetsOut: 0 });
    expect(bench.participant(quiet.peer)).toMatchObject({ packetsIn: 2, octetsIn: 2 * OCTETS });
    expect(bench.participant(listener)).toMatchObject({
      packetsIn: 0,
      octetsIn: 0,
      packetsOut: 7,
      octetsOut: 7 * OCTETS,
    });
  });

  test('do not start over when streams end, come again or change their source', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    speak(first, 3);
    bench.switchTo(subscription, second);
    expect(bench.participant(listener).packetsOut).toBe(3);
    speak(second, 3);
    bench.unsubscribe(subscription);
    expect(bench.participant(listener).packetsOut).toBe(6);
    bench.subscribe(listener, first, { ssrc: subscription.ssrc });
    speak(first, 3);
    expect(bench.participant(listener)).toMatchObject({ packetsOut: 9, octetsOut: 9 * OCTETS });
  });
});

describe('of the uplink', () => {
  test('loss is what the sequence numbers leave out', () => {
    const publication = bench.publish(bench.join());
    speak(publication, 6);
    publication.stream.skip(3);
    speak(publication, 1);
    expect(bench.participant(publication.peer)).toMatchObject({ uplinkExpected: 10, uplinkLost: 3 });
  });

  test('loss is kept over another source and another publication', () => {
    const publication = bench.publish(bench.join(), { ssrc: 1, ssrcs: [] });
    const { peer, stream } = publication;
    const lose = (published: Published) => {
      speak(published, 1);
      published.stream.skip(1);
      speak(published, 1);
    };
    lose(publication);
    bench.advance(SOURCE_CHANGE_SILENCE);
    lose({ ...publication, stream: new TestStream(peer, { ssrc: stream.ssrc + 1, midExtension: null }) });
    expect(bench.participant(peer)).toMatchObject({ uplinkExpected: 6, uplinkLost: 2 });
    bench.control({ type: 'close-publication', publicationId: publication.id });
    expect(bench.participant(peer)).toMatchObject({ uplinkExpected: 6, uplinkLost: 2 });
    const again = bench.publish(peer, { ssrc: stream.ssrc + 2 });
    lose(again);
    expect(bench.participant(peer)).toMatchObject({ uplinkExpected: 9, uplinkLost: 3 });
  });

  test('jitter is in milliseconds', () => {
    const publication = bench.publish(bench.join());
    for (let i = 0; i < 400; i++) {
      publication.stream.send();
      bench.advance(i % 2 === 0 ? 10 : 30);
    }
    const { uplinkJitter } = bench.participant(publication.peer);
    expect(uplinkJitter).toBeGreaterThan(9);
    expect(uplinkJitter).toBeLessThan(11);
  });
});

describe('of the downlink', () => {
  test('loss and jitter are the mean of the latest reports on each stream', () => {
    const [first, second, third] = [1, 2, 3].map(() => bench.publish(bench.join()));
    if (first === undefined || second === undefined || third === undefined) throw new Error('none');
    const listener = bench.join();
    const subscriptions = [first, second, third].map((publication) => bench.subscribe(listener, publication));
    for (const publication of [first, second, third]) speak(publication, 1);
    reportReception(listener, subscriptions[0]?.ssrc ?? 0, { fractionLost: 255, jitter: 48_000 });
    reportReception(listener, subscriptions[0]?.ssrc ?? 0, { fractionLost: 64, jitter: 480 });
    reportReception(listener, subscriptions[1]?.ssrc ?? 0, { fractionLost: 0, jitter: 1_440 });
    reportReception(listener, 12_345, { fractionLost: 255 });
    expect(bench.participant(listener)).toMatchObject({
      downlinkLoss: 0.125,
      downlinkJitter: 20,
      downlinkRoundTrip: null,
    });
  });

  test('the round trip is measured from when a sender report went on, for both directions of who publishes', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, publication);
    speak(publication, 1);
    sendSenderReport(publication);
    bench.advance(300);
    reportReception(listener, ssrc, { lastSenderReport: LAST_SENDER_REPORT, delay: 65_536 / 4 });
    expect(bench.participant(listener)).toMatchObject({ downlinkRoundTrip: 50, uplinkRoundTrip: null });
    bench.publish(listener);
    expect(bench.participant(listener)).toMatchObject({ downlinkRoundTrip: 50, uplinkRoundTrip: 50 });
    expect(bench.participant(publication.peer)).toMatchObject({
      downlinkRoundTrip: null,
      uplinkRoundTrip: null,
    });
  });

  test('reports that are old say nothing any longer', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, publication);
    speak(publication, 1);
    sendSenderReport(publication);
    reportReception(listener, ssrc, { fractionLost: 128, lastSenderReport: LAST_SENDER_REPORT });
    expect(bench.participant(listener)).toMatchObject({ downlinkLoss: 0.5, downlinkRoundTrip: 0 });
    bench.advance(REPORT_LIFETIME);
    expect(bench.participant(listener)).toMatchObject({
      downlinkLoss: null,
      downlinkJitter: null,
      downlinkRoundTrip: null,
    });
  });
});
