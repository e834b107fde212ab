import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LinkedBenches } from './testing/linked-benches.js';
import { type Published, prepareBenches } from './testing/media-bench.js';
import type { PublishOptions } from './testing/open-messages.js';
import { readCname, readNack, readReportBlocks } from './testing/rtcp-packets.js';
import { buildRtp } from './testing/rtp-packets.js';
import { PACKET_INTERVAL } from './testing/test-stream.js';

const FEEDBACK = 205;
const DESCRIPTION = 202;
const RECEIVER_REPORT = 201;
const TAKES_REQUESTS = { feedback: { nack: true, transportCc: false, remb: false } };
const RETRANSMISSION = { payloadType: 112, ssrc: 0xfeed_0001 };

const parts = await prepareBenches();
let benches: LinkedBenches;
beforeEach(() => {
  benches = new LinkedBenches(parts);
});
afterEach(() => benches.close());

function publish(options: PublishOptions = { signalled: TAKES_REQUESTS }): Published {
  return benches.publish({ sequenceNumber: 65_530, ...options });
}

function lose({ stream }: Published): Buffer {
  const lost = stream.next();
  benches.advance(PACKET_INTERVAL);
  return lost;
}

function requests({ peer, stream }: Published): readonly number[] {
  const nacks = peer.rtcp(FEEDBACK).map(readNack);
  for (const { ssrc } of nacks) expect(ssrc).toBe(stream.ssrc);
  return nacks.flatMap(({ missing }) => missing);
}

function recovery(event: string): number | undefined {
  return benches.near.statistics().retransmission[event];
}

describe('a packet that is lost on its way here', () => {
  test('is asked for when the next one comes, in a compound with a report and a CNAME', () => {
    const publication = publish();
    benches.listenTo(publication);
    benches.speak(publication, 5);
    const missing = publication.stream.sequenceNumber;
    lose(publication);
    publication.stream.send();
    benches.near.pump();
    expect(requests(publication)).toEqual([missing]);
    const [compound] = publication.peer.compounds.filter(({ packets }) =>
      packets.some(({ packetType }) => packetType === FEEDBACK),
    );
    expect(compound?.packets.map(({ packetType }) => packetType)).toEqual([
      RECEIVER_REPORT,
      DESCRIPTION,
      FEEDBACK,
    ]);
    expect(
      compound?.packets.filter(({ packetType }) => packetType === DESCRIPTION).map(readCname)[0]?.cname,
    ).toBe('kraken');
  });

  test('goes to all subscribers, wherever they are, at once when it comes again, and is no loss any longer', () => {
    const publication = publish();
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 5);
    const lost = lose(publication);
    benches.speak(publication, 2);
    publication.peer.send(lost);
    benches.exchange();
    benches.far.pump();
    for (const { heard } of listeners) {
      expect(heard).toHaveLength(8);
      const indices = heard.map(({ index }) => index);
      expect(indices.at(-1)).toBe((indices.at(-2) ?? 0) - 2);
      expect(new Set(indices).size).toBe(8);
    }
    expect(recovery('requested')).toBe(1);
    expect(recovery('recovered')).toBe(1);
    expect(benches.near.participant(publication.peer)).toMatchObject({ uplinkLost: 0, uplinkExpected: 8 });
  });

  test('says nothing of jitter when it comes again', () => {
    const publication = publish();
    benches.listenTo(publication);
    benches.speak(publication, 50);
    const before = benches.near.participant(publication.peer).uplinkJitter;
    for (let i = 0; i < 5; i++) {
      const lost = lose(publication);
      benches.speak(publication, 4);
      publication.peer.send(lost);
      benches.exchange();
    }
    expect(benches.near.participant(publication.peer).uplinkJitter).toBeLessThanOrEqual(before + 0.01);
    const blocks = publication.peer.rtcp(RECEIVER_REPORT).flatMap(readReportBlocks);
    for (const { cumulativeLost } of blocks) expect(cumulativeLost).toBeLessThanOrEqual(1);
  });

  test('is asked for again by and by, even if nothing else comes', () => {
    const publication = publish();
    benches.listenTo(publication);
    benches.speak(publication, 5);
    lose(publication);
    benches.speak(publication, 1);
    benches.advance(400);
    expect(requests(publication).length).toBeGreaterThan(2);
    benches.advance(1_000);
    const asked = requests(publication).length;
    benches.advance(1_000);
    expect(requests(publication)).toHaveLength(asked);
  });

  test('is not asked for where the publisher takes no requests, till it does', () => {
    const publication = publish({});
    benches.listenTo(publication);
    benches.speak(publication, 5);
    lose(publication);
    benches.speak(publication, 5);
    expect(requests(publication)).toEqual([]);
    benches.near.control({ type: 'request-retransmissions', publicationId: publication.id });
    benches.speak(publication, 5);
    lose(publication);
    benches.speak(publication, 1);
    expect(requests(publication)).toHaveLength(1);
  });

  test('is not asked for while nobody would hear it', () => {
    const publication = benches.near.publish(benches.near.join(), { signalled: TAKES_REQUESTS });
    const loseOne = () => {
      benches.speak(publication, 5);
      lose(publication);
      benches.speak(publication, 5);
    };
    loseOne();
    benches.near.subscribe(benches.near.join(), publication);
    benches.near.control({ type: 'silence-publication', publicationId: publication.id, silenced: true });
    loseOne();
    expect(requests(publication)).toEqual([]);
    benches.near.control({ type: 'silence-publication', publicationId: publication.id, silenced: false });
    loseOne();
    expect(new Set(requests(publication)).size).toBe(1);
  });

  test('is asked for hardly any longer of a publisher that never answers', () => {
    const publication = publish();
    benches.listenTo(publication);
    for (let i = 0; i < 60; i++) {
      benches.speak(publication, 3);
      lose(publication);
    }
    const asked = requests(publication).length;
    for (let i = 0; i < 10; i++) {
      benches.speak(publication, 3);
      lose(publication);
    }
    expect(asked).toBeGreaterThan(30);
    expect(requests(publication).length).toBeLessThanOrEqual(asked + 1);
  });

  test('is not looked for over the change of a source', () => {
    const publication = publish({ ssrcs: [], midExtension: null, signalled: TAKES_REQUESTS });
    benches.listenTo(publication);
    benches.speak(publication, 5);
    benches.advance(1_000);
    publication.stream.skip(500);
    const ssrc = (publication.stream.ssrc + 1) >>> 0;
    for (let i = 0; i < 3; i++) {
      publication.stream.send({ ssrc });
      benches.advance(PACKET_INTERVAL);
    }
    expect(publication.peer.rtcp(FEEDBACK)).toHaveLength(0);
  });
});

