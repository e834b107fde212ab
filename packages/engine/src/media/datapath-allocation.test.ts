import { GCProfiler, getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { celtNoise, SILK_NOISE } from './opus/testing/opus-packets.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';
import { writeSocketAddress } from './udp/socket-address.js';

/** 163,840 packets in and 2.4 million out; in the second half, which counts, 1.2 million. */
const PARTICIPANTS = 16;
const PACKETS_EACH = 10_240;
/** What a packet of a test stream fits into, with the octets behind it that vectors may read. */
const STRIDE = 192;
/** Octets of heap per packet in that count as none: looking at the heap takes one. */
const TOLERANCE = 2;
/** Packets that are taken in between two flushes, and between two looks at the heap. */
const BATCH = 64;
const INTERVAL = 16 * BATCH;
/** The least number that is no small integer. */
const BORDER = 0x8000_0000;
/** Audio levels that differ from packet to packet and are no speech, of which control would hear: 60 to 66 -dBov. */
const VOICE_BIT = 0x80;
const QUIET = 60;
const QUIET_SPREAD = 7;
/** Ids of the header extensions: of the audio level, of the transport-wide sequence number. */
const AUDIO_LEVEL = 1;
const TRANSPORT_SEQUENCE = 5;
/** Milliseconds that the test may take on a machine that has others to serve. */
const DURATION_LIMIT = 60_000;
/** Milliseconds from batch to batch: no integer, as in life, and such that it is no flood. */
const BATCH_DURATION = 5.25;

const parts = await prepareBenches();

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * From 2^31 on a number is no small integer to V8, which would box it in 16 octets each time it hands it on. Hence
 * SSRCs are of both kinds here, and the timestamps cross the border.
 */
test(
  'a packet is received, forwarded and sent without allocation, and nothing is collected',
  () => {
    const bench = new MediaBench(parts, 1024);
    const publications = Array.from({ length: PARTICIPANTS }, (_, i) =>
      bench.publish(bench.join(), {
        ssrc: i % 2 === 0 ? 1_000 + i : 0xf000_0000 + i,
        timestamp: BORDER - 960_000 * i,
        signalled: {
          extensions: { audioLevel: AUDIO_LEVEL, mid: null, transportSequence: TRANSPORT_SEQUENCE },
          feedback: { nack: true, transportCc: true, remb: i % 2 === 0 },
        },
      }),
    );
    for (const { peer } of publications) {
      for (const [i, publication] of publications.entries()) {
        if (publication.peer !== peer) bench.subscribe(peer, publication, { ssrc: BORDER + i });
      }
    }
    const addresses = publications.map(({ peer }) => {
      const address = bench.memory.reserve(32);
      const [host = '', port] = peer.address.split(':');
      writeSocketAddress(bench.memory.bytes, address, 'IPv4', host, Number(port));
      return address;
    });
    const source = { socketIndex: 0, address: 0, connection: 0, ring: bench.rings[0] ?? 0 };
    const total = PARTICIPANTS * PACKETS_EACH;
    const packets = bench.memory.reserve(total * STRIDE);
    const lengths = new Int32Array(total);
    const payloads = [new Uint8Array(80).fill(7), SILK_NOISE, celtNoise(80)];
    for (let i = 0; i < total; i++) {
      const level = VOICE_BIT | (QUIET + (i % QUIET_SPREAD));
      const sequenceNumber = Math.floor(i / PARTICIPANTS);
      const payload = payloads[(i % PARTICIPANTS) % payloads.length] ?? SILK_NOISE;
      const extensions = new Map([[TRANSPORT_SEQUENCE, Uint8Array.of(sequenceNumber >>> 8, sequenceNumber)]]);
      // Of the others, the level is estimated from the payload.
      if (payload === payloads[0]) extensions.set(AUDIO_LEVEL, Uint8Array.of(level));
      const packet = publications[i % PARTICIPANTS]?.stream.next({ payload, extensions }) ?? Buffer.alloc(0);
      bench.memory.bytes.set(packet, packets + i * STRIDE);
      lengths[i] = packet.length;
    }
    bench.isDeaf = true;
    const sentBefore = bench.transmitter.packetsSent;
    const dropsBefore = bench.drops.toRecord();
    // As in the worker: one source, filled anew for every packet, and one time for the whole batch.
    const receiveBatch = (start: number, now: number): void => {
      for (let i = start; i < start + BATCH; i++) {
        source.address = addresses[i % PARTICIPANTS] ?? 0;
        bench.dataPath.receive(source, packets + i * STRIDE, lengths[i] ?? 0, now);
      }
      bench.transmitter.flush();
    };
    const profiler = new GCProfiler();
    const growth: number[] = [];
    let heap = 0;
    for (let i = 0; i < total; i += BATCH) {
      if (i % INTERVAL === 0) {
        const used = getHeapStatistics().used_heap_size;
        growth.push((used - heap) / INTERVAL);
        heap = used;
      }
      if (i === total / 2) profiler.start();
      receiveBatch(i, bench.now + (i / BATCH) * BATCH_DURATION);
    }
    const collections = profiler.stop().statistics;
    expect(bench.drops.toRecord()).toEqual(dropsBefore);
    expect(bench.transmitter.packetsSent - sentBefore).toBe(total * (PARTICIPANTS - 1));
    // What comes before is for the compiler.
    expect(median(growth.slice((growth.length * 3) / 4))).toBeLessThan(TOLERANCE);
    expect(collections).toEqual([]);
    bench.close();
  },
  DURATION_LIMIT,
);
