import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LinkedBenches } from './testing/linked-benches.js';
import { prepareBenches } from './testing/media-bench.js';
import { findGaps } from './testing/packet-gaps.js';
import { hex, listen, play, reportLoss, speakPlain } from './testing/redundant-speech.js';
import { buildBye, buildSenderReport, readReportBlocks } from './testing/rtcp-packets.js';
import { PACKET_INTERVAL } from './testing/test-stream.js';
import { CONNECTIVITY_TIMEOUT, MEDIA_TIMEOUT } from './transport-timeouts.js';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const EVERYTHING = { publish: true, subscribe: true };
const LISTEN_ONLY = { publish: false, subscribe: true };
const SPEAK_ONLY = { publish: true, subscribe: false };

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

function countStarted(): number {
  return benches.near.events.filter(({ type }) => type === 'publication-started').length;
}

describe('who may not publish', () => {
  test('is heard by nobody, counts as nobody who has begun, and is heard with the next packet once it may', () => {
    const peer = benches.near.join({ permissions: LISTEN_ONLY });
    const publication = benches.near.publish(peer);
    const listener = benches.near.join();
    benches.near.subscribe(listener, publication);
    benches.speak(publication, 10);
    expect(listener.heard).toHaveLength(0);
    expect(countStarted()).toBe(0);
    expect(benches.near.drops.get('rtp-not-permitted')).toBe(10);
    expect(benches.near.participant(peer).packetsIn).toBe(10);
    benches.near.permit(peer, EVERYTHING);
    benches.speak(publication, 3);
    expect(listener.heard).toHaveLength(3);
    expect(countStarted()).toBe(1);
  });

  test('from some moment on is not heard from then on, on no worker, though it goes on sending', () => {
    const publication = benches.publish();
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 3);
    benches.near.permit(publication.peer, LISTEN_ONLY);
    benches.speak(publication, 10);
    for (const { heard } of listeners) expect(heard).toHaveLength(3);
    expect(benches.near.drops.get('rtp-not-permitted')).toBe(10);
  });

  test.each([0, 1, 80])(
    'for a while leaves no gap behind, of however many packets: %i times 500',
    (times) => {
      const publication = benches.publish({ sequenceNumber: 65_530 });
      const listeners = benches.listenTo(publication);
      benches.speak(publication, 5);
      benches.near.permit(publication.peer, LISTEN_ONLY);
      for (let i = 0; i < times; i++) {
        publication.stream.skip(499);
        benches.advance(499 * PACKET_INTERVAL);
        benches.speak(publication, 1);
      }
      benches.near.permit(publication.peer, EVERYTHING);
      benches.speak(publication, 5);
      for (const { heard } of listeners) {
        expect(heard).toHaveLength(10);
        expect(findGaps(heard)).toEqual([]);
      }
    },
  );

  test('is told of no loss by what was dropped', () => {
    const publication = benches.publish();
    benches.speak(publication, 50);
    benches.near.permit(publication.peer, LISTEN_ONLY);
    benches.speak(publication, 500);
    benches.near.permit(publication.peer, EVERYTHING);
    benches.speak(publication, 200);
    const [last] = publication.peer.rtcp(RECEIVER_REPORT).slice(-1).flatMap(readReportBlocks);
    expect(last?.cumulativeLost).toBe(0);
  });

  test('stays when it sends nothing, as a listener does', () => {
    const publication = benches.publish();
    benches.speak(publication, 3);
    benches.near.permit(publication.peer, LISTEN_ONLY);
    benches.advance(2 * MEDIA_TIMEOUT);
    expect(benches.near.closeReason(publication.peer)).toBeNull();
    benches.near.permit(publication.peer, EVERYTHING);
    benches.speak(publication, 1);
    benches.advance(2 * MEDIA_TIMEOUT);
    expect(benches.near.closeReason(publication.peer)).toBe('media-timeout');
  });

  test('is not kept by media without connectivity checks', () => {
    const publication = benches.publish();
    benches.near.permit(publication.peer, LISTEN_ONLY);
    publication.peer.keepsAlive = false;
    for (let waited = 0; waited < 2 * CONNECTIVITY_TIMEOUT; waited += 1_000) {
      publication.stream.send();
      benches.advance(1_000);
    }
    expect(benches.near.closeReason(publication.peer)).toBe('connectivity-timeout');
  });

  test('passes no sender report on, and no goodbye again and again', () => {
    const publication = benches.publish();
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 3);
    benches.near.permit(publication.peer, LISTEN_ONLY);
    const { peer, stream } = publication;
    const fields = { packetCount: 1, octetCount: 2, ntpSeconds: 3_900_000_000, ntpFraction: 0x8765_4321 };
    for (let i = 0; i < 3; i++) {
      peer.sendRtcp(buildSenderReport({ ssrc: stream.ssrc, rtpTimestamp: stream.timestamp, ...fields }));
      peer.sendRtcp(buildBye(stream.ssrc));
      benches.speak(publication, 50);
    }
    for (const listener of listeners) {
      expect(listener.rtcp(SENDER_REPORT)).toHaveLength(0);
      expect(listener.rtcp(203).length).toBeLessThanOrEqual(1);
    }
  });

  test('is not heard by what it publishes later either, nor from an SSRC that its SDP does not name', () => {
    const peer = benches.near.join({ permissions: LISTEN_ONLY });
    const publication = benches.near.publish(peer, { ssrcs: [] });
    const listener = benches.near.join();
    benches.near.subscribe(listener, publication);
    publication.stream.send({ ssrc: 4_711 });
    benches.near.control({ type: 'close-publication', publicationId: publication.id });
    const later = benches.near.publish(peer);
    benches.near.subscribe(listener, later);
    benches.speak(later, 5);
    expect(listener.heard).toHaveLength(0);
    expect(benches.near.drops.get('rtp-not-permitted')).toBe(6);
  });

  test('has no seat among those who speak, and gives up the one that it had', () => {
    benches.near.control({ type: 'limit-room', roomId: 1, loudest: 1, slots: 0 });
    const [muted, other] = [benches.publish(), benches.publish()];
    const listener = benches.near.join();
    benches.near.subscribe(listener, muted);
    for (let i = 0; i < 100; i++) {
      muted.stream.send({ level: 0x80 | 20 });
      benches.advance(PACKET_INTERVAL);
    }
    expect(listener.heard.length).toBeGreaterThan(50);
    benches.near.permit(muted.peer, LISTEN_ONLY);
    benches.near.subscribe(listener, other);
    const before = listener.heard.length;
    for (let i = 0; i < 100; i++) {
      muted.stream.send({ level: 0x80 | 20 });
      other.stream.send({ level: 0x80 | 30 });
      benches.advance(PACKET_INTERVAL);
    }
    expect(listener.heard.length - before).toBeGreaterThan(50);
    expect(benches.near.drops.get('rtp-not-permitted')).toBe(100);
  });
});

