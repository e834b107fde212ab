import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { RELAY_RING_SIZE } from '../contract/messages.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';
import { writeSocketAddress } from './udp/socket-address.js';

const PAGES = 256;
const PACKETS = 48_000;
const LISTENERS = 4;
/** What a packet of a test stream fits into, with the octets behind it that vectors may read. */
const STRIDE = 192;
/** Octets of heap per packet that count as none. */
const TOLERANCE = 8;
/** Packets that are taken in between two flushes, and between two looks at the heap. */
const BATCH = 64;
const INTERVAL = 16 * BATCH;
/** Milliseconds from batch to batch: no integer, as in life, and such that it is no flood. */
const BATCH_DURATION = 80.25;
/** No small integer to V8, nor are the timestamps that begin there. */
const LARGE = 0xf000_0000;

const parts = await prepareBenches();

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

test('a packet goes from worker to worker and to the subscribers there without allocation', () => {
  const near = new MediaBench(parts, PAGES);
  const far = new MediaBench(parts, PAGES, 10_000);
  const ring = new SharedArrayBuffer(RELAY_RING_SIZE);
  near.control({ type: 'open-link', worker: 1, direction: 'to', ring });
  far.control({ type: 'open-link', worker: 0, direction: 'from', ring });
  const { id, peer, stream } = near.publish(near.join(), { ssrc: LARGE, timestamp: LARGE });
  far.control({ type: 'open-relayed-publication', roomId: 1, publicationId: id });
  near.control({ type: 'open-relay', publicationId: id, worker: 1 });
  for (let i = 0; i < LISTENERS; i++) far.subscribe(far.join(), { id }, { ssrc: LARGE + i });
  const address = near.memory.reserve(32);
  const [host = '', port] = peer.address.split(':');
  writeSocketAddress(near.memory.bytes, address, 'IPv4', host, Number(port));
  const source = { socketIndex: 0, address, connection: 0, ring: near.rings[0] ?? 0 };
  const packets = near.memory.reserve(PACKETS * STRIDE);
  const lengths = new Int32Array(PACKETS);
  const payload = new Uint8Array(80).fill(7);
  for (let i = 0; i < PACKETS; i++) {
    const packet = stream.next({ payload });
    near.memory.bytes.set(packet, packets + i * STRIDE);
    lengths[i] = packet.length;
  }
  far.isDeaf = true;
  const sentBefore = far.transmitter.packetsSent;
  // As in the worker: one time for the whole batch.
  const exchange = (start: number, now: number): void => {
    for (let i = start; i < start + BATCH; i++) {
      near.dataPath.receive(source, packets + i * STRIDE, lengths[i] ?? 0, now);
    }
    near.dataPath.relay.flush();
    far.dataPath.relay.sleep();
    far.dataPath.relay.awake();
    far.dataPath.relay.receive(now);
    far.transmitter.flush();
  };
  const growth: number[] = [];
  let heap = 0;
  for (let i = 0; i < PACKETS; i += BATCH) {
    if (i % INTERVAL === 0) {
      const used = getHeapStatistics().used_heap_size;
      growth.push((used - heap) / INTERVAL);
      heap = used;
    }
    exchange(i, near.now + (i / BATCH) * BATCH_DURATION);
  }
  expect(far.transmitter.packetsSent - sentBefore).toBe(PACKETS * LISTENERS);
  // What comes before the last quarter is for the compiler. A collection makes single values negative.
  expect(median(growth.slice((growth.length * 3) / 4))).toBeLessThan(TOLERANCE);
  near.close();
  far.close();
});
