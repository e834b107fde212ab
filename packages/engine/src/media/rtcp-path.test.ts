import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { REPORT_INTERVAL } from './rtcp-path.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import {
  buildBye,
  buildPacket,
  buildReceiverReport,
  buildSenderReport,
  parseCompound,
  readCname,
  readReportBlocks,
  readSenderReport,
  words,
} from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function speak({ stream }: Published, packets: number): void {
  for (let i = 0; i < packets; i++) {
    stream.send();
    bench.advance(20);
  }
}

function report(
  { peer, stream }: Published,
  fields: { ntpSeconds?: number; ntpFraction?: number } = {},
): void {
  const { ssrc, timestamp } = stream;
  const [packetCount, octetCount, ntpSeconds, ntpFraction] = [100, 5000, 3_900_000_000, 0x8765_4321];
  peer.sendRtcp(
    buildSenderReport({
      ssrc,
      rtpTimestamp: timestamp,
      packetCount,
      octetCount,
      ntpSeconds,
      ntpFraction,
      ...fields,
    }),
  );
  bench.pump();
}

function lastBlock(peer: TestPeer) {
  const last = peer.rtcp(RECEIVER_REPORT).at(-1);
  const block = last === undefined ? undefined : readReportBlocks(last)[0];
  if (block === undefined) throw new Error('there is no report');
  return block;
}

describe("a publisher's sender report", () => {
  test("reaches every subscriber under its own SSRC, with the route's counts, its timestamp and a CNAME", () => {
    const publication = bench.publish(bench.join());
    const subscriptions = Array.from({ length: 6 }, (_, i) => {
      const peer = bench.join();
      return { peer, ...bench.subscribe(peer, publication, { cname: `listener ${i}` }) };
    });
    const [first] = subscriptions;
    if (first === undefined) throw new Error('nobody listens');
    speak(publication, 3);
    bench.unsubscribe(first);
    speak(publication, 2);
    const again = { ...first, ...bench.subscribe(first.peer, publication, { ssrc: first.ssrc }) };
    speak(publication, 4);
    const sourceTimestamp = publication.stream.timestamp;
    report(publication);
    for (const { peer, ssrc, cname } of [again, ...subscriptions.slice(1)]) {
      expect(peer.compounds.at(-1)?.packets.map(({ packetType }) => packetType)).toEqual([
        SENDER_REPORT,
        SOURCE_DESCRIPTION,
      ]);
      const [sent] = peer.rtcp(SENDER_REPORT);
      const [description] = peer.rtcp(SOURCE_DESCRIPTION);
      if (sent === undefined || description === undefined) throw new Error('a report is missing');
      const heard = peer.heardFrom(ssrc);
      expect(heard).toHaveLength(peer === first.peer ? 7 : 9);
      const last = heard.at(-1);
      // The report names the instant of the packet that comes next: one packet behind the last one.
      const rtpTimestamp = ((last?.timestamp ?? 0) + 960) % 2 ** 32;
      expect(readSenderReport(sent)).toEqual({
        ssrc,
        ntpSeconds: 3_900_000_000,
        ntpFraction: 0x8765_4321,
        rtpTimestamp,
        packetCount: heard.length,
        octetCount: heard.reduce((sum, { payload }) => sum + payload.length, 0),
      });
      expect(readCname(description)).toEqual({ ssrc, cname });
    }
    expect(publication.stream.timestamp).toBe(sourceTimestamp);
    expect(publication.peer.rtcp(SENDER_REPORT)).toHaveLength(0);
  });

  test('about a stream that it does not send is dropped, and what comes behind it is not', () => {
    const [publication, other] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    for (const published of [publication, other]) {
      bench.subscribe(listener, published);
      speak(published, 1);
    }
    const fields = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 };
    publication.peer.sendRtcp(
      buildSenderReport({ ssrc: other.stream.ssrc, ...fields }),
      buildSenderReport({ ssrc: publication.stream.ssrc, ...fields }),
    );
    bench.pump();
    expect(bench.drops.get('rtcp-unknown-ssrc')).toBe(1);
    expect(listener.rtcp(SENDER_REPORT)).toHaveLength(1);
  });
});

describe("a publisher's sender reports", () => {
  test('that come in a flood are not passed on one and all', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    speak(publication, 1);
    const fields = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 };
    const flood = Array.from({ length: 40 }, () =>
      buildSenderReport({ ssrc: publication.stream.ssrc, ...fields }),
    );
    publication.peer.sendRtcp(...flood);
    bench.advance(100);
    publication.peer.sendRtcp(...flood);
    bench.pump();
    expect(listener.rtcp(SENDER_REPORT)).toHaveLength(1);
    bench.advance(1_000);
    report(publication);
    expect(listener.rtcp(SENDER_REPORT)).toHaveLength(2);
    expect(bench.statistics().rtcp).toMatchObject({ 'consumed:SR': 2, 'ignored:SR': 79, 'forwarded:SR': 2 });
  });
});

