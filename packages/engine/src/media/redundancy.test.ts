import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MIN_REPORTED_PACKETS, REDUNDANCY_OFF_TIME } from './forward/redundancy-demand.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { type BenchParts, MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildRedundancy, parseRedundancy } from './testing/redundancy-packets.js';
import {
  buildNack,
  buildReceiverReport,
  buildSenderReport,
  readSenderReport,
} from './testing/rtcp-packets.js';
import type { HeardPacket, TestPeer } from './testing/test-peer.js';
import { PACKET_TICKS } from './testing/test-stream.js';

const OPUS = 111;
const RED = 63;
const SENDER_REPORT = 200;
const BYE = 203;
/** Audio levels (RFC 6464) of speech, and of none. */
const LOUD = 0x80 | 25;
const QUIET = 70;
/** Packets after which it has been noticed that somebody speaks. */
const SPEECH_PACKETS = 15;
/** Milliseconds of a packet. */
const PACKET = 20;
/** Contents of CELT of 20 ms, in one frame. */
const CELT = 31 << 3;

let parts: BenchParts;
let benches: LinkedBenches;
beforeAll(async () => {
  parts = await prepareBenches();
});
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

function publish(): Published {
  return benches.publish({ signalled: { redPayloadType: RED } });
}

function sound(): Buffer {
  return Buffer.concat([Uint8Array.of(CELT), randomBytes(40)]);
}

/** What a browser sends that prefers RED: each packet with copies of those before. */
class RedundantSpeaker {
  /** All that was said. */
  readonly said: Buffer[] = [];
  readonly #publication: Published;
  readonly #copies: number;

  constructor(publication: Published, copies = 1) {
    this.#publication = publication;
    this.#copies = copies;
  }

  /** Protects the next packet without sending it. */
  next(level = 0x7f): Buffer {
    const primary = sound();
    const blocks = this.said.slice(-this.#copies).map((data, i, { length }) => {
      return { payloadType: OPUS, timestampOffset: (length - i) * PACKET_TICKS, data };
    });
    this.said.push(primary);
    const payload = buildRedundancy({ blocks, payloadType: OPUS, primary });
    return this.#publication.stream.next({ payload, payloadType: RED, level });
  }

  /** Speaks packet by packet; those of the numbers are lost on their way. */
  speak(packets: number, lost: readonly number[] = []): void {
    for (let i = 0; i < packets; i++) {
      const packet = this.next();
      if (!lost.includes(i)) this.#publication.peer.send(packet);
      benches.advance(PACKET);
    }
  }
}

/** Speaks plain Opus. @returns what was said */
function speak({ stream }: Published, packets: number): Buffer[] {
  return Array.from({ length: packets }, () => {
    const said = stream.send({ payload: sound() });
    benches.advance(PACKET);
    return said;
  });
}

interface Listener {
  readonly bench: MediaBench;
  readonly peer: TestPeer;
  readonly ssrc: number;
  readonly subscriptionId: number;
}

function listen(bench: MediaBench, publication: Published, options = {}, peer = bench.join()): Listener {
  const { ssrc, subscriptionId } = bench.subscribe(peer, publication, { redPayloadType: RED, ...options });
  return { bench, peer, ssrc, subscriptionId };
}

/** A listener on the publisher's worker, and one on the other. */
function listenTo(publication: Published): [Listener, Listener] {
  return [listen(benches.near, publication), listen(benches.far, publication)];
}

