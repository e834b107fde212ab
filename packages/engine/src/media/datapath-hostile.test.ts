import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DROP_REASONS } from './drop-reason.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildBye, buildReceiverReport, buildSenderReport } from './testing/rtcp-packets.js';
import type { TestPeer } from './testing/test-peer.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

/** What happens to a real datagram before somebody sends it. */
interface Mutation {
  readonly flips: readonly (readonly [number, number])[];
  readonly length: number;
  readonly tail: Uint8Array;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 255 })), {
    maxLength: 4,
  }),
  length: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
  tail: fc.oneof({ weight: 3, arbitrary: fc.constant(new Uint8Array(0)) }, fc.uint8Array({ maxLength: 40 })),
});

function mutate(bytes: Buffer, { flips, length, tail }: Mutation): Buffer {
  const mutated = Buffer.concat([bytes.subarray(0, Math.round(length * bytes.length)), tail]);
  for (const [place, mask] of flips) {
    const at = Math.min(Math.floor(place * mutated.length), mutated.length - 1);
    if (at >= 0) mutated.writeUInt8(mutated.readUInt8(at) ^ mask, at);
  }
  return mutated;
}

function sumOfDrops(): number {
  return Object.values(bench.drops.toRecord()).reduce((sum, count) => sum + count, 0);
}

/** Two who hear each other, with one datagram of each kind that they sent. */
function prepareTalk(): { publication: Published; listener: TestPeer; seen: Buffer[] } {
  const seen: Buffer[] = [];
  bench.uplink = (bytes) => {
    seen.push(bytes);
    return [bytes];
  };
  const publication = bench.publish(bench.join({ dtlsRole: 'server' }));
  const listener = bench.join({ dtlsRole: 'client' });
  const { ssrc } = bench.subscribe(listener, publication);
  for (let i = 0; i < 3; i++) publication.stream.send({ withMid: true, csrcs: [1, 2], padding: i });
  const fields = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 };
  publication.peer.sendRtcp(buildSenderReport({ ssrc: publication.stream.ssrc, ...fields }));
  listener.sendRtcp(buildReceiverReport(ssrc, []), buildBye(1));
  bench.pump();
  bench.uplink = (bytes) => [bytes];
  return { publication, listener, seen };
}

/**
 * Packets left out at most. The next one is then less than 2^15 ahead; from there on a receiver takes it for one of the
 * past (RFC 3711 section 3.3.1), and what follows as well, for good.
 */
const MAX_LEAP = 0x7ffe;

describe('hostile datagrams', () => {
  test('random or made of real ones, from anywhere, are dropped or harmless, and the others go on', () => {
    const { publication, listener, seen } = prepareTalk();
    const sources = [publication.peer.address, listener.address, '203.0.113.99:9', '[2001:db8::99]:9'];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 1600 }).map((random) => Buffer.from(random)),
      // First bytes of each protocol.
      fc
        .tuple(fc.constantFrom(0, 20, 22, 23, 0x80, 0x90, 0xb0), fc.uint8Array({ maxLength: 200 }))
        .map(([first, rest]) => Buffer.from([first, ...rest])),
      fc
        .tuple(fc.nat(seen.length - 1), mutation)
        .map(([i, change]) => mutate(seen[i] ?? Buffer.alloc(0), change)),
    );
    const used = bench.memory.used;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...sources), bytes), { maxLength: 12 }), (datagrams) => {
        for (const [from, datagram] of datagrams) {
          const before = sumOfDrops();
          bench.receive(from, datagram);
          expect(sumOfDrops() - before).toBeLessThanOrEqual(1);
          bench.transmitter.flush();
        }
        bench.advance(20);
        const heard = listener.heard.length;
        publication.stream.send();
        bench.pump();
        expect(listener.heard.length).toBe(heard + 1);
        expect(bench.memory.used).toBe(used);
      }),
      { numRuns: 600 },
    );
    expect(DROP_REASONS).toEqual(expect.arrayContaining(Object.keys(bench.drops.toRecord())));
    expect(bench.statistics().transports).toBe(2);
  });

  test('authentic ones with anything in them are dropped or forwarded', () => {
    const { publication, listener } = prepareTalk();
    const { peer } = publication;
    const used = bench.memory.used;
    const rtp = fc.record({
      first: fc.oneof(fc.constantFrom(0x80, 0x90, 0xa0), fc.integer({ min: 0x80, max: 0xbf })),
      payloadType: fc.constantFrom(111, 111, 111, 13, 0),
      leap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: MAX_LEAP })),
      body: fc.uint8Array({ maxLength: 1500 - 12 - 10 }),
    });
    const rtcp = fc.record({
      first: fc.integer({ min: 0x80, max: 0xbf }),
      packetType: fc.integer({ min: 192, max: 223 }),
      words: fc.integer({ min: 0, max: 20 }),
      body: fc.uint8Array({ minLength: 4, maxLength: 84 }),
    });
    let { index } = publication.stream;
    fc.assert(
      fc.property(rtp, rtcp, (packet, control) => {
        const next = index + 1 + packet.leap;
        const header = Buffer.alloc(12);
        header.writeUInt8(packet.first, 0);
        header.writeUInt8(packet.payloadType, 1);
        header.writeUInt16BE(next % 0x1_0000, 2);
        header.writeUInt32BE((next * 960) % 2 ** 32, 4);
        header.writeUInt32BE(publication.stream.ssrc, 8);
        const bytes = Buffer.concat([header, packet.body]);
        if (canProtect(bytes)) {
          peer.send(peer.srtp.protectRtp(bytes, Math.floor(next / 0x1_0000)));
          index = next;
        }
        const prefix = Buffer.from([control.first, control.packetType, 0, control.words]);
        peer.sendRtcp(Buffer.concat([prefix, control.body]));
        bench.advance(20);
        expect(bench.memory.used).toBe(used);
      }),
      { numRuns: 500 },
    );
    expect(listener.heard.length).toBeGreaterThan(20);
    expect(DROP_REASONS).toEqual(expect.arrayContaining(Object.keys(bench.drops.toRecord())));
  });
});

/** The reference needs a header that ends within the packet. */
function canProtect(packet: Buffer): boolean {
  const fixed = 12 + 4 * (packet.readUInt8(0) & 0x0f);
  if ((packet.readUInt8(0) & 0x10) === 0) return fixed <= packet.length;
  return fixed + 4 <= packet.length && fixed + 4 + 4 * packet.readUInt16BE(fixed + 2) <= packet.length;
}