describe('a publisher with a stream for what it sends again', () => {
  const signalled = { ...TAKES_REQUESTS, retransmission: RETRANSMISSION };
  let sequenceNumber = 100;

  /** Loses a packet. @returns it, and its retransmission (RFC 4588) */
  function loseWithRetransmission(publication: Published) {
    const { stream, peer } = publication;
    const [original, timestamp] = [stream.sequenceNumber, stream.timestamp];
    const payload = Buffer.from('the sound of 20 ms');
    const lost = stream.next({ payload, marker: true });
    benches.advance(PACKET_INTERVAL);
    const packet = buildRtp({
      ...RETRANSMISSION,
      sequenceNumber: sequenceNumber++,
      timestamp,
      marker: true,
      extensions: new Map([[1, Uint8Array.of(0x85)]]),
      payload: Buffer.concat([Uint8Array.of(original >> 8, original), payload]),
    });
    return { lost, payload, timestamp, again: () => peer.send(peer.srtp.protectRtp(packet, 0)) };
  }

  test('has its original go to the subscribers, once, whatever comes late', () => {
    const publication = publish({ signalled });
    const listeners = benches.listenTo(publication);
    benches.speak(publication, 5);
    const { lost, payload, timestamp, again } = loseWithRetransmission(publication);
    benches.speak(publication, 2);
    again();
    publication.peer.send(lost);
    benches.exchange();
    for (const { heard } of listeners) {
      expect(heard).toHaveLength(8);
      const [before, recovered] = [heard.at(4), heard.at(-1)];
      expect(recovered).toMatchObject({ payload, marker: true, payloadType: 111 });
      expect(recovered?.index).toBe((before?.index ?? 0) + 1);
      expect(recovered?.timestamp).toBe(((before?.timestamp ?? 0) + 960) % 2 ** 32);
      expect(recovered?.extensions.get(1)).toEqual(Buffer.of(0x85));
    }
    expect(timestamp).toBeGreaterThan(0);
    expect(benches.near.drops.get('rtp-recovered-before')).toBe(1);
  });

  test('is not heard when nothing is missing', () => {
    const publication = publish({ signalled });
    const [here] = benches.listenTo(publication);
    benches.speak(publication, 5);
    const { lost, again } = loseWithRetransmission(publication);
    again();
    publication.peer.send(lost);
    benches.speak(publication, 2);
    again();
    const empty = buildRtp({ ...RETRANSMISSION, sequenceNumber: 9, timestamp: 1, payload: Buffer.of(1) });
    publication.peer.send(publication.peer.srtp.protectRtp(empty, 0));
    benches.near.pump();
    expect(here.heard).toHaveLength(8);
    expect(benches.near.drops.get('rtp-retransmission-unwanted')).toBe(2);
    expect(benches.near.drops.get('srtp-replayed')).toBe(1);
  });
});