/** The listener reports a loss. */
function report({ bench, peer, ssrc }: Listener, fractionLost: number): void {
  const block = {
    ssrc,
    fractionLost: Math.round(fractionLost * 256),
    cumulativeLost: 0,
    highestSequenceNumber: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
  peer.sendRtcp(buildReceiverReport(1, [block]));
  bench.pump();
}

/** Those packets that have one, by what a listener got of them. */
function plain(packets: readonly HeardPacket[]): Buffer[] {
  return packets.map(({ payloadType, payload }) =>
    payloadType === RED ? Buffer.from(parseRedundancy(payload).primary) : payload,
  );
}

/** What a listener can play who puts the copies in the place of what was lost, in the order of timestamps. */
function play(packets: readonly HeardPacket[]): string[] {
  const byTime = new Map<number, string>();
  for (const { payloadType, payload, timestamp } of packets) {
    if (payloadType !== RED) byTime.set(timestamp, payload.toString('hex'));
    else {
      const { blocks, primary } = parseRedundancy(payload);
      byTime.set(timestamp, Buffer.from(primary).toString('hex'));
      for (const { timestampOffset, data } of blocks) {
        byTime.set((timestamp - timestampOffset) >>> 0, Buffer.from(data).toString('hex'));
      }
    }
  }
  const first = packets[0]?.timestamp ?? 0;
  return [...byTime].toSorted(([a], [b]) => ((a - first) | 0) - ((b - first) | 0)).map(([, data]) => data);
}

function hex(payloads: readonly Buffer[]): string[] {
  return payloads.map((payload) => payload.toString('hex'));
}

describe('a publisher with redundancy', () => {
  test('is heard as plain Opus by those who do not need it, on all workers', () => {
    const publication = publish();
    const listeners = listenTo(publication);
    const speaker = new RedundantSpeaker(publication, 2);
    speaker.speak(10);
    for (const { peer } of listeners) {
      expect(peer.heard.map(({ payload }) => payload)).toEqual(speaker.said);
      expect(peer.heard.every(({ payloadType }) => payloadType === OPUS)).toBe(true);
      expect(peer.heard.every(({ extensions }) => extensions.get(1)?.[0] === 0x7f)).toBe(true);
    }
  });

  test('may mix plain packets in, and pad others', () => {
    const publication = publish();
    const [{ peer }] = listenTo(publication);
    const primary = sound();
    publication.stream.send({ payload: primary });
    const payload = buildRedundancy({ blocks: [], payloadType: OPUS, primary });
    publication.stream.send({ payload, payloadType: RED, padding: 7 });
    benches.advance(PACKET);
    expect(peer.heard.map((packet) => [packet.payloadType, packet.payload, packet.padding])).toEqual([
      [OPUS, primary, 0],
      [OPUS, primary, 7],
    ]);
  });

  test('may probe with packets of nothing but padding, which go on as such', () => {
    const publication = publish();
    const [{ peer }] = listenTo(publication);
    const speaker = new RedundantSpeaker(publication);
    const probe = () => {
      const { timestamp } = publication.stream;
      const before = { payloadType: RED, payload: Buffer.alloc(0), padding: 200, level: null };
      publication.stream.send({ ...before, timestamp: (timestamp - PACKET_TICKS) >>> 0 });
      publication.stream.timestamp = timestamp;
    };
    speaker.speak(3);
    speaker.next();
    probe();
    speaker.speak(3);
    expect(plain(peer.heard).filter(({ length }) => length > 0)).toEqual(speaker.said);
    expect(peer.heard.map(({ padding }) => padding)).toEqual([0, 0, 0, 200, 0, 0, 0, 0]);
    expect(new Set(peer.heard.map(({ index }) => index)).size).toBe(8);
  });

  test('that signals none has its packets dropped', () => {
    const publication = benches.publish();
    const { peer } = listen(benches.near, publication);
    new RedundantSpeaker(publication).speak(3);
    expect(peer.heard).toHaveLength(0);
    expect(benches.near.drops.get('rtp-other-payload-type')).toBe(3);
  });

  test('without signalled SSRC and MID is known by the payload type', () => {
    const publication = benches.publish({
      ssrcs: [],
      midExtension: null,
      signalled: { redPayloadType: RED },
    });
    const { peer } = listen(benches.near, publication);
    new RedundantSpeaker(publication).speak(3);
    expect(peer.heard).toHaveLength(3);
  });

  test.each([
    ['rtp-redundancy-header-beyond-end', Buffer.from('ef0f00', 'hex')],
    ['rtp-redundancy-block-beyond-end', Buffer.from('ef0f00096f0102', 'hex')],
    ['rtp-redundancy-primary-empty', Buffer.from('6f', 'hex')],
    ['rtp-redundancy-too-many-blocks', Buffer.alloc(37, 0xef)],
    ['rtp-other-payload-type', Buffer.from('0d0102', 'hex')],
  ] as const)('has a packet dropped as %s, and goes on', (reason, payload) => {
    const publication = publish();
    const [{ peer }] = listenTo(publication);
    speak(publication, 2);
    publication.stream.send({ payload, payloadType: RED });
    speak(publication, 2);
    expect(benches.near.drops.get(reason)).toBe(1);
    expect(peer.heard).toHaveLength(4);
  });
});

describe('a packet that was lost', () => {
  test('is recovered from the next one, with its own number and timestamp, on all workers', () => {
    const publication = publish();
    const listeners = listenTo(publication);
    const speaker = new RedundantSpeaker(publication);
    speaker.speak(20, [3, 7, 12]);
    for (const { peer } of listeners) {
      expect(peer.heard.map(({ payload }) => payload)).toEqual(speaker.said);
      const [first] = peer.heard;
      peer.heard.forEach(({ index, timestamp }, i) => {
        expect(index).toBe((first?.index ?? 0) + i);
        expect((timestamp - (first?.timestamp ?? 0)) >>> 0).toBe(i * PACKET_TICKS);
      });
    }
    expect(benches.near.statistics().redundancy.recovered).toBe(3);
    expect(benches.near.participant(publication.peer)).toMatchObject({ uplinkLost: 3, uplinkExpected: 20 });
  });

  test('is recovered where two in a row were lost and two copies go along; of three, the last two', () => {
    const publication = publish();
    const [{ peer }] = listenTo(publication);
    const speaker = new RedundantSpeaker(publication, 2);
    speaker.speak(10, [2, 3]);
    speaker.speak(10, [2, 3, 4]);
    const { said } = speaker;
    expect(hex(peer.heard.map(({ payload }) => payload))).toEqual(hex(said.filter((_, i) => i !== 12)));
  });

  test('goes no further when it comes late after all', () => {
    const publication = publish();
    const listeners = listenTo(publication);
    const speaker = new RedundantSpeaker(publication);
    speaker.speak(3);
    const late = speaker.next();
    speaker.speak(3);
    publication.peer.send(late);
    benches.advance(PACKET);
    speaker.speak(3);
    for (const { peer } of listeners) expect(peer.heard).toHaveLength(10);
    expect(benches.near.drops.get('rtp-recovered-before')).toBe(1);
    expect(benches.near.participant(publication.peer).uplinkLost).toBe(0);
  });

  test('during silence is not heard behind it', () => {
    const publication = publish();
    const listeners = listenTo(publication);
    const speaker = new RedundantSpeaker(publication);
    const silence = (silenced: boolean) =>
      benches.near.control({ type: 'silence-publication', publicationId: publication.id, silenced });
    speaker.speak(3);
    silence(true);
    speaker.speak(3, [2]);
    silence(false);
    speaker.speak(3);
    for (const { peer } of listeners) {
      expect(hex(peer.heard.map(({ payload }) => payload))).toEqual(
        hex(speaker.said.filter((_, i) => i < 3 || i >= 6)),
      );
    }
  });

  test('is not recovered where that is switched off, and redundancy is taken off all the same', () => {
    const bench = new MediaBench({ ...parts, recovery: { retransmission: true, redundancy: false } });
    const publication = bench.publish(bench.join(), { signalled: { redPayloadType: RED } });
    const listener = listen(bench, publication);
    const speaker = new RedundantSpeaker(publication);
    for (let i = 0; i < 5; i++) {
      const packet = speaker.next();
      if (i !== 2) publication.peer.send(packet);
      bench.advance(PACKET);
    }
    report(listener, 0.5);
    bench.advance(PACKET);
    publication.peer.send(speaker.next());
    bench.advance(PACKET);
    const heard = listener.peer.heard.map(({ payloadType, payload }) => [payloadType, payload]);
    expect(heard).toEqual(speaker.said.filter((_, i) => i !== 2).map((said) => [OPUS, said]));
    bench.close();
  });
});

describe('a subscriber', () => {
  test('who loses many packets gets redundancy, on any worker, and the others do not', () => {
    const publication = benches.publish();
    const lossy = listenTo(publication);
    const fine = listenTo(publication);
    const before = speak(publication, 50);
    for (const listener of lossy) report(listener, 0.1);
    for (const listener of fine) report(listener, 0.01);
    const said = [...before, ...speak(publication, 50)];
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
    speak(publication, 50);
    report(listener, 0.1);
    speak(publication, 3);
    listener.peer.forget();
    const said = speak(publication, 60);
    const arrived = listener.peer.heard.filter((_, i) => i % 6 > 1 || i === 0);
    expect(play(arrived).slice(-60)).toEqual(hex(said));
  });

  test('whose numbers have rolled over goes on with them, with redundancy and without again', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    for (let i = 0; i < 3; i++) {
      speak(publication, 1);
      publication.stream.skip(0x7f00);
    }
    speak(publication, MIN_REPORTED_PACKETS);
    report(listener, 0.2);
    speak(publication, MIN_REPORTED_PACKETS);
    report(listener, 0.5);
    speak(publication, 1);
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
    speak(publication, 50);
    report(listener, 0.3);
    speak(publication, 10);
    expect(listener.peer.heard.every(({ payloadType }) => payloadType === OPUS)).toBe(true);
    expect(benches.near.statistics().redundancy.subscribers).toBe(0);
  });

  test('gets packets of nothing but padding as they are', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 50);
    report(listener, 0.3);
    listener.peer.forget();
    speak(publication, 1);
    publication.stream.send({ payload: Buffer.alloc(0), padding: 9 });
    speak(publication, 1);
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
    speak(publication, 50);
    report(listener, 0);
    bench.unsubscribe(listener);
    listen(bench, publication, { ssrc }, peer);
    speak(publication, MIN_REPORTED_PACKETS - 1);
    report(listener, 0.3);
    expect(bench.statistics().redundancy.subscribers).toBe(0);
    speak(publication, 1);
    report(listener, 0.3);
    expect(bench.statistics().redundancy.subscribers).toBe(1);
  });

  test('gets them as they were when it asks for them again', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 50);
    report(listener, 0.3);
    speak(publication, 1);
    publication.stream.send({ payload: Buffer.alloc(0), padding: 9 });
    benches.advance(PACKET);
    const probe = listener.peer.heard.at(-1);
    listener.peer.sendRtcp(buildNack(listener.ssrc, probe?.sequenceNumber ?? 0));
    listener.bench.pump();
    expect(listener.peer.heard.slice(-2).map(({ padding }) => padding)).toEqual([9, 9]);
  });

  test('gets it with the payload types of its own SDP', () => {
    const publication = publish();
    const [one, other] = [
      listen(benches.near, publication),
      listen(benches.near, publication, { payloadType: 109, redPayloadType: 110 }),
    ];
    speak(publication, 50);
    for (const listener of [one, other]) report(listener, 0.1);
    speak(publication, 5);
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
    speak(first, 50);
    report(listener, 0.2);
    listen(benches.near, third, {}, listener.peer);
    listener.peer.forget();
    for (const publication of [first, second, third]) speak(publication, 2);
    expect(listener.peer.heard.map(({ payloadType }) => payloadType)).toEqual(
      Array.from({ length: 6 }, () => RED),
    );
    for (let waited = 0; waited <= REDUNDANCY_OFF_TIME; waited += 1_000) {
      speak(first, 50);
      report(listener, 0);
    }
    listener.peer.forget();
    for (const publication of [first, second, third]) speak(publication, 2);
    expect(listener.peer.heard.map(({ payloadType }) => payloadType)).toEqual(
      Array.from({ length: 6 }, () => OPUS),
    );
    expect(benches.near.memory.used).toBeGreaterThan(0);
  });

  test('hears of goodbyes and sender reports under redundancy as well', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 50);
    report(listener, 0.2);
    speak(publication, 5);
    const { peer, stream } = publication;
    const fields = { packetCount: 1, octetCount: 2, ntpSeconds: 3_900_000_000, ntpFraction: 5 };
    peer.sendRtcp(buildSenderReport({ ssrc: stream.ssrc, rtpTimestamp: stream.timestamp, ...fields }));
    benches.exchange();
    const [sent] = listener.peer.rtcp(SENDER_REPORT);
    if (sent === undefined) throw new Error('there is no report');
    expect(readSenderReport(sent)).toMatchObject({ ssrc: listener.ssrc, packetCount: 55 });
    benches.near.control({ type: 'close-publication', publicationId: publication.id });
    benches.advance(PACKET);
    expect(listener.peer.rtcp(BYE)).toHaveLength(1);
  });

  test('who leaves gives all memory back', () => {
    const publication = benches.publish();
    speak(publication, 1);
    const { used } = benches.near.memory;
    const listener = listen(benches.near, publication);
    speak(publication, 50);
    report(listener, 0.2);
    speak(publication, 5);
    benches.near.leave(listener.peer);
    benches.near.control({ type: 'close-publication', publicationId: publication.id });
    expect(benches.near.memory.used).toBeLessThanOrEqual(used);
  });

  test('gets packets that are too long for redundancy without, and those that leave no room not at all', () => {
    const publication = benches.publish();
    const listener = listen(benches.near, publication);
    speak(publication, 50);
    report(listener, 0.2);
    listener.peer.forget();
    for (const length of [1_300, 1_399, 1_400, 1_023]) {
      publication.stream.send({ payload: Buffer.alloc(length, CELT) });
      benches.advance(PACKET);
    }
    expect(listener.peer.heard.map(({ payload }) => payload.length)).toEqual([1_301, 1_400, 1_024]);
    expect(benches.near.drops.get('rtp-payload-too-long')).toBe(1);
  });
});