describe('what the engine reports to a publisher', () => {
  test('comes about every three seconds while it is heard, under one SSRC and with a CNAME', () => {
    const publication = bench.publish(bench.join());
    speak(publication, 600);
    const { compounds } = publication.peer;
    expect(compounds.length).toBeGreaterThanOrEqual(3);
    for (const [i, { at }] of compounds.entries()) {
      const before = compounds[i - 1];
      if (before !== undefined) expect(Math.abs(at - before.at - REPORT_INTERVAL)).toBeLessThanOrEqual(100);
    }
    const [first] = publication.peer.rtcp(SOURCE_DESCRIPTION);
    if (first === undefined) throw new Error('there is no description');
    expect(readCname(first).cname).toBe('kraken');
    const reporters = publication.peer.rtcp(RECEIVER_REPORT).map(({ bytes }) => bytes.readUInt32BE(4));
    expect(new Set(reporters)).toEqual(new Set([readCname(first).ssrc]));
    const before = compounds.length;
    bench.advance(2 * REPORT_INTERVAL);
    expect(compounds.length).toBeLessThanOrEqual(before + 1);
  });

  test('counts what was lost, and names the newest sequence number', () => {
    const publication = bench.publish(bench.join(), { sequenceNumber: 65_500 });
    for (let i = 0; i < 100; i++) {
      if (i % 4 === 3) publication.stream.skip(1);
      else publication.stream.send();
      bench.advance(20);
    }
    bench.advance(2 * REPORT_INTERVAL);
    const block = lastBlock(publication.peer);
    expect(block.ssrc).toBe(publication.stream.ssrc);
    // The last one of the hundred was lost, which nobody can know.
    expect(block.cumulativeLost).toBe(24);
    expect(block.highestSequenceNumber).toBe(65_500 + 98);
    expect(block.jitter).toBe(0);
  });

  test('tells the jitter', () => {
    const publication = bench.publish(bench.join());
    for (let i = 0; i < 200; i++) {
      publication.stream.send();
      bench.advance(i % 2 === 0 ? 10 : 30);
    }
    bench.advance(REPORT_INTERVAL);
    // Each packet is 10 ms off: 480 ticks.
    const { jitter } = lastBlock(publication.peer);
    expect(jitter).toBeGreaterThan(400);
    expect(jitter).toBeLessThanOrEqual(480);
  });

  test('answers its last sender report, for the round-trip time', () => {
    const publication = bench.publish(bench.join());
    speak(publication, 5);
    bench.advance(REPORT_INTERVAL);
    publication.stream.send();
    report(publication, { ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0 });
    const reportedAt = bench.now;
    bench.advance(REPORT_INTERVAL);
    const block = lastBlock(publication.peer);
    const answeredAt = publication.peer.compounds.at(-1)?.at ?? 0;
    expect(block.lastSenderReport).toBe(0x5678_9abc);
    expect(block.delaySinceLastSenderReport).toBe(Math.round(((answeredAt - reportedAt) * 65_536) / 1000));
  });

  test('is silent to a listener', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    speak(publication, 400);
    expect(listener.compounds).toHaveLength(0);
  });
});

describe('a stream whose SSRC has any 32 bits', () => {
  test.each([0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])('is known to RTCP: %i', (ssrc) => {
    const publication = bench.publish(bench.join(), { ssrc });
    const listener = bench.join();
    bench.subscribe(listener, publication);
    speak(publication, 2);
    report(publication);
    speak(publication, 200);
    expect(lastBlock(publication.peer)).toMatchObject({ ssrc, cumulativeLost: 0 });
    expect(listener.rtcp(SENDER_REPORT)).toHaveLength(1);
    publication.peer.sendRtcp(buildReceiverReport(1, []), buildBye(ssrc));
    bench.pump();
    expect(listener.rtcp(BYE)).toHaveLength(1);
    expect(bench.drops.get('rtcp-unknown-ssrc')).toBe(0);
  });
});

