import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MIN_REPORTED_PACKETS, REDUNDANCY_OFF_TIME } from './forward/redundancy-demand.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { type MediaBench, prepareBenches } from './testing/media-bench.js';
import { listen, RED, RedundantSpeaker, reportLoss, sound } from './testing/redundant-speech.js';
import { PACKET_INTERVAL } from './testing/test-stream.js';

/** Audio levels (RFC 6464) of speech, and of none. */
const LOUD = 0x80 | 25;
const QUIET = 70;
/** Packets after which it has been noticed that somebody speaks. */
const SPEECH_PACKETS = 15;

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

/** What happens between two packets. */
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('speak', 'lose', 'hold back', 'deliver') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('loss here', 'loss there', 'calm', 'rejoin', 'silence', 'voice'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('speaks', 'ceases', 'few are heard', 'all are heard'),
  },
  // Two of the long ones have the numbers of a route roll over; the longest begin a stretch.
  { weight: 2, arbitrary: fc.constantFrom(1, 2, 0x7f00, 0x7f00, 0x7fff).map((skipped) => ({ skipped })) },
);

test('whoever gets redundancy and when, whatever is lost, late or recovered, no keystream is used twice', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 10, maxLength: 40 }), fc.boolean(), (happenings, isRed) => {
      const publication = benches.publish({ sequenceNumber: 0xffff, signalled: { redPayloadType: RED } });
      const { peer, stream } = publication;
      const speaker = new RedundantSpeaker(benches, publication, 2);
      let level = LOUD;
      const next = () => (isRed ? speaker.next(level) : stream.next({ payload: sound(), level }));
      const say = (packets = 1) => {
        for (let i = 0; i < packets; i++) {
          peer.send(next());
          benches.advance(PACKET_INTERVAL);
        }
      };
      const [ssrc, slotSsrc] = [77, 78];
      let listeners = [benches.near, benches.far].map((bench) => listen(bench, publication, { ssrc }));
      const tell = (loss: number, bench?: MediaBench) => {
        say(MIN_REPORTED_PACKETS);
        for (const listener of listeners) {
          if (bench === undefined || listener.bench === bench) reportLoss(listener, loss);
        }
      };
      const limit = (loudest: number | null) => {
        for (const bench of [benches.near, benches.far]) {
          bench.control({ type: 'limit-room', roomId: 1, loudest, slots: 1 });
        }
      };
      limit(null);
      for (const { bench, peer: listener } of listeners) {
        bench.openSlot(listener, 0, { ssrc: slotSsrc, redPayloadType: RED });
      }
      const late: Buffer[] = [];
      for (const what of happenings) {
        if (what === 'lose') next();
        else if (what === 'hold back') late.push(next());
        else if (what === 'deliver') for (const packet of late.splice(0)) peer.send(packet);
        else if (what === 'speaks' || what === 'ceases') {
          level = what === 'speaks' ? LOUD : QUIET;
          say(SPEECH_PACKETS);
        } else if (what === 'few are heard') limit(1);
        else if (what === 'all are heard') limit(null);
        else if (what === 'loss here') tell(0.2, benches.near);
        else if (what === 'loss there') tell(0.2, benches.far);
        else if (what === 'calm') {
          tell(0);
          benches.advance(REDUNDANCY_OFF_TIME);
          tell(0);
        } else if (what === 'silence' || what === 'voice') {
          const silenced = what === 'silence';
          benches.near.control({ type: 'silence-publication', publicationId: publication.id, silenced });
        } else if (what === 'rejoin') {
          listeners = listeners.map(({ bench, peer: listener, subscriptionId }) => {
            bench.unsubscribe({ subscriptionId });
            return listen(bench, publication, { ssrc }, listener);
          });
        } else if (typeof what === 'object') stream.skip(what.skipped);
        say();
      }
      for (const { bench, peer: listener } of listeners) {
        for (const heard of [listener.heardFrom(ssrc), listener.heardFrom(slotSsrc)]) {
          expect(new Set(heard.map(({ index }) => index)).size).toBe(heard.length);
        }
        bench.leave(listener);
      }
      benches.near.leave(peer);
    }),
    { numRuns: 30 },
  );
});