describe('who may not subscribe', () => {
  test('is forwarded nothing, whatever is routed to it, and hears with the next packet once it may', () => {
    const publication = benches.publish();
    const early = benches.near.admit({ permissions: SPEAK_ONLY });
    benches.near.subscribe(early, publication);
    early.connect();
    const late = benches.near.join({ permissions: SPEAK_ONLY });
    const far = benches.far.join({ permissions: SPEAK_ONLY });
    benches.near.subscribe(late, publication);
    benches.far.subscribe(far, publication);
    benches.speak(publication, 10);
    for (const { heard } of [early, late, far]) expect(heard).toHaveLength(0);
    for (const peer of [early, late]) benches.near.permit(peer, EVERYTHING);
    benches.far.permit(far, EVERYTHING);
    benches.speak(publication, 5);
    for (const { heard } of [early, late, far]) expect(heard).toHaveLength(5);
  });

  test('from some moment on hears nothing from then on, and without a gap in the numbers when it may again', () => {
    const publication = benches.publish();
    const [here, there] = benches.listenTo(publication);
    for (let i = 0; i < 3; i++) {
      benches.speak(publication, 5);
      benches.near.permit(here, SPEAK_ONLY);
      benches.far.permit(there, SPEAK_ONLY);
      benches.speak(publication, 5);
      benches.near.permit(here, EVERYTHING);
      benches.far.permit(there, EVERYTHING);
    }
    for (const { heard } of [here, there]) {
      expect(heard).toHaveLength(15);
      const first = heard[0]?.index ?? 0;
      expect(heard.map(({ index }) => index - first)).toEqual(heard.map((_, i) => i));
    }
  });

  test('is not told later what was said meanwhile, by the copies of redundancy', () => {
    const publication = benches.publish();
    const [one, other] = [benches.near, benches.far].map((bench) => listen(bench, publication));
    if (one === undefined || other === undefined) throw new Error('there are two');
    const stays = listen(benches.near, publication);
    speakPlain(benches, publication, 50);
    for (const listener of [one, other, stays]) reportLoss(listener, 0.2);
    speakPlain(benches, publication, 5);
    for (const { bench, peer } of [one, other]) bench.permit(peer, SPEAK_ONLY);
    const unheard = speakPlain(benches, publication, 5);
    for (const { bench, peer } of [one, other]) bench.permit(peer, EVERYTHING);
    const said = speakPlain(benches, publication, 3);
    for (const { peer } of [one, other]) {
      const played = play(peer.heard);
      for (const packet of hex(unheard)) expect(played).not.toContain(packet);
      expect(played.slice(-3)).toEqual(hex(said));
    }
    expect(play(stays.peer.heard)).toHaveLength(63);
  });

  test('is not fed by a switch of its subscription', () => {
    const [one, other] = [benches.publish(), benches.publish()];
    const listener = benches.near.join();
    const subscription = benches.near.subscribe(listener, one);
    benches.near.permit(listener, SPEAK_ONLY);
    benches.near.switchTo(subscription, other);
    benches.speak(other, 5);
    expect(listener.heard).toHaveLength(0);
  });

  test('hears nobody on fixed slots, and never itself', () => {
    benches.near.control({ type: 'limit-room', roomId: 1, loudest: null, slots: 1 });
    const speaker = benches.publish();
    const listener = benches.near.join({ permissions: SPEAK_ONLY });
    benches.near.openSlot(listener, 0);
    benches.near.openSlot(speaker.peer, 0);
    const say = () => {
      for (let i = 0; i < 50; i++) {
        speaker.stream.send({ level: 0x80 | 20 });
        benches.advance(PACKET_INTERVAL);
      }
    };
    say();
    expect(listener.heard).toHaveLength(0);
    benches.near.permit(speaker.peer, SPEAK_ONLY);
    benches.near.permit(speaker.peer, EVERYTHING);
    benches.near.permit(listener, EVERYTHING);
    say();
    expect(listener.heard.length).toBeGreaterThan(30);
    expect(speaker.peer.heard).toHaveLength(0);
  });
});