describe('goodbyes', () => {
  test('of a publisher reach its subscribers under their SSRCs', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const { ssrc, cname } = bench.subscribe(listener, publication);
    speak(publication, 2);
    publication.peer.sendRtcp(buildReceiverReport(1, []), buildBye(99, publication.stream.ssrc));
    bench.pump();
    const [compound] = listener.compounds;
    expect(compound?.packets.map(({ packetType }) => packetType)).toEqual([
      RECEIVER_REPORT,
      SOURCE_DESCRIPTION,
      BYE,
    ]);
    const [, description, bye] = compound?.packets ?? [];
    if (description === undefined || bye === undefined) throw new Error('the compound is not whole');
    expect(readCname(description)).toEqual({ ssrc, cname });
    expect(bye.bytes.readUInt32BE(4)).toBe(ssrc);
    speak(publication, 1);
    expect(listener.heard).toHaveLength(3);
  });

  test('say one goodbye, however often they name the stream', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    speak(publication, 2);
    const bye = buildBye(...new Array<number>(31).fill(publication.stream.ssrc));
    publication.peer.sendRtcp(bye, bye);
    bench.pump();
    expect(listener.rtcp(BYE)).toHaveLength(1);
    // It was no end: whoever speaks again may leave again.
    speak(publication, 1);
    bench.advance(500);
    publication.peer.sendRtcp(bye);
    bench.pump();
    expect(listener.rtcp(BYE)).toHaveLength(2);
  });

  test('that come in a flood, with packets in between, are not passed on one and all', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    for (let i = 0; i < 50; i++) {
      publication.stream.send();
      publication.peer.sendRtcp(buildBye(publication.stream.ssrc));
      bench.advance(20);
    }
    expect(listener.heard).toHaveLength(50);
    expect(listener.rtcp(BYE).length).toBeGreaterThan(0);
    expect(listener.rtcp(BYE).length).toBeLessThan(4);
    expect(bench.statistics().rtcp['ignored:BYE']).toBeGreaterThan(40);
  });

  test('are said when control closes a publication, or its transport goes', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscriptions = [first, second].map((publication) => bench.subscribe(listener, publication));
    speak(first, 1);
    speak(second, 1);
    bench.control({ type: 'close-publication', publicationId: first.id });
    bench.leave(second.peer);
    expect(listener.rtcp(BYE).map(({ bytes }) => bytes.readUInt32BE(4))).toEqual(
      subscriptions.map(({ ssrc }) => ssrc),
    );
  });

  test('are for those who have heard something', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    bench.control({ type: 'close-publication', publicationId: publication.id });
    expect(listener.compounds).toHaveLength(0);
  });
});

describe('RTCP that is taken in', () => {
  test('is counted by type and by what was done with it', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, publication);
    speak(publication, 1);
    report(publication);
    const block = { ssrc, fractionLost: 3, cumulativeLost: -1, highestSequenceNumber: 4, jitter: 5 };
    listener.sendRtcp(
      buildReceiverReport(7, [{ ...block, lastSenderReport: 0, delaySinceLastSenderReport: 0 }]),
      buildPacket(205, 1, words(7, ssrc, 0)),
      buildPacket(205, 3, words(7, ssrc, 0)),
      buildPacket(206, 1, words(7, ssrc)),
      buildPacket(207, 0, words(7)),
      buildPacket(204, 0, words(7, 0)),
      buildPacket(223, 0, words(7)),
      buildPacket(202, 0, words()),
    );
    bench.pump();
    expect(bench.statistics().rtcp).toEqual({
      'consumed:SR': 1,
      'forwarded:SR': 1,
      'consumed:RR': 1,
      'consumed:NACK': 1,
      'ignored:RTPFB': 1,
      'ignored:PSFB': 1,
      'ignored:XR': 1,
      'ignored:APP': 1,
      'ignored:unknown': 1,
      'consumed:SDES': 1,
      'generated:RR': 1,
    });
  });

  test('is dropped and counted when it is broken, forged, copied or too early', () => {
    const publication = bench.publish(bench.join());
    const { peer } = publication;
    const early = bench.admit();
    early.check();
    const packet = peer.srtp.protectRtcp(buildReceiverReport(1, []));
    early.send(packet);
    peer.send(packet);
    peer.send(packet);
    peer.send(peer.srtp.protectRtcp(buildReceiverReport(1, [])).fill(0, 12));
    peer.sendRtcp(Buffer.from([0x81, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1]));
    peer.sendRtcp(Buffer.from([0x80, RECEIVER_REPORT, 0, 9, 0, 0, 0, 1]));
    bench.pump();
    expect(bench.statistics().drops).toMatchObject({
      'rtcp-before-keys': 1,
      'srtp-replayed': 1,
      'srtp-authentication-failed': 1,
      'rtcp-content-beyond-end': 1,
      'rtcp-length-beyond-end': 1,
    });
  });

  test('is taken without encryption as well, as long as it is authentic', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    speak(publication, 1);
    publication.peer.send(publication.peer.srtp.protectRtcp(buildBye(publication.stream.ssrc), false));
    bench.pump();
    expect(listener.rtcp(BYE)).toHaveLength(1);
    expect(parseCompound(buildBye(publication.stream.ssrc))).toHaveLength(1);
  });
});
