import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MIN_REPORTED_PACKETS, REDUNDANCY_OFF_TIME } from './forward/redundancy-demand.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { prepareBenches } from './testing/media-bench.js';
import { parseRedundancy } from './testing/redundancy-packets.js';
import {
  CELT,
  hex,
  type Listener,
  listen,
  listenTo,
  OPUS,
  plain,
  play,
  RED,
  reportLoss,
  speakPlain,
} from './testing/redundant-speech.js';
import { buildNack, buildSenderReport, readSenderReport } from './testing/rtcp-packets.js';
import { PACKET_INTERVAL, PACKET_TICKS } from './testing/test-stream.js';

const SENDER_REPORT = 200;
const BYE = 203;

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

describe('a subscriber', () => {
  test('who loses many packets gets redundancy, on any worker, and the others do not', () => {
    const publication = benches.publish();
    const lossy = listenTo(benches, publication);
    const fine = listenTo(benches, publication);
    const before = speakPlain(benches, publication, 50);
    for (const listener of lossy) reportLoss(listener, 0.1);
    for (const listener of fine) reportLoss(listener, 0.01);
    const said = [...before, ...speakPlain(benches, publication, 50)];
    for (const { peer } of lossy) {
      expect(peer.heard.map(({ payloadType }) => payloadType)).toEqual([
        ...Array.from({ length: 50 }, () => OPUS),
        ...Array.from({ length: 50 }, () => RED),
      ]);
      expect(plain(peer.heard)).toEqual(said);
      const [first] = peer.heard;
      peer.heard.forEach(({ index, timestamp, extensions, payload, payloadType }, i) => {
        expect(index).toBe((first?.index ?? 0) + i);
        expect((timestamp - (first?.timestamp ?? 0)) >>> 0).toBe(i * PACKET_TICKS);
        expect(extensions.get(1)?.[0]).toBe(0x7f);
        if (payloadType !== RED) return;
        const known = Math.min(i - 50, 2);
        expect(parseRedundancy(payload).blocks).toEqual(
          said.slice(i - known, i).map((data, k) => ({
            payloadType: OPUS,
            timestampOffset: (known - k) * PACKET_TICKS,
            data,
          })),
        );
      });
    }
    for (const { peer } of fine) expect(peer.heard.map(({ payload }) => payload)).toEqual(said);
    expect(benches.near.statistics().redundancy).toEqual({ recovered: 0, sent: 50, subscribers: 1 });
    expect(benches.far.statistics().redundancy).toEqual({ recovered: 0, sent: 50, subscribers: 1 });
  });

  test('misses nothing though two packets in a row are lost again and again', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.1);
    speakPlain(benches, publication, 3);
    listener.peer.forget();
    const said = speakPlain(benches, publication, 60);
    const arrived = listener.peer.heard.filter((_, i) => i % 6 > 1 || i === 0);
    expect(play(arrived).slice(-60)).toEqual(hex(said));
  });

  test('whose numbers have rolled over goes on with them, with redundancy and without again', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    for (let i = 0; i < 3; i++) {
      speakPlain(benches, publication, 1);
      publication.stream.skip(0x7f00);
    }
    speakPlain(benches, publication, MIN_REPORTED_PACKETS);
    reportLoss(listener, 0.2);
    speakPlain(benches, publication, MIN_REPORTED_PACKETS);
    reportLoss(listener, 0.5);
    speakPlain(benches, publication, 1);
    const { heard } = listener.peer;
    expect(heard.slice(-2).map(({ payloadType }) => payloadType)).toEqual([RED, OPUS]);
    const last = heard.at(-1)?.index ?? 0;
    expect(last).toBeGreaterThan(0x1_0000);
    expect(heard.map(({ index }) => last - index).slice(-50)).toEqual(
      Array.from({ length: 50 }, (_, i) => 49 - i),
    );
  });

  test('who accepts none gets none', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication, { redPayloadType: null });
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.3);
    speakPlain(benches, publication, 10);
    expect(listener.peer.heard.every(({ payloadType }) => payloadType === OPUS)).toBe(true);
    expect(benches.near.statistics().redundancy.subscribers).toBe(0);
  });

  test('gets packets of nothing but padding as they are', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.3);
    listener.peer.forget();
    speakPlain(benches, publication, 1);
    publication.stream.send({ payload: Buffer.alloc(0), padding: 9 });
    speakPlain(benches, publication, 1);
    expect(listener.peer.heard.map((packet) => [packet.payloadType, packet.padding])).toEqual([
      [RED, 0],
      [RED, 9],
      [RED, 0],
    ]);
    const { blocks } = parseRedundancy(listener.peer.heard[2]?.payload ?? Buffer.alloc(0));
    expect(blocks.map(({ timestampOffset }) => timestampOffset)).toEqual([2 * PACKET_TICKS]);
  });

  test('who has subscribed again needs reports of packets since then', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    const { bench, ssrc, peer } = listener;
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0);
    bench.unsubscribe(listener);
    listen(bench, publication, { ssrc }, peer);
    speakPlain(benches, publication, MIN_REPORTED_PACKETS - 1);
    reportLoss(listener, 0.3);
    expect(bench.statistics().redundancy.subscribers).toBe(0);
    speakPlain(benches, publication, 1);
    reportLoss(listener, 0.3);
    expect(bench.statistics().redundancy.subscribers).toBe(1);
  });

  test('gets them as they were when it asks for them again', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.3);
    speakPlain(benches, publication, 1);
    publication.stream.send({ payload: Buffer.alloc(0), padding: 9 });
    benches.advance(PACKET_INTERVAL);
    const probe = listener.peer.heard.at(-1);
    listener.peer.sendRtcp(buildNack(listener.ssrc, probe?.sequenceNumber ?? 0));
    listener.bench.pump();
    expect(listener.peer.heard.slice(-2).map(({ padding }) => padding)).toEqual([9, 9]);
  });

  test('gets it with the payload types of its own SDP', () => {
    const publication = benches.publish({ signalled: { redPayloadType: RED } });
    const [one, other] = [
      listen(benches.near, publication),
      listen(benches.near, publication, { payloadType: 109, redPayloadType: 110 }),
    ];
    speakPlain(benches, publication, 50);
    for (const listener of [one, other]) reportLoss(listener, 0.1);
    speakPlain(benches, publication, 5);
    const types = ({ peer }: Listener) => {
      const last = peer.heard.at(-1);
      const { blocks, payloadType } = parseRedundancy(last?.payload ?? Buffer.alloc(0));
      return [last?.payloadType, payloadType, ...blocks.map((block) => block.payloadType)];
    };
    expect(types(one)).toEqual([RED, OPUS, OPUS, OPUS]);
    expect(types(other)).toEqual([110, 109, 109, 109]);
  });

  test('gets it with all its streams, those too that come later, till loss has been low for long', () => {
    const [first, second, third] = [benches.publish(), benches.publish(), benches.publish()];
    const listener = listen(benches.near, first);
    listen(benches.near, second, {}, listener.peer);
    speakPlain(benches, first, 50);
    reportLoss(listener, 0.2);
    listen(benches.near, third, {}, listener.peer);
    listener.peer.forget();
    for (const publication of [first, second, third]) speakPlain(benches, publication, 2);
    expect(listener.peer.heard.map(({ payloadType }) => payloadType)).toEqual(
      Array.from({ length: 6 }, () => RED),
    );
    for (let waited = 0; waited <= REDUNDANCY_OFF_TIME; waited += 1_000) {
      speakPlain(benches, first, 50);
      reportLoss(listener, 0);
    }
    listener.peer.forget();
    for (const publication of [first, second, third]) speakPlain(benches, publication, 2);
    expect(listener.peer.heard.map(({ payloadType }) => payloadType)).toEqual(
      Array.from({ length: 6 }, () => OPUS),
    );
    expect(benches.near.memory.used).toBeGreaterThan(0);
  });

  test('hears of goodbyes and sender reports under redundancy as well', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.2);
    speakPlain(benches, publication, 5);
    const { peer, stream } = publication;
    const fields = { packetCount: 1, octetCount: 2, ntpSeconds: 3_900_000_000, ntpFraction: 5 };
    peer.sendRtcp(buildSenderReport({ ssrc: stream.ssrc, rtpTimestamp: stream.timestamp, ...fields }));
    benches.exchange();
    const [sent] = listener.peer.rtcp(SENDER_REPORT);
    if (sent === undefined) throw new Error('there is no report');
    expect(readSenderReport(sent)).toMatchObject({ ssrc: listener.ssrc, packetCount: 55 });
    benches.near.control({ type: 'close-publication', publicationId: publication.id });
    benches.advance(PACKET_INTERVAL);
    expect(listener.peer.rtcp(BYE)).toHaveLength(1);
  });

  test('who leaves gives all memory back', () => {
    const publication = benches.publish();
    speakPlain(benches, publication, 1);
    const { used } = benches.near.memory;
    const listener = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.2);
    speakPlain(benches, publication, 5);
    benches.near.leave(listener.peer);
    benches.near.control({ type: 'close-publication', publicationId: publication.id });
    expect(benches.near.memory.used).toBeLessThanOrEqual(used);
  });

  test('gets packets that are too long for redundancy without, and those that leave no room not at all', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    reportLoss(listener, 0.2);
    listener.peer.forget();
    for (const length of [1_300, 1_399, 1_400, 1_023]) {
      publication.stream.send({ payload: Buffer.alloc(length, CELT) });
      benches.advance(PACKET_INTERVAL);
    }
    expect(listener.peer.heard.map(({ payload }) => payload.length)).toEqual([1_301, 1_400, 1_024]);
    expect(benches.near.drops.get('rtp-payload-too-long')).toBe(1);
  });
});