test('payloads with anything in them are dropped or forwarded, and the next one is heard', () => {
  const publication = publish();
  const listeners = listenTo(publication);
  speak(publication, MIN_REPORTED_PACKETS);
  for (const listener of listeners) report(listener, 0.5);
  const header = fc.tuple(
    fc.constantFrom(0xef, 0x6f),
    fc.integer({ max: 255 }),
    fc.constantFrom(0, 0x3c),
    fc.nat(60),
  );
  const payloads = fc
    .tuple(fc.array(header, { maxLength: 4 }), fc.uint8Array({ maxLength: 150 }))
    .map(([headers, octets]) => Buffer.from([...headers.flat(), ...octets]));
  fc.assert(
    fc.property(payloads, fc.constantFrom(0, 1, 2), fc.nat(20), (payload, lost, padding) => {
      publication.stream.skip(lost);
      publication.stream.send({ payload, payloadType: RED, padding });
      benches.advance(PACKET);
      for (const { peer } of listeners) peer.forget();
      const said = speak(publication, 1);
      for (const { peer } of listeners) expect(plain(peer.heard)).toEqual(said);
    }),
    { numRuns: 200 },
  );
});

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
      const speaker = new RedundantSpeaker(publication, 2);
      let level = LOUD;
      const next = () => (isRed ? speaker.next(level) : stream.next({ payload: sound(), level }));
      const say = (packets = 1) => {
        for (let i = 0; i < packets; i++) {
          peer.send(next());
          benches.advance(PACKET);
        }
      };
      const [ssrc, slotSsrc] = [77, 78];
      let listeners = [benches.near, benches.far].map((bench) => listen(bench, publication, { ssrc }));
      const tell = (loss: number, bench?: MediaBench) => {
        say(MIN_REPORTED_PACKETS);
        for (const listener of listeners) {
          if (bench === undefined || listener.bench === bench) report(listener, loss);
        }
      };
      const limit = (loudest: number | null) => {
        for (const bench of [benches.near, benches.far]) {
          bench.control({ type: 'limit-room', roomId: 1, loudest, slots: 1 });
        }
      };
      limit(null);
      for (const { bench, peer: listener } of listeners) {
        const subscriptionId = bench.newId();
        bench.control({
          type: 'open-slot',
          subscriptionId,
          transportId: listener.transportId,
          slot: 0,
          ssrc: slotSsrc,
          payloadType: OPUS,
          redPayloadType: RED,
          retransmission: null,
          audioLevelExtension: 1,
          cname: 'slot',
        });
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
