import { beforeEach, describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { type CapturedDatagram, readMessages } from '../testing/captured-messages.js';
import { TransmitQueue } from '../testing/transmit-queue.js';
import { ARENA_SIZE, RING_CAPACITY } from './transmitter.js';

let memory: WorkerMemory;
let sent: CapturedDatagram[];
let queue: TransmitQueue;
/** How many of each flush are taken. */
let limit: number;
let destination: number;
beforeEach(() => {
  memory = new WorkerMemory(128, () => 0x7fff_0000_1000);
  sent = [];
  limit = RING_CAPACITY;
  queue = new TransmitQueue(memory, (messages, count) => {
    const taken = Math.min(count, limit);
    sent.push(...readMessages(memory, messages, taken));
    return taken;
  });
  destination = queue.destination('IPv4', '192.0.2.1', 9);
});

describe('what is queued', () => {
  test('goes out in order with the flush, to its destination, and once', () => {
    const other = queue.destination('IPv6', '2001:db8::1', 10);
    queue.queue(destination, Uint8Array.of(1));
    queue.queue(other, Uint8Array.of(2, 2));
    queue.queue(destination, Uint8Array.of(3, 3, 3));
    expect(sent).toHaveLength(0);
    queue.transmitter.flush();
    queue.transmitter.flush();
    expect(sent).toEqual([
      { to: '192.0.2.1:9', bytes: Buffer.of(1) },
      { to: '[2001:db8::1]:10', bytes: Buffer.of(2, 2) },
      { to: '192.0.2.1:9', bytes: Buffer.of(3, 3, 3) },
    ]);
    expect(queue.transmitter.packetsSent).toBe(3);
    expect(queue.transmitter.octetsSent).toBe(6);
  });

  test('keeps to rings of its own', () => {
    const second: CapturedDatagram[] = [];
    const ring = queue.transmitter.addRing((messages, count) => {
      second.push(...readMessages(memory, messages, count));
      return count;
    });
    const elsewhere = queue.destination('IPv4', '192.0.2.2', 9);
    memory.view.setUint32(elsewhere, ring, true);
    queue.queue(destination, Uint8Array.of(1));
    queue.queue(elsewhere, Uint8Array.of(2));
    queue.transmitter.flush();
    expect([sent, second].map((list) => list.map(({ to }) => to))).toEqual([
      ['192.0.2.1:9'],
      ['192.0.2.2:9'],
    ]);
  });

  test('beyond the ring is preceded by a flush', () => {
    for (let i = 0; i < RING_CAPACITY + 1; i++) queue.queue(destination, Uint8Array.of(i & 0xff));
    expect(sent).toHaveLength(RING_CAPACITY);
    queue.transmitter.flush();
    expect(sent.map(({ bytes }) => bytes[0])).toEqual(
      Array.from({ length: RING_CAPACITY + 1 }, (_, i) => i & 0xff),
    );
  });

  test('beyond the arena is preceded by a flush, and no packet overwrites another', () => {
    const packets = 3 * Math.ceil(ARENA_SIZE / 8_000);
    for (let i = 0; i < packets; i++) queue.queue(destination, new Uint8Array(8_001).fill(i));
    queue.transmitter.flush();
    expect(sent).toHaveLength(packets);
    sent.forEach(({ bytes }, i) => {
      expect(bytes.equals(Buffer.alloc(8_001, i & 0xff))).toBe(true);
    });
  });

  test('for no ring is refused and counted, as is what the socket does not take', () => {
    memory.view.setUint32(destination, 0, true);
    queue.queue(destination, Uint8Array.of(1));
    expect(queue.transmitter.packetsRefused).toBe(1);
    memory.view.setUint32(destination, queue.ring, true);
    limit = 1;
    for (let i = 0; i < 3; i++) queue.queue(destination, Uint8Array.of(i));
    queue.transmitter.flush();
    expect(queue.transmitter.packetsSent).toBe(1);
    expect(queue.transmitter.packetsRefused).toBe(3);
  });
});

describe('room', () => {
  test('is the same until it is taken', () => {
    const room = queue.transmitter.room(100, 1);
    expect(queue.transmitter.room(100, 1)).toBe(room);
    queue.transmitter.advance(1);
    expect(queue.transmitter.room(100, 1)).toBe(room + 16);
  });

  test('of the whole arena and for a whole ring is had', () => {
    const room = queue.transmitter.room(ARENA_SIZE, RING_CAPACITY);
    queue.queue(destination, Uint8Array.of(1));
    expect(queue.transmitter.room(ARENA_SIZE, RING_CAPACITY)).toBe(room);
    expect(sent).toHaveLength(1);
  });
});
