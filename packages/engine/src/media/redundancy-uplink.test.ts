import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MIN_REPORTED_PACKETS } from './forward/redundancy-demand.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildRedundancy } from './testing/redundancy-packets.js';
import {
  hex,
  listen,
  listenTo,
  OPUS,
  plain,
  RED,
  RedundantSpeaker,
  reportLoss,
  sound,
  speakPlain,
} from './testing/redundant-speech.js';
import { PACKET_INTERVAL, PACKET_TICKS } from './testing/test-stream.js';

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

function publish(): Published {
  return benches.publish({ signalled: { redPayloadType: RED } });
}

describe('a publisher with redundancy', () => {
  test('is heard as plain Opus by those who do not need it, on all workers', () => {
    const publication = publish();
    const listeners = listenTo(benches, publication);
    const speaker = new RedundantSpeaker(benches, publication, 2);
    speaker.speak(10);
    for (const { peer } of listeners) {
      expect(peer.heard.map(({ payload }) => payload)).toEqual(speaker.said);
      expect(peer.heard.every(({ payloadType }) => payloadType === OPUS)).toBe(true);
      expect(peer.heard.every(({ extensions }) => extensions.get(1)?.[0] === 0x7f)).toBe(true);
    }
  });

  test('may mix plain packets in, and pad others', () => {
    const publication = publish();
    const [{ peer }] = listenTo(benches, publication);
    const primary = sound();
    publication.stream.send({ payload: primary });
    const payload = buildRedundancy({ blocks: [], payloadType: OPUS, primary });
    publication.stream.send({ payload, payloadType: RED, padding: 7 });
    benches.advance(PACKET_INTERVAL);
    expect(peer.heard.map((packet) => [packet.payloadType, packet.payload, packet.padding])).toEqual([
      [OPUS, primary, 0],
      [OPUS, primary, 7],
    ]);
  });

  test('may probe with packets of nothing but padding, which go on as such', () => {
    const publication = publish();
    const [{ peer }] = listenTo(benches, publication);
    const speaker = new RedundantSpeaker(benches, publication);
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
    new RedundantSpeaker(benches, publication).speak(3);
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
    new RedundantSpeaker(benches, publication).speak(3);
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
    const [{ peer }] = listenTo(benches, publication);
    speakPlain(benches, publication, 2);
    publication.stream.send({ payload, payloadType: RED });
    speakPlain(benches, publication, 2);
    expect(benches.near.drops.get(reason)).toBe(1);
    expect(peer.heard).toHaveLength(4);
  });
});

describe('a packet that was lost', () => {
  test('is recovered from the next one, with its own number and timestamp, on all workers', () => {
    const publication = publish();
    const listeners = listenTo(benches, publication);
    const speaker = new RedundantSpeaker(benches, publication);
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
    const [{ peer }] = listenTo(benches, publication);
    const speaker = new RedundantSpeaker(benches, publication, 2);
    speaker.speak(10, [2, 3]);
    speaker.speak(10, [2, 3, 4]);
    const { said } = speaker;
    expect(hex(peer.heard.map(({ payload }) => payload))).toEqual(hex(said.filter((_, i) => i !== 12)));
  });

  test('goes no further when it comes late after all', () => {
    const publication = publish();
    const listeners = listenTo(benches, publication);
    const speaker = new RedundantSpeaker(benches, publication);
    speaker.speak(3);
    const late = speaker.next();
    speaker.speak(3);
    publication.peer.send(late);
    benches.advance(PACKET_INTERVAL);
    speaker.speak(3);
    for (const { peer } of listeners) expect(peer.heard).toHaveLength(10);
    expect(benches.near.drops.get('rtp-recovered-before')).toBe(1);
    expect(benches.near.participant(publication.peer).uplinkLost).toBe(0);
  });

  test('during silence is not heard behind it', () => {
    const publication = publish();
    const listeners = listenTo(benches, publication);
    const speaker = new RedundantSpeaker(benches, publication);
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
    const speaker = new RedundantSpeaker(benches, publication);
    for (let i = 0; i < 5; i++) {
      const packet = speaker.next();
      if (i !== 2) publication.peer.send(packet);
      bench.advance(PACKET_INTERVAL);
    }
    reportLoss(listener, 0.5);
    bench.advance(PACKET_INTERVAL);
    publication.peer.send(speaker.next());
    bench.advance(PACKET_INTERVAL);
    const heard = listener.peer.heard.map(({ payloadType, payload }) => [payloadType, payload]);
    expect(heard).toEqual(speaker.said.filter((_, i) => i !== 2).map((said) => [OPUS, said]));
    bench.close();
  });
});

test('payloads with anything in them are dropped or forwarded, and the next one is heard', () => {
  const publication = publish();
  const listeners = listenTo(benches, publication);
  speakPlain(benches, publication, MIN_REPORTED_PACKETS);
  for (const listener of listeners) reportLoss(listener, 0.5);
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
      benches.advance(PACKET_INTERVAL);
      for (const { peer } of listeners) peer.forget();
      const said = speakPlain(benches, publication, 1);
      for (const { peer } of listeners) expect(plain(peer.heard)).toEqual(said);
    }),
    { numRuns: 200 },
  );
});
