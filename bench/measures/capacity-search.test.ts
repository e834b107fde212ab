import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchCapacity } from './capacity-search.js';
import { MESH, ROOMS_OF_TEN, sizeFor } from './load-shape.js';

test('a size makes at most as many packets as asked for, and the next one more', () => {
  expect(sizeFor(MESH, 500_000)).toBe(100);
  expect(MESH.packetsPerSecond(100)).toBe(495_000);
  expect(sizeFor(ROOMS_OF_TEN, 100_000)).toBe(22);
  expect(sizeFor(MESH, 1)).toBe(3);
});

test.each([MESH, ROOMS_OF_TEN])(
  'the search ends near what is carried, in few tries: $name',
  async (shape) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5000, max: 900_000 }), async (capacity) => {
        const tried: number[] = [];
        const options = { shape, first: 60_000, limit: 1_000_000 };
        const { carried, failed } = await searchCapacity(options, async (size) => {
          tried.push(size);
          return shape.packetsPerSecond(size) <= capacity;
        });
        expect(tried.length).toBeLessThanOrEqual(12);
        expect(new Set(tried).size).toBe(tried.length);
        const best = sizeFor(shape, capacity);
        expect(carried ?? 0).toBeLessThanOrEqual(best);
        expect(failed ?? 0).toBeGreaterThan(best);
        const [low, high] = [shape.packetsPerSecond(carried ?? 0), shape.packetsPerSecond(failed ?? 0)];
        expect(high - low <= 0.04 * high || (failed ?? 0) - (carried ?? 0) === 1).toBe(true);
      }),
    );
  },
);

test('who carries everything, and who carries nothing, is told', async () => {
  const options = { shape: MESH, first: 60_000, limit: 500_000 };
  expect(await searchCapacity(options, async () => true)).toEqual({ carried: 100, failed: null });
  expect(await searchCapacity(options, async () => false)).toEqual({ carried: null, failed: 3 });
});
