import { getHeapStatistics } from 'node:v8';
import { beforeAll, expect, test } from 'vitest';
import { type BenchParts, MediaBench, prepareBenches } from './testing/media-bench.js';
import { writeSocketAddress } from './udp/socket-address.js';

const PARTICIPANTS = 4;
const PACKETS_EACH = 12_000;
/** What a packet of a test stream fits into, with the octets behind it that vectors may read. */
const STRIDE = 192;
/** Octets of heap per packet that count as none. */
const TOLERANCE = 8;
/** Packets that are taken in between two flushes, and between two looks at the heap. */
const BATCH = 64;
const INTERVAL = 16 * BATCH;

let parts: BenchParts;
beforeAll(async () => {
  parts = await prepareBenches();
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * SSRCs and timestamps are small here: V8 boxes a number of more than 31 bits, in 16 octets, when it hands it to a
 * function that it does not inline. That is all that real ones cost.
 */
test('a packet is received, forwarded and sent without allocation', () => {
  const bench = new MediaBench(parts, 256);
  const publications = Array.from({ length: PARTICIPANTS }, (_, i) =>
    bench.publish(bench.join(), { ssrc: 1_000 + i, timestamp: 0 }),
  );
  for (const { peer } of publications) {
    for (const publication of publications) if (publication.peer !== peer) bench.subscribe(peer, publication);
  }
  const sources = publications.map(({ peer }) => {
    const address = bench.memory.reserve(32);
    const [host = '', port] = peer.address.split(':');
    writeSocketAddress(bench.memory.bytes, address, 'IPv4', host, Number(port));
    return { socketIndex: 0, address, connection: 0, ring: bench.rings[0] ?? 0 };
  });
  const total = PARTICIPANTS * PACKETS_EACH;
  const packets = bench.memory.reserve(total * STRIDE);
  const lengths = new Int32Array(total);
  const payload = new Uint8Array(80).fill(7);
  for (let i = 0; i < total; i++) {
    const packet = publications[i % PARTICIPANTS]?.stream.next({ payload }) ?? Buffer.alloc(0);
    bench.memory.bytes.set(packet, packets + i * STRIDE);
    lengths[i] = packet.length;
  }
  bench.isDeaf = true;
  const before = bench.transmitter.packetsSent;
  const growth: number[] = [];
  let heap = 0;
  let { now } = bench;
  for (let i = 0; i < total; i++) {
    if (i % INTERVAL === 0) {
      const used = getHeapStatistics().used_heap_size;
      growth.push((used - heap) / INTERVAL);
      heap = used;
    }
    const source = sources[i % PARTICIPANTS];
    if (source !== undefined) bench.dataPath.receive(source, packets + i * STRIDE, lengths[i] ?? 0, now);
    if (i % BATCH === BATCH - 1) {
      now += 1.25;
      bench.transmitter.flush();
    }
  }
  bench.transmitter.flush();
  expect(bench.drops.toRecord()).toEqual({});
  expect(bench.transmitter.packetsSent - before).toBe(total * (PARTICIPANTS - 1));
  // What comes before the last quarter is for the compiler. A collection makes single values negative.
  expect(median(growth.slice((growth.length * 3) / 4))).toBeLessThan(TOLERANCE);
  bench.close();
});