test('permissions of somebody who has gone are passed over', () => {
  const { peer } = benches.publish();
  benches.near.leave(peer);
  benches.near.permit(peer, LISTEN_ONLY);
});

/** What happens between two packets. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'speak',
      'hold back',
      'deliver',
      'rejoin',
      'publish',
      'subscribe',
      'far subscribe',
    ),
  },
  fc.constantFrom(1, 100, 0x7fff, 0x8000).map((skipped) => ({ skipped })),
);

test('whatever is lost, overtaken, permitted and forbidden, no keystream is used twice, and nothing is heard without leave', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 10, maxLength: 60 }), (happenings) => {
      const publication = benches.publish({ sequenceNumber: 0xffff });
      const { stream, peer } = publication;
      const ssrc = 77;
      const listeners = [benches.near, benches.far].map((bench) => {
        const listener = bench.join();
        const { subscriptionId } = bench.subscribe(listener, publication, { ssrc });
        return { bench, peer: listener, subscriptionId, may: true };
      });
      const late: Buffer[] = [];
      let mayPublish = true;
      for (const what of happenings) {
        if (what === 'publish') {
          mayPublish = !mayPublish;
          benches.near.permit(peer, { publish: mayPublish, subscribe: true });
        } else if (what === 'subscribe' || what === 'far subscribe') {
          const listener = listeners[what === 'subscribe' ? 0 : 1];
          if (listener === undefined) continue;
          listener.may = !listener.may;
          listener.bench.permit(listener.peer, { publish: true, subscribe: listener.may });
        } else if (what === 'hold back') late.push(stream.next());
        else if (what === 'deliver') for (const packet of late.splice(0)) peer.send(packet);
        else if (what === 'rejoin') {
          for (const listener of listeners) {
            listener.bench.unsubscribe(listener);
            listener.subscriptionId = listener.bench.subscribe(listener.peer, publication, {
              ssrc,
            }).subscriptionId;
          }
        } else if (typeof what === 'object') stream.skip(what.skipped);
        const before = listeners.map(({ peer: { heard } }) => heard.length);
        stream.send();
        benches.advance(PACKET_INTERVAL);
        listeners.forEach(({ peer: { heard }, may }, i) => {
          if (!may || !mayPublish) expect(heard.length).toBe(before[i]);
        });
      }
      for (const { bench, peer: listener } of listeners) {
        expect(new Set(listener.heard.map(({ index }) => index)).size).toBe(listener.heard.length);
        bench.leave(listener);
      }
      benches.near.leave(peer);
    }),
    { numRuns: 60 },
  );
});
