import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LinkedBenches } from './testing/linked-benches.js';
import { type Published, prepareBenches } from './testing/media-bench.js';
import { findGaps } from './testing/packet-gaps.js';
import { buildSenderReport, readReportBlocks, readSenderReport } from './testing/rtcp-packets.js';
import { PACKET_INTERVAL, PACKET_TICKS } from './testing/test-stream.js';
import { CONNECTIVITY_TIMEOUT } from './transport-timeouts.js';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

function silence({ id }: Published, silenced: boolean): void {
  benches.near.control({ type: 'silence-publication', publicationId: id, silenced });
}

function report({ peer, stream }: Published): void {
  const fields = { packetCount: 1, octetCount: 2, ntpSeconds: 3_900_000_000, ntpFraction: 0x8765_4321 };
  peer.sendRtcp(buildSenderReport({ ssrc: stream.ssrc, rtpTimestamp: stream.timestamp, ...fields }));
  benches.exchange();
}

describe('a silenced publication', () => {
  test('is heard by nobody, on no worker, till that ends', () => {
    const publication = benches.publish();
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 3);
    silence(publication, true);
    benches.speak(publication, 10);
    for (const { heard } of listeners) expect(heard).toHaveLength(3);
    expect(benches.near.drops.get('rtp-silenced')).toBe(10);
    silence(publication, false);
    benches.speak(publication, 4);
    for (const { heard } of listeners) expect(heard).toHaveLength(7);
    expect(benches.near.drops.get('rtp-silenced')).toBe(10);
  });

  test.each([0, 1, 10, 80])('leaves no gap behind, of however many packets: %i times 500', (times) => {
    const publication = benches.publish({ sequenceNumber: 65_530 });
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 5);
    silence(publication, true);
    benches.speak(publication, 1);
    for (let i = 0; i < times; i++) {
      publication.stream.skip(499);
      benches.advance(499 * PACKET_INTERVAL);
      benches.speak(publication, 1);
    }
    silence(publication, false);
    benches.speak(publication, 5);
    for (const { heard } of listeners) {
      expect(heard).toHaveLength(10);
      expect(findGaps(heard)).toEqual([]);
    }
  });

  test('may be silenced again and again, twice in a row as well', () => {
    const publication = benches.publish();
    const listeners = benches.listenTo(publication);
    for (let i = 0; i < 300; i++) {
      benches.speak(publication, 1);
      silence(publication, true);
      if (i % 2 === 0) silence(publication, true);
      if (i % 3 === 0) benches.speak(publication, 1);
      silence(publication, false);
    }
    for (const { heard } of listeners) {
      expect(heard).toHaveLength(300);
      expect(findGaps(heard)).toEqual([]);
    }
  });

  test('from its start begins with the first packet behind that, for who came before and meanwhile', () => {
    const publication = benches.publish();
    silence(publication, true);
    const early = benches.listenTo(publication);
    benches.speak(publication, 3);
    const late = benches.listenTo(publication);
    benches.speak(publication, 3);
    silence(publication, false);
    benches.speak(publication, 2);
    for (const { heard } of [...early, ...late]) {
      expect(heard).toHaveLength(2);
      expect(findGaps(heard)).toEqual([]);
    }
  });

  test('counts as started, and is received: reports go back, and the transport lives', () => {
    const publication = benches.publish();
    silence(publication, true);
    benches.speak(publication, 1);
    expect(benches.near.events.filter(({ type }) => type === 'publication-started')).toHaveLength(1);
    publication.peer.keepsAlive = false;
    publication.stream.skip(2);
    for (let waited = 0; waited < 2 * CONNECTIVITY_TIMEOUT; waited += 1_000) {
      publication.stream.send();
      benches.advance(1_000);
    }
    expect(benches.near.closeReason(publication.peer)).toBeNull();
    const [last] = publication.peer.rtcp(RECEIVER_REPORT).slice(-1).flatMap(readReportBlocks);
    expect(last?.cumulativeLost).toBe(2);
    expect(benches.near.participant(publication.peer).packetsIn).toBe(121);
  });

  test('has no packet taken twice', () => {
    const publication = benches.publish();
    silence(publication, true);
    const packet = publication.stream.next();
    publication.peer.send(packet);
    publication.peer.send(packet);
    benches.exchange();
    expect(benches.near.drops.get('rtp-silenced')).toBe(1);
    expect(benches.near.drops.get('srtp-replayed')).toBe(1);
  });

  test('passes no sender report on, and those behind it name the route as it goes on', () => {
    const publication = benches.publish();
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 3);
    silence(publication, true);
    benches.speak(publication, 50);
    report(publication);
    for (const peer of listeners) expect(peer.rtcp(SENDER_REPORT)).toHaveLength(0);
    benches.speak(publication, 250);
    const [answer] = publication.peer.rtcp(RECEIVER_REPORT).slice(-1).flatMap(readReportBlocks);
    expect(answer?.lastSenderReport).toBe(0x4700_8765);
    silence(publication, false);
    benches.speak(publication, 3);
    report(publication);
    for (const peer of listeners) {
      const [sent] = peer.rtcp(SENDER_REPORT);
      if (sent === undefined) throw new Error('there is no report');
      const last = peer.heard.at(-1);
      expect(readSenderReport(sent)).toMatchObject({
        rtpTimestamp: ((last?.timestamp ?? 0) + PACKET_TICKS) % 2 ** 32,
        packetCount: 6,
      });
    }
  });

  test('goes on from another source', () => {
    const publication = benches.publish({ ssrcs: [], midExtension: null });
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 3);
    silence(publication, true);
    benches.advance(1_000);
    const ssrc = (publication.stream.ssrc + 1) >>> 0;
    for (const silenced of [true, false]) {
      silence(publication, silenced);
      for (let i = 0; i < 3; i++) {
        publication.stream.send({ ssrc });
        benches.advance(PACKET_INTERVAL);
      }
    }
    for (const { heard } of listeners) {
      expect(heard).toHaveLength(6);
      expect(findGaps(heard)).toEqual([]);
    }
  });

  test('that is unknown or closed by now is passed over', () => {
    const publication = benches.publish();
    benches.near.control({ type: 'close-publication', publicationId: publication.id });
    silence(publication, true);
    silence({ ...publication, id: 9_999 }, true);
  });
});

