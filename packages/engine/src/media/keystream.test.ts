import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { LinkedBenches } from './testing/linked-benches.js';
import { type MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildNack } from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';

/** Milliseconds of a packet. */
const PACKET = 20;
const SSRC = 77;
const RETRANSMISSION = { payloadType: 112, ssrc: 78 };

const benches = new LinkedBenches(await prepareBenches());
afterAll(() => benches.close());

interface Listener {
  readonly bench: MediaBench;
  readonly peer: TestPeer;
  readonly retransmission: typeof RETRANSMISSION | null;
  subscription: { readonly subscriptionId: number };
}

function listen(bench: MediaBench, publication: Published, withRetransmission: boolean): Listener {
  const peer = bench.join();
  const retransmission = withRetransmission ? RETRANSMISSION : null;
  const subscription = bench.subscribe(peer, publication, { ssrc: SSRC, retransmission });
  return { bench, peer, retransmission, subscription };
}

/** Asks for packets that were heard, counted from the last, and for some that were not. */
function ask({ bench, peer }: Listener, back: readonly number[]): void {
  const newest = peer.heardFrom(SSRC).at(-1)?.sequenceNumber ?? 0;
  peer.sendRtcp(buildNack(SSRC, ...back.map((distance) => (newest - distance) & 0xffff)));
  bench.pump();
}

const back = fc.oneof(fc.integer({ min: -2, max: 20 }), fc.constantFrom(100, 130, 0x7fff, 0x8000));
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('speak', 'hold back', 'deliver', 'wait', 'come', 'go') },
  { weight: 2, arbitrary: fc.constantFrom('rejoin', 'switch', 'silence', 'voice') },
  { weight: 6, arbitrary: fc.array(back, { minLength: 1, maxLength: 8 }) },
  fc.constantFrom(1, 100, 0x7ffe, 0x8000).map((skipped) => ({ skipped })),
);

/** A source that leaps twice by nearly half a cycle, and requests for numbers that were not sent yet, but long ago. */
const LEAPS = [
  ...['deliver', 'deliver', [11], { skipped: 0x7ffe }, { skipped: 0x7ffe }, [100, -2, 2, 14, 0x7fff]],
  ...[[130, 20, 0x8000], [8], { skipped: 0x7ffe }, 'wait', [0x8000, 130, 16, 1]],
];

/** The peers judge: two packets of one SSRC and index have to be the same octet for octet. */
test('whatever is asked for, lost, overtaken, switched, silenced and joined, no keystream is used for two plaintexts', () => {
  let resent = 0;
  fc.assert(
    fc.property(fc.array(happening, { minLength: 10, maxLength: 60 }), (happenings) => {
      const publications = [0xffff, 5].map((sequenceNumber) => benches.publish({ sequenceNumber }));
      const [first, second] = publications;
      if (first === undefined || second === undefined) throw new Error('there are no publications');
      const listeners = [benches.near, benches.far].flatMap((bench) =>
        [true, false].map((withRetransmission) => listen(bench, first, withRetransmission)),
      );
      // For them the caches hold packets that the listeners' routes never had.
      const others = [benches.near, benches.far].map((bench) => ({ bench, peer: bench.join() }));
      for (const { bench, peer } of others)
        for (const publication of publications) bench.subscribe(peer, publication);
      const comers: { readonly bench: MediaBench; readonly peer: TestPeer }[] = [];
      const late: (() => void)[] = [];
      let heard = first;
      for (const what of happenings) {
        if (Array.isArray(what)) for (const listener of listeners) ask(listener, what);
        else if (what === 'hold back')
          for (const { stream, peer } of publications) {
            const packet = stream.next();
            late.push(() => peer.send(packet));
          }
        else if (what === 'deliver') for (const deliver of late.splice(0)) deliver();
        else if (what === 'wait') benches.advance(100);
        else if (what === 'come') {
          const peer = benches.near.join();
          benches.near.subscribe(peer, heard);
          comers.push({ bench: benches.near, peer });
        } else if (what === 'go') {
          const gone = comers.pop();
          gone?.bench.leave(gone.peer);
        } else if (what === 'rejoin')
          for (const listener of listeners) {
            const { bench, peer, retransmission, subscription } = listener;
            bench.unsubscribe(subscription);
            listener.subscription = bench.subscribe(peer, heard, { ssrc: SSRC, retransmission });
          }
        else if (what === 'switch') {
          heard = heard === first ? second : first;
          for (const { bench, subscription } of listeners) bench.switchTo(subscription, heard);
        } else if (what === 'silence' || what === 'voice') {
          const silenced = what === 'silence';
          benches.near.control({ type: 'silence-publication', publicationId: heard.id, silenced });
        } else if (typeof what === 'object') heard.stream.skip(what.skipped);
        for (const { stream } of publications) stream.send();
        benches.advance(PACKET);
      }
      for (const { heard: packets } of listeners.map(({ peer }) => peer))
        resent += packets.length - new Set(packets.map(({ ssrc, index }) => `${ssrc}/${index}`)).size;
      for (const { bench, peer } of [...listeners, ...others, ...comers]) bench.leave(peer);
      for (const { peer } of publications) benches.near.leave(peer);
    }),
    { numRuns: 20, examples: [[LEAPS]] },
  );
  expect(resent).toBeGreaterThan(20);
});
