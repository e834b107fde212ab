import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_ARRIVAL_REPORT_INTERVAL } from './congestion/arrival-reports.js';
import { MIN_ESTIMATE } from './congestion/receiver-estimate.js';
import { decodeTransportFeedback } from './rtcp/testing/transport-feedback-decoder.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { readCname } from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';
import type { StreamOptions } from './testing/test-stream.js';

const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
/** Of the transport-wide sequence number. */
const EXTENSION = 5;
const NO_FEEDBACK = { nack: false, transportCc: false, remb: false };

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function publish(
  peer: TestPeer,
  feedback: Partial<typeof NO_FEEDBACK>,
  stream: StreamOptions = {},
): Published {
  return bench.publish(peer, {
    ...stream,
    signalled: {
      extensions: { audioLevel: 1, mid: 4, transportSequence: EXTENSION },
      feedback: { ...NO_FEEDBACK, ...feedback },
    },
  });
}

/** Sends a packet that has a transport-wide number. */
function send({ stream }: Published, sequenceNumber: number): void {
  stream.send({
    extensions: new Map([[EXTENSION, Uint8Array.of(sequenceNumber >>> 8, sequenceNumber & 0xff)]]),
  });
  bench.pump();
}

function feedbackTo(peer: TestPeer) {
  return peer.rtcp(TRANSPORT_FEEDBACK).map(({ bytes }) => decodeTransportFeedback(bytes));
}

/** @returns bits per second of the estimates, after draft-alvestrand-rmcat-remb-03 */
function estimatesFor({ peer, stream }: Published): readonly number[] {
  return peer.rtcp(PAYLOAD_FEEDBACK).map(({ bytes }) => {
    expect(bytes.toString('latin1', 12, 16)).toBe('REMB');
    expect(bytes.readUInt8(16)).toBe(1);
    expect(bytes.readUInt32BE(20)).toBe(stream.ssrc);
    const word = bytes.readUInt32BE(16);
    return (word & 0x3ffff) * 2 ** ((word >>> 18) & 0x3f);
  });
}

describe('transport-wide feedback', () => {
  test('tells a publisher which of its packets have come, and when', () => {
    const publication = publish(bench.join(), { transportCc: true });
    const sentAt = new Map<number, number>();
    for (let i = 0; i < 100; i++) {
      const sequenceNumber = (0xffe0 + i) & 0xffff;
      if (i % 7 !== 3) {
        send(publication, sequenceNumber);
        sentAt.set(sequenceNumber, Math.floor(bench.now * 4));
      }
      bench.advance(20.3);
    }
    bench.advance(MAX_ARRIVAL_REPORT_INTERVAL);
    const feedback = feedbackTo(publication.peer);
    expect(feedback.map(({ count }) => count)).toEqual(feedback.map((_, index) => index));
    expect(new Set(feedback.map(({ mediaSsrc }) => mediaSsrc))).toEqual(new Set([publication.stream.ssrc]));
    const statuses = feedback.flatMap((packet) => packet.statuses);
    expect(statuses).toEqual(
      Array.from({ length: 100 }, (_, i) => {
        const sequenceNumber = (0xffe0 + i) & 0xffff;
        return { sequenceNumber, ticks: sentAt.get(sequenceNumber) ?? null };
      }),
    );
    expect(bench.statistics().rtcp['generated:transport-cc']).toBe(feedback.length);
  });

  test('goes in compounds that begin with a report and hold a CNAME', () => {
    const publication = publish(bench.join(), { transportCc: true });
    send(publication, 1);
    bench.advance(MAX_ARRIVAL_REPORT_INTERVAL);
    const compound = publication.peer.compounds.find(({ packets }) => packets.length === 3);
    expect(compound?.packets.map(({ packetType }) => packetType)).toEqual([
      RECEIVER_REPORT,
      SOURCE_DESCRIPTION,
      TRANSPORT_FEEDBACK,
    ]);
    const description = compound?.packets[1];
    expect(description === undefined ? null : readCname(description).cname).toBe('kraken');
  });

  test('counts the packets of all streams of a transport, and of none', () => {
    const first = publish(bench.join(), { transportCc: true });
    const second = publish(first.peer, { transportCc: true }, { mid: '1', payloadType: 112 });
    send(first, 7);
    send(second, 8);
    first.stream.send({
      ssrc: 99,
      payloadType: 100,
      extensions: new Map([[EXTENSION, Uint8Array.of(0, 9)]]),
    });
    bench.pump();
    expect(bench.drops.toRecord()['rtp-no-publication']).toBe(1);
    bench.advance(MAX_ARRIVAL_REPORT_INTERVAL);
    const [feedback] = feedbackTo(first.peer);
    expect(feedback?.statuses.map(({ sequenceNumber }) => sequenceNumber)).toEqual([7, 8, 9]);
  });

  test('of what came late is told behind what came in time', () => {
    const publication = publish(bench.join(), { transportCc: true });
    send(publication, 1);
    send(publication, 3);
    bench.advance(MAX_ARRIVAL_REPORT_INTERVAL);
    send(publication, 2);
    bench.advance(MAX_ARRIVAL_REPORT_INTERVAL);
    const told = feedbackTo(publication.peer).map(({ statuses }) =>
      statuses.map(({ sequenceNumber, ticks }) => [sequenceNumber, ticks !== null]),
    );
    expect(told).toEqual([
      [
        [1, true],
        [2, false],
        [3, true],
      ],
      [
        [2, true],
        [3, true],
      ],
    ]);
  });

  test('ends with the packets, and stays where packets have no number', () => {
    const publication = publish(bench.join(), { transportCc: true });
    publication.stream.send();
    bench.advance(2_000);
    expect(feedbackTo(publication.peer)).toEqual([]);
    send(publication, 1);
    bench.advance(2_000);
    expect(feedbackTo(publication.peer)).toHaveLength(1);
  });
});

describe('an estimate (REMB)', () => {
  test('falls for a publisher whose packets are lost, each second', () => {
    const publication = publish(bench.join(), { remb: true });
    for (let i = 0; i < 500; i++) {
      if (i % 3 === 0) publication.stream.skip(1);
      else publication.stream.send();
      bench.advance(20);
    }
    const estimates = estimatesFor(publication);
    expect(estimates).toHaveLength(9);
    expect(estimates.at(-1)).toBe(MIN_ESTIMATE);
    expect(feedbackTo(publication.peer)).toEqual([]);
    expect(bench.statistics().rtcp['generated:REMB']).toBe(9);
  });

  test('is not told to one who is silent', () => {
    const publication = publish(bench.join(), { remb: true });
    bench.advance(5_000);
    expect(estimatesFor(publication)).toEqual([]);
  });
});

test('a publisher that takes neither gets neither', () => {
  const publication = publish(bench.join(), {});
  for (let i = 0; i < 100; i++) {
    send(publication, i);
    bench.advance(20);
  }
  const { peer } = publication;
  expect([...peer.rtcp(TRANSPORT_FEEDBACK), ...peer.rtcp(PAYLOAD_FEEDBACK)]).toEqual([]);
});
