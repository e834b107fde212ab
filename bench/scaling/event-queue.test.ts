import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.js';

test('events come in the order of their times, and of equal times in the order of their adding', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (times) => {
      const queue = new EventQueue<number>();
      for (const [place, at] of times.entries()) queue.add(at, place);
      const taken: [number, number][] = [];
      for (let next = queue.take(); next !== null; next = queue.take()) taken.push([next.at, next.event]);
      const expected = times.map((at, place): [number, number] => [at, place]);
      expect(taken).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});
