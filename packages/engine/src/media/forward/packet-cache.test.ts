import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { CACHED_OCTETS, CACHED_PACKETS, PacketCache } from './packet-cache.js';

const HEADER = 20;
/** Where a test writes what it stores. */
const SOURCE = 512;

function cacheOf(pages = 3): { memory: WorkerMemory; cache: PacketCache } {
  const memory = new WorkerMemory(pages, null);
  return { memory, cache: new PacketCache(memory) };
}

function store(memory: WorkerMemory, cache: PacketCache, index: number, payload = 100, now = 0): Buffer {
  const packet = randomBytes(HEADER + payload);
  memory.bytes.set(packet, SOURCE);
  cache.store(index, SOURCE, HEADER, payload, now);
  memory.bytes.fill(0, SOURCE, SOURCE + packet.length);
  return packet;
}

function read(memory: WorkerMemory, cache: PacketCache): Buffer {
  const { packet, headerLength, payloadLength } = cache;
  return Buffer.from(memory.bytes.slice(packet, packet + headerLength + payloadLength));
}

test('gives a packet back as it was stored, with its lengths and its time', () => {
  const { memory, cache } = cacheOf();
  const packets = [3, 1, 2].map((index) => ({
    index,
    bytes: store(memory, cache, index, index * 10, 1000 + index),
  }));
  for (const { index, bytes } of packets) {
    expect(cache.find(index)).toBe(true);
    expect(read(memory, cache)).toEqual(bytes);
    expect(cache.headerLength).toBe(HEADER);
    expect(cache.payloadLength).toBe(index * 10);
    expect(cache.storedAt).toBe(1000 + index);
  }
});

test('has no packets that were never stored', () => {
  const { memory, cache } = cacheOf();
  for (const index of [-1, 0, 5]) expect(cache.find(index)).toBe(false);
  store(memory, cache, 5);
  for (const index of [-1, 0, 4, 6, 5 + CACHED_PACKETS, 5 - CACHED_PACKETS])
    expect(cache.find(index)).toBe(false);
});

test('takes no memory before the first packet, and gives it back', () => {
  const { memory, cache } = cacheOf();
  expect(memory.used).toBe(0);
  store(memory, cache, 1);
  expect(memory.used).toBeGreaterThan(CACHED_OCTETS);
  cache.release();
  cache.release();
  expect(memory.used).toBe(0);
  expect(cache.find(1)).toBe(false);
  const packet = store(memory, cache, 2);
  expect(cache.find(2)).toBe(true);
  expect(read(memory, cache)).toEqual(packet);
});

test('keeps nothing, and goes on, when the memory is full', () => {
  const { memory, cache } = cacheOf(1);
  store(memory, cache, 1);
  expect(cache.find(1)).toBe(false);
});

test('holds a second of speech of 20 ms packets at 64 kbit/s', () => {
  const { memory, cache } = cacheOf();
  for (let index = 1; index <= 1_000; index++) store(memory, cache, index, 160);
  for (let index = 951; index <= 1_000; index++) expect(cache.find(index)).toBe(true);
});

test('a late packet does not displace a newer one', () => {
  const { memory, cache } = cacheOf();
  const newer = store(memory, cache, 7 + CACHED_PACKETS);
  store(memory, cache, 7);
  expect(cache.find(7)).toBe(false);
  expect(cache.find(7 + CACHED_PACKETS)).toBe(true);
  expect(read(memory, cache)).toEqual(newer);
});

test('refuses what is longer than any packet', () => {
  const { cache } = cacheOf();
  expect(() => cache.store(1, SOURCE, 81, 10, 0)).toThrow(RangeError);
  expect(() => cache.store(1, SOURCE, 12, 1401, 0)).toThrow(RangeError);
});

test('whatever is stored, what it gives back is what was stored under that index, and the newest is there', () => {
  const stored = fc.record({ step: fc.integer({ min: -20, max: 200 }), payload: fc.nat({ max: 1_400 }) });
  fc.assert(
    fc.property(fc.array(stored, { minLength: 1, maxLength: 200 }), (packets) => {
      const { memory, cache } = cacheOf();
      const written = new Map<number, Buffer>();
      let newest = 1_000;
      for (const { step, payload } of packets) {
        const index = newest + step;
        if (written.has(index)) continue;
        written.set(index, store(memory, cache, index, payload));
        newest = Math.max(newest, index);
        if (index === newest) expect(cache.find(index)).toBe(true);
      }
      for (const [index, bytes] of written) {
        if (cache.find(index)) expect(read(memory, cache)).toEqual(bytes);
      }
    }),
    { numRuns: 50 },
  );
});