/** What happens between two packets. */
const happening = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('speak', 'silence', 'voice', 'hold back', 'deliver', 'rejoin'),
  },
  fc.constantFrom(1, 100, 0x7ffe, 0x7fff, 0x8000).map((skipped) => ({ skipped })),
);

test('whatever is lost, overtaken, silenced or subscribed to again, no keystream is used twice', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 10, maxLength: 60 }), (happenings) => {
      const publication = benches.publish({ sequenceNumber: 0xffff });
      const [here, there] = [benches.near.join(), benches.far.join()];
      const ssrc = 77;
      let subscriptions = [
        { bench: benches.near, peer: here, ...benches.near.subscribe(here, publication, { ssrc }) },
        { bench: benches.far, peer: there, ...benches.far.subscribe(there, publication, { ssrc }) },
      ];
      const { stream, peer } = publication;
      const late: Buffer[] = [];
      for (const what of happenings) {
        if (what === 'silence' || what === 'voice') silence(publication, what === 'silence');
        else if (what === 'hold back') late.push(stream.next());
        else if (what === 'deliver') {
          for (const packet of late.splice(0)) peer.send(packet);
        } else if (what === 'rejoin') {
          subscriptions = subscriptions.map((subscription) => {
            subscription.bench.unsubscribe(subscription);
            return {
              ...subscription,
              ...subscription.bench.subscribe(subscription.peer, publication, { ssrc }),
            };
          });
        } else if (typeof what === 'object') stream.skip(what.skipped);
        stream.send();
        benches.advance(PACKET_INTERVAL);
      }
      for (const { heard } of [here, there]) {
        expect(new Set(heard.map(({ index }) => index)).size).toBe(heard.length);
      }
      for (const bench of [benches.near, benches.far]) bench.leave(bench === benches.near ? here : there);
      benches.near.leave(peer);
    }),
    { numRuns: 100 },
  );
});
