import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SeededRandom } from './dtls/testing/random.js';
import { MAX_PAYLOAD_LENGTH } from './srtp/index.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';
import { buildRtp } from './testing/rtp-packets.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

describe('from a publisher to its subscribers', () => {
  test("a packet reaches every subscriber under the subscriber's own SSRC, payload type and extension id", () => {
    const publication = bench.publish(bench.join(), { payloadType: 111, audioLevelExtension: 3 });
    const listeners = [0, 1, 2].map((i) => {
      const peer = bench.join();
      const options = { ssrc: 1000 + i, payloadType: 96 + i, audioLevelExtension: 5 + i };
      return { peer, options, subscription: bench.subscribe(peer, publication, options) };
    });
    const payload = publication.stream.send({ level: 0x9a, marker: true });
    bench.pump();
    for (const { peer, options } of listeners) {
      expect(peer.heard).toHaveLength(1);
      expect(peer.heard[0]).toMatchObject({
        ssrc: options.ssrc,
        payloadType: options.payloadType,
        marker: true,
        csrcs: [],
        payload,
      });
      expect(peer.heard[0]?.extensions).toEqual(new Map([[options.audioLevelExtension, Buffer.of(0x9a)]]));
    }
  });

  test('the publisher does not hear itself', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    bench.subscribe(publication.peer, bench.publish(listener));
    for (let i = 0; i < 5; i++) publication.stream.send();
    bench.pump();
    expect(listener.heard).toHaveLength(5);
    expect(publication.peer.heard).toHaveLength(0);
  });

  test('nine subscribers, in three key groups, all hear each packet', () => {
    const publication = bench.publish(bench.join());
    const listeners = Array.from({ length: 9 }, () => bench.join());
    for (const listener of listeners) bench.subscribe(listener, publication);
    const payloads = [1, 2, 3].map(() => publication.stream.send());
    bench.pump();
    for (const { heard } of listeners) expect(heard.map(({ payload }) => payload)).toEqual(payloads);
  });

  test('a mesh of five: everybody hears the four others, and only them', () => {
    const publications = Array.from({ length: 5 }, () => bench.publish(bench.join()));
    for (const { peer } of publications) {
      for (const publication of publications)
        if (publication.peer !== peer) bench.subscribe(peer, publication);
    }
    const payloads = publications.map(({ stream }) => stream.send());
    bench.pump();
    publications.forEach(({ peer }, own) => {
      const others = payloads.filter((_, i) => i !== own).map((payload) => payload.toString('hex'));
      expect(peer.heard.map(({ payload }) => payload.toString('hex')).sort()).toEqual(others.sort());
    });
  });

  test('rooms do not hear each other', () => {
    const publication = bench.publish(bench.join({ roomId: 1 }));
    const inside = bench.join({ roomId: 1 });
    const outside = bench.join({ roomId: 2 });
    bench.subscribe(inside, publication);
    bench.subscribe(outside, bench.publish(bench.join({ roomId: 2 })));
    publication.stream.send();
    bench.pump();
    expect([inside.heard.length, outside.heard.length]).toEqual([1, 0]);
  });

  test('a subscriber without the audio-level extension gets padding in its place', () => {
    const publication = bench.publish(bench.join());
    const [without, withLevel] = [bench.join(), bench.join()];
    bench.subscribe(without, publication, { audioLevelExtension: null });
    bench.subscribe(withLevel, publication, { audioLevelExtension: 7 });
    const payload = publication.stream.send({ level: 0x55 });
    bench.pump();
    expect(without.heard[0]).toMatchObject({ extensionLength: 4, payload });
    expect(without.heard[0]?.extensions.size).toBe(0);
    expect(withLevel.heard[0]?.extensions).toEqual(new Map([[7, Buffer.of(0x55)]]));
  });

  test('a packet without an audio level goes on without a header extension', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    const payloads = [
      publication.stream.send({ level: null }),
      publication.stream.send({ level: null, withMid: true }),
    ];
    bench.pump();
    expect(listener.heard.map(({ extensionLength, payload }) => ({ extensionLength, payload }))).toEqual(
      payloads.map((payload) => ({ extensionLength: -1, payload })),
    );
  });

  test('the MID of the publisher is not passed on', () => {
    const publication = bench.publish(bench.join(), { mid: 'audio-of-mine' });
    const listener = bench.join();
    bench.subscribe(listener, publication, { audioLevelExtension: 2 });
    publication.stream.send({ withMid: true, level: 9 });
    bench.pump();
    expect(listener.heard[0]?.extensions).toEqual(new Map([[2, Buffer.of(9)]]));
  });

  test('payload type 109 becomes 111 and the other way round', () => {
    const firefox = bench.publish(bench.join(), { payloadType: 109 });
    const chromium = bench.publish(bench.join(), { payloadType: 111 });
    bench.subscribe(chromium.peer, firefox, { payloadType: 111 });
    bench.subscribe(firefox.peer, chromium, { payloadType: 109 });
    firefox.stream.send();
    chromium.stream.send();
    bench.pump();
    expect(chromium.peer.heard.map(({ payloadType }) => payloadType)).toEqual([111]);
    expect(firefox.peer.heard.map(({ payloadType }) => payloadType)).toEqual([109]);
  });

  test('CSRCs, marker and padding survive', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    const csrcs = Array.from({ length: 15 }, (_, i) => 0xf000_0000 + i);
    const payload = publication.stream.send({ csrcs, marker: true, padding: 12 });
    bench.pump();
    expect(listener.heard[0]).toMatchObject({ csrcs, marker: true, padding: 12, payload });
  });

  test('the shortest and the longest payload pass, a longer one does not', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    for (const length of [0, 1, MAX_PAYLOAD_LENGTH, MAX_PAYLOAD_LENGTH + 1])
      publication.stream.send({ payload: new Uint8Array(length).fill(7) });
    bench.pump();
    expect(listener.heard.map(({ payload }) => payload.length)).toEqual([0, 1, MAX_PAYLOAD_LENGTH]);
    expect(bench.drops.get('rtp-payload-too-long')).toBe(1);
  });

  test('one publication hears of its first packet, once', () => {
    const publication = bench.publish(bench.join());
    publication.stream.send();
    publication.stream.send();
    bench.pump();
    const { transportId } = publication.peer;
    expect(bench.events.filter(({ type }) => type === 'publication-started')).toEqual([
      { type: 'publication-started', publicationId: publication.id, transportId },
    ]);
  });

  test('a lossy, reordering, duplicating uplink yields what arrived, in its place and once', () => {
    const random = new SeededRandom(7);
    const publication = bench.publish(bench.join(), { sequenceNumber: 65_500, timestamp: 2 ** 32 - 50_000 });
    const listener = bench.join();
    bench.subscribe(listener, publication);
    const held: Buffer[] = [];
    bench.uplink = (bytes, peer) => {
      if (peer !== publication.peer) return [bytes];
      if (random.next() < 0.1) return [];
      if (random.next() < 0.2) {
        held.push(bytes);
        return [];
      }
      return [bytes, ...(random.next() < 0.1 ? [bytes] : []), ...held.splice(0)];
    };
    const start = { index: publication.stream.index, timestamp: publication.stream.timestamp };
    const sent = new Map<string, number>();
    publication.stream.send();
    bench.pump();
    for (let i = 0; i < 300; i++) {
      const place = publication.stream.index - start.index;
      sent.set(publication.stream.send().toString('hex'), place);
      bench.advance(20);
    }
    const heard = listener.heard.filter(({ payload }) => sent.has(payload.toString('hex')));
    expect(heard.length).toBeGreaterThan(200);
    expect(new Set(heard.map(({ index }) => index)).size).toBe(heard.length);
    const [first] = heard;
    const firstPlace = sent.get(first?.payload.toString('hex') ?? '') ?? 0;
    for (const { index, timestamp, payload } of heard) {
      const distance = (sent.get(payload.toString('hex')) ?? 0) - firstPlace;
      expect(index - (first?.index ?? 0)).toBe(distance);
      expect((timestamp - (first?.timestamp ?? 0)) | 0).toBe(distance * 960);
    }
    expect(bench.drops.get('srtp-replayed')).toBeGreaterThan(0);
  });

  test('sequence numbers roll over on the way in and on the way out', () => {
    const publication = bench.publish(bench.join(), { sequenceNumber: 0xffff });
    const listener = bench.join();
    bench.subscribe(listener, publication);
    for (let step = 0; step < 12; step++) {
      publication.stream.send();
      publication.stream.send();
      publication.stream.skip(10_000);
      bench.pump();
    }
    const indices = listener.heard.map(({ index }) => index - (listener.heard[0]?.index ?? 0));
    expect(indices).toEqual(Array.from({ length: 12 }, (_, i) => [i * 10_002, i * 10_002 + 1]).flat());
    expect(listener.heard.at(-1)?.index).toBeGreaterThan(0x1_0000);
  });
});

