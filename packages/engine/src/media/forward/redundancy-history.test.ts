import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { MAX_BLOCK_LENGTH, RedundantPayload } from '../rtp/index.js';
import { COMPOSED_BLOCKS, MAX_COMPOSED_LENGTH, RedundancyHistory } from './redundancy-history.js';

const FRAME = 960;

function setUp() {
  const memory = new WorkerMemory(3, null);
  const scratch = memory.reserve(2_048);
  const history = new RedundancyHistory(memory);
  return {
    memory,
    history,
    store(timestamp: number, octets: Uint8Array): void {
      memory.bytes.set(octets, scratch);
      history.store(timestamp | 0, scratch, octets.length);
      memory.bytes.fill(0, scratch, scratch + octets.length);
    },
    /** @returns age and octets of the blocks that go along with a packet */
    blocks(timestamp: number, primaryLength = 80) {
      const payload = new RedundantPayload();
      payload.primaryPayloadType = 111;
      payload.primaryLength = primaryLength;
      history.addBlocks(timestamp | 0, payload);
      return Array.from({ length: payload.count }, (_, i) => {
        const offset = payload.offsets[i] ?? 0;
        return {
          payloadType: payload.payloadTypes[i],
          age: payload.timestampOffsets[i],
          octets: [...memory.bytes.subarray(offset, offset + (payload.lengths[i] ?? 0))],
        };
      });
    },
  };
}

describe('with a packet go', () => {
  test('the two before it, oldest first', () => {
    const { store, blocks } = setUp();
    for (let i = 0; i < 5; i++) store(i * FRAME, Uint8Array.of(i));
    expect(blocks(5 * FRAME)).toEqual([
      { payloadType: 111, age: 2 * FRAME, octets: [3] },
      { payloadType: 111, age: FRAME, octets: [4] },
    ]);
  });

  test('those before it when it comes late, and it goes with those behind it', () => {
    const { store, blocks } = setUp();
    for (const i of [1, 2, 4, 5]) store(i * FRAME, Uint8Array.of(i));
    expect(blocks(3 * FRAME).map(({ octets }) => octets)).toEqual([[1], [2]]);
    store(3 * FRAME, Uint8Array.of(3));
    expect(blocks(4 * FRAME).map(({ octets }) => octets)).toEqual([[2], [3]]);
    expect(blocks(6 * FRAME).map(({ octets }) => octets)).toEqual([[4], [5]]);
  });

  test('those only whose age has room in a block header', () => {
    const { store, blocks } = setUp();
    store(0, Uint8Array.of(1));
    expect(blocks(0x3fff)).toHaveLength(1);
    expect(blocks(0x4000)).toHaveLength(0);
  });

  test('those only that have room in the packet', () => {
    const { store, blocks } = setUp();
    store(0, new Uint8Array(300).fill(1));
    store(FRAME, new Uint8Array(300).fill(2));
    expect(blocks(2 * FRAME, MAX_COMPOSED_LENGTH - 609)).toHaveLength(2);
    expect(blocks(2 * FRAME, MAX_COMPOSED_LENGTH - 608).map(({ age }) => age)).toEqual([FRAME]);
    expect(blocks(2 * FRAME, MAX_COMPOSED_LENGTH - 304)).toHaveLength(0);
    expect(blocks(2 * FRAME, 1_400)).toHaveLength(0);
  });

  test('none that is too long for a block', () => {
    const { store, blocks } = setUp();
    store(0, new Uint8Array(MAX_BLOCK_LENGTH));
    expect(blocks(FRAME)).toHaveLength(1);
    store(0 + FRAME, new Uint8Array(MAX_BLOCK_LENGTH + 1));
    expect(blocks(2 * FRAME).map(({ age }) => age)).toEqual([2 * FRAME]);
  });

  test('none from before it was told to forget', () => {
    const { store, blocks, history } = setUp();
    store(0, Uint8Array.of(1));
    history.forget();
    expect(blocks(FRAME)).toEqual([]);
    store(FRAME, Uint8Array.of(2));
    expect(blocks(2 * FRAME).map(({ octets }) => octets)).toEqual([[2]]);
  });
});

test('memory is taken with the first packet, and given back', () => {
  const { memory, history, store, blocks } = setUp();
  const { used } = memory;
  store(0, Uint8Array.of(1));
  expect(memory.used).toBeGreaterThan(used);
  history.release();
  history.release();
  expect(memory.used).toBe(used);
  expect(blocks(FRAME)).toEqual([]);
  store(FRAME, Uint8Array.of(2));
  expect(blocks(2 * FRAME)).toHaveLength(1);
});

test('without memory packets go alone', () => {
  const { memory, store, blocks } = setUp();
  while (memory.allocate(64) !== 0);
  store(0, Uint8Array.of(1));
  expect(blocks(FRAME)).toEqual([]);
});

test('in whatever order packets come, those that go along are the nearest before', () => {
  const order = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(order, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (backs, start) => {
      const { store, blocks } = setUp();
      const seen: number[] = [];
      backs.forEach((back, i) => {
        const packet = Math.max(i - back, 0);
        const found = blocks(start + packet * FRAME).map(({ age, octets }) => {
          expect(octets).toEqual([packet - (age ?? 0) / FRAME]);
          return octets[0];
        });
        // The history is of few packets; what it has of the newest ones is complete.
        const newest = [...new Set(seen)].toSorted((a, b) => b - a).slice(0, 4);
        const before = newest.filter((other) => other < packet && (packet - other) * FRAME <= 0x3fff);
        expect(found.toReversed()).toEqual(before.slice(0, COMPOSED_BLOCKS));
        store(start + packet * FRAME, Uint8Array.of(packet));
        seen.push(packet);
      });
    }),
  );
});
