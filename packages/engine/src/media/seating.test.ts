import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinkedBenches } from './testing/linked-benches.js';
import { type MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildNack, buildReceiverReport } from './testing/rtcp-packets.js';
import type { HeardPacket, TestPeer } from './testing/test-peer.js';

const ROOM = 1;
/** Octets of RFC 6464: voice at -20 dBov, and a quiet room. */
const LOUD = 0x80 | 20;
const QUIET = 70;
const PACKET = 20;
/** Packets of a step: longer than it takes to be found speaking. */
const STEP = 12;
const PUBLISHERS = 3;
const RUNS = { numRuns: 12 };
const LENGTH = { minLength: 4, maxLength: 14 };
/** SSRCs of what a listener subscribes to: of the publishers' streams from the first on, of slots from the second on. */
const STREAMS = 100;
const SLOTS = 200;
/** Payload type of redundancy, for who reports losses. */
const RED = 63;

const parts = await prepareBenches();

type Happening =
  | { readonly speak: readonly number[]; readonly pause: number }
  | { readonly limit: readonly [number | null, number] }
  | { readonly silence: number; readonly silenced: boolean }
  | { readonly rejoin: number }
  | { readonly changeSource: number }
  | { readonly holdBack: number }
  | { readonly lose: number; readonly packets: number }
  | { readonly ask: readonly number[] }
  | { readonly report: number }
  | 'deliver';

const who = fc.nat(PUBLISHERS - 1);
const speak = fc.record({
  speak: fc.uniqueArray(who, { maxLength: 3 }),
  pause: fc.constantFrom(0, 0, 100, 400, 11_000),
});
const harmless: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: speak },
  {
    weight: 2,
    arbitrary: fc.record({
      limit: fc.constantFrom<readonly [number | null, number]>([null, 0], [null, 2], [1, 1], [2, 2], [3, 1]),
    }),
  },
  fc.record({ silence: who, silenced: fc.boolean() }),
  fc.record({ rejoin: who }),
  fc.record({ changeSource: who }),
);
const lossy: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: harmless },
  { weight: 2, arbitrary: fc.record({ holdBack: who }) },
  fc.constant<Happening>('deliver'),
  fc.record({ lose: who, packets: fc.constantFrom(1, 50, 0x7ffe, 0x7fff, 0x8000) }),
);
/** Packets that all listeners ask for again, counted from the last one of each stream, and losses that they report. */
const repaired: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: lossy },
  {
    weight: 6,
    arbitrary: fc.record({
      ask: fc.uniqueArray(fc.integer({ min: -1, max: 24 }), { minLength: 1, maxLength: 8 }),
    }),
  },
  fc.record({ report: fc.constantFrom(0.3, 0.6) }),
);

/** A room on two workers, in which all hear all: by a subscription for each and by slots. */
class Room {
  readonly benches = new LinkedBenches(parts);
  readonly publications: Published[] = [];
  readonly listeners: { readonly bench: MediaBench; readonly peer: TestPeer }[] = [];
  readonly #ssrcs: number[] = [];
  readonly #opened = new Map<string, { readonly subscriptionId: number }>();
  readonly #late: { readonly peer: TestPeer; readonly packet: Buffer }[] = [];

  constructor() {
    const { near, far } = this.benches;
    for (let i = 0; i < PUBLISHERS; i++) {
      const options = { ssrcs: [], midExtension: null, sequenceNumber: 0, ssrc: 10_000 * (i + 1) };
      const published = this.benches.publish(options);
      this.publications.push(published);
      this.#ssrcs.push(options.ssrc);
    }
    this.listeners = [
      { bench: near, peer: near.join() },
      { bench: far, peer: far.join() },
      ...this.publications.slice(0, 1).map(({ peer }) => ({ bench: near, peer })),
    ];
    for (const number of this.publications.keys()) this.#subscribe(number);
    for (const { bench, peer } of this.listeners) {
      this.#openSlot(bench, peer, 0);
      // For one who has fewer slots the others' seats change.
      if (peer !== this.listeners[0]?.peer) this.#openSlot(bench, peer, 1);
    }
  }

  happen(happening: Happening): void {
    if (happening === 'deliver') {
      for (const { peer, packet } of this.#late.splice(0)) peer.send(packet);
      this.benches.advance(0);
    } else if ('speak' in happening) this.#speak(happening.speak, happening.pause);
    else if ('limit' in happening) this.#limit(...happening.limit);
    else if ('silence' in happening) {
      const publicationId = this.#publication(happening.silence).id;
      this.benches.near.control({ type: 'silence-publication', publicationId, silenced: happening.silenced });
    } else if ('rejoin' in happening) this.#rejoin(happening.rejoin);
    else if ('changeSource' in happening) this.#changeSource(happening.changeSource);
    else if ('ask' in happening) this.#ask(happening.ask);
    else if ('report' in happening) this.#report(happening.report);
    else if ('lose' in happening) this.#publication(happening.lose).stream.skip(happening.packets);
    else this.#holdBack(happening.holdBack);
  }

  #publication(number: number): Published {
    const publication = this.publications[number];
    if (publication === undefined) throw new Error(`there is no publication ${number}`);
    return publication;
  }

  #speak(speakers: readonly number[], pause: number): void {
    this.benches.advance(pause);
    for (let i = 0; i < STEP; i++) {
      for (const [number, { stream }] of this.publications.entries()) {
        stream.send({ ssrc: this.#ssrcs[number] ?? 0, level: speakers.includes(number) ? LOUD : QUIET });
      }
      this.benches.advance(PACKET);
    }
  }

  #limit(loudest: number | null, slots: number): void {
    for (const bench of [this.benches.near, this.benches.far]) {
      bench.control({ type: 'limit-room', roomId: ROOM, loudest, slots });
    }
  }