describe('packets that go no further', () => {
  test('RTP before DTLS has finished', () => {
    const stranger = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, stranger);
    const early = bench.admit();
    early.check();
    early.send(stranger.stream.next());
    bench.pump();
    expect(bench.drops.get('rtp-before-keys')).toBe(1);
    expect(listener.heard).toHaveLength(0);
  });

  test('RTP from an unknown address', () => {
    const publication = bench.publish(bench.join());
    publication.peer.send(publication.stream.next(), '203.0.113.9:40000');
    publication.peer.send(publication.stream.next(), '[2001:db8::9]:40000');
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(2);
  });

  test("RTP that a stranger injects from the publisher's address", () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    const stranger = bench.publish(bench.join(), { ssrc: publication.stream.ssrc });
    stranger.peer.send(stranger.stream.next(), publication.peer.address);
    bench.pump();
    expect(bench.drops.get('srtp-authentication-failed')).toBe(1);
    const payload = publication.stream.send();
    bench.pump();
    expect(listener.heard.map((packet) => packet.payload)).toEqual([payload]);
  });

  test('a packet that comes twice', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    const packet = publication.stream.next();
    publication.peer.send(packet);
    publication.peer.send(packet);
    bench.pump();
    expect(bench.drops.get('srtp-replayed')).toBe(1);
    expect(listener.heard).toHaveLength(1);
  });

  test('of a stream that nobody announced', () => {
    const publication = bench.publish(bench.join());
    publication.stream.send({ ssrc: (publication.stream.ssrc ^ 1) >>> 0 });
    bench.pump();
    expect(bench.drops.get('rtp-no-publication')).toBe(1);
  });

  test('of another payload type', () => {
    const publication = bench.publish(bench.join());
    publication.stream.send({ payloadType: 13 });
    bench.pump();
    expect(bench.drops.get('rtp-other-payload-type')).toBe(1);
  });

  test('with more padding than payload, or a count of none', () => {
    const { peer, stream } = bench.publish(bench.join());
    for (const count of [4, 0]) {
      const packet = buildRtp({
        ...stream,
        sequenceNumber: stream.sequenceNumber,
        payload: Uint8Array.of(1, 2, count),
      });
      packet.writeUInt8(packet.readUInt8(0) | 0x20, 0);
      peer.send(peer.srtp.protectRtp(packet, 0));
      stream.skip(1);
    }
    bench.pump();
    expect(bench.drops.get('rtp-padding-beyond-payload')).toBe(1);
    expect(bench.drops.get('rtp-padding-empty')).toBe(1);
  });
});

describe('whose stream a packet is', () => {
  test('by MID where SDP names no SSRC, and by what was learned from it after that', () => {
    const peer = bench.join();
    const listener = bench.join();
    const first = bench.publish(peer, { ssrcs: [], mid: 'first', ssrc: 11 });
    const second = bench.publish(peer, { ssrcs: [], mid: 'second', ssrc: 22 });
    const heardOf = [first, second].map((publication) => bench.subscribe(listener, publication).ssrc);
    for (const withMid of [true, false]) {
      first.stream.send({ withMid });
      second.stream.send({ withMid });
    }
    bench.pump();
    expect(heardOf.map((ssrc) => listener.heardFrom(ssrc).length)).toEqual([2, 2]);
  });

  test('by payload type where there is neither', () => {
    const peer = bench.join();
    const listener = bench.join();
    const publication = bench.publish(peer, { ssrcs: [], midExtension: null });
    bench.subscribe(listener, publication);
    publication.stream.send();
    bench.pump();
    expect(listener.heard).toHaveLength(1);
  });
});