  #holdBack(number: number): void {
    const { stream, peer } = this.#publication(number);
    this.#late.push({ peer, packet: stream.next({ ssrc: this.#ssrcs[number] ?? 0, level: LOUD }) });
  }

  #ask(back: readonly number[]): void {
    for (const { bench, peer } of this.listeners) {
      for (const [ssrc, newest] of this.#newest(peer)) {
        peer.sendRtcp(buildNack(ssrc, ...back.map((distance) => (newest - distance) & 0xffff)));
        bench.pump();
      }
    }
  }

  #report(fractionLost: number): void {
    const none = { cumulativeLost: 0, highestSequenceNumber: 0, jitter: 0, lastSenderReport: 0 };
    for (const { bench, peer } of this.listeners) {
      const blocks = [...this.#newest(peer).keys()].map((ssrc) => {
        return { ...none, ssrc, fractionLost: Math.round(fractionLost * 256), delaySinceLastSenderReport: 0 };
      });
      if (blocks.length > 0) peer.sendRtcp(buildReceiverReport(1, blocks));
      bench.pump();
    }
  }

  /** The newest sequence number of each stream that a peer hears. */
  #newest({ heard }: TestPeer): Map<number, number> {
    const newest = new Map<number, HeardPacket>();
    for (const packet of heard) {
      const before = newest.get(packet.ssrc);
      if (before === undefined || packet.index > before.index) newest.set(packet.ssrc, packet);
    }
    return new Map([...newest].map(([ssrc, { sequenceNumber }]) => [ssrc, sequenceNumber]));
  }

  /** Its packets come with another SSRC from here on, which is followed when the first one has been silent for a while. */
  #changeSource(number: number): void {
    this.#late.length = 0;
    this.benches.advance(300);
    this.#ssrcs[number] = (this.#ssrcs[number] ?? 0) + 1;
  }

  /** All subscriptions to one, and slot 0 of the first two listeners, end and are opened again with their SSRCs. */
  #rejoin(number: number): void {
    for (const [name, { subscriptionId }] of this.#opened) {
      if (!name.endsWith(`/${STREAMS + number}`)) continue;
      for (const bench of [this.benches.near, this.benches.far]) bench.unsubscribe({ subscriptionId });
    }
    this.#subscribe(number);
    for (const { bench, peer } of this.listeners.slice(0, 2)) {
      const opened = this.#opened.get(`${peer.transportId}/${SLOTS}`);
      if (opened !== undefined) bench.unsubscribe(opened);
      this.#openSlot(bench, peer, 0);
    }
  }

  #subscribe(number: number): void {
    const publication = this.#publication(number);
    const ssrc = STREAMS + number;
    for (const { bench, peer } of this.listeners) {
      if (peer === publication.peer) continue;
      this.#opened.set(
        `${peer.transportId}/${ssrc}`,
        bench.subscribe(peer, publication, { ssrc, redPayloadType: RED }),
      );
    }
  }

  #openSlot(bench: MediaBench, peer: TestPeer, slot: number): void {
    const ssrc = SLOTS + slot;
    this.#opened.set(
      `${peer.transportId}/${ssrc}`,
      bench.openSlot(peer, slot, { ssrc, redPayloadType: RED }),
    );
  }
}

/** Has all of it happen, and then all speak. */
function run(happenings: readonly Happening[]): Room {
  const room = new Room();
  for (const happening of happenings) room.happen(happening);
  room.happen({ speak: [0, 1, 2], pause: 0 });
  room.benches.close();
  return room;
}

/** What is sent to a peer is judged by itself: it throws when an index comes twice. */
test('whoever speaks, joins, changes or comes late in a room of seats, no keystream is used twice', () => {
  fc.assert(
    fc.property(fc.array(lossy, LENGTH), (happenings) => {
      for (const { peer } of run(happenings).listeners) {
        const indices = peer.heard.map(({ ssrc, index }) => `${ssrc}/${index}`);
        expect(new Set(indices).size).toBe(indices.length);
      }
    }),
    RUNS,
  );
});

/** What is sent again under one number has to be the same octet for octet: that as well is judged by the peers. */
test('whatever is asked for again in a room of seats, with redundancy or without, no keystream is used for two plaintexts', () => {
  let again = 0;
  fc.assert(
    fc.property(fc.array(repaired, { minLength: 8, maxLength: 24 }), (happenings) => {
      for (const { peer } of run(happenings).listeners) {
        again += peer.heard.length - new Set(peer.heard.map(({ ssrc, index }) => `${ssrc}/${index}`)).size;
      }
    }),
    RUNS,
  );
  expect(again).toBeGreaterThan(20);
});

test('without loss, sequence numbers are contiguous at each subscriber, and nobody hears itself or anything twice', () => {
  fc.assert(
    fc.property(fc.array(harmless, LENGTH), (happenings) => {
      const { listeners } = run(happenings);
      for (const { peer } of listeners) {
        for (const ssrc of new Set(peer.heard.map((packet) => packet.ssrc))) {
          const heard = peer.heardFrom(ssrc);
          const breaks = heard.filter(({ index, timestamp }, i) => {
            const before = heard[i - 1];
            if (before === undefined) return false;
            return index !== before.index + 1 || ((timestamp - before.timestamp) | 0) <= 0;
          });
          expect(breaks).toEqual([]);
        }
        for (const kind of [STREAMS, SLOTS]) {
          const texts = peer.heard
            .filter(({ ssrc }) => Math.floor(ssrc / 100) * 100 === kind)
            .map(({ payload }) => payload.toString('hex'));
          expect(new Set(texts).size).toBe(texts.length);
        }
      }
    }),
    RUNS,
  );
});
