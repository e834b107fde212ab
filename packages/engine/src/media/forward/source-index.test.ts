import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SourceIndex } from './source-index.js';

describe('the index of a packet', () => {
  test('that is the first of a source follows the newest one, whatever its sequence number', () => {
    const source = new SourceIndex();
    let last = 0;
    for (const first of [0, 1, 0x8000, 0xffff]) {
      const index = source.start(first);
      expect(index).toBe(last + 1);
      expect(source.extend(first)).toBe(index);
      last = source.extend((first + 3) & 0xffff);
      expect(last).toBe(index + 3);
    }
  });

  test('is nearest to the newest one, across the rollover', () => {
    const source = new SourceIndex();
    const first = source.start(0xfffe);
    expect(source.extend(0xfffe)).toBe(first);
    expect(source.extend(1)).toBe(first + 3);
    expect(source.extend(0xffff)).toBe(first + 1);
    expect(source.extend(0)).toBe(first + 2);
  });

  test('goes on beyond a cycle', () => {
    const source = new SourceIndex();
    const first = source.start(0);
    expect([0, 0x8000, 0xffff, 0, 0xfff0].map((number) => source.extend(number) - first)).toEqual([
      0, 0x8000, 0xffff, 0x1_0000, 0xfff0,
    ]);
  });

  test('differs from that of every other packet of the source, in whatever order they come', () => {
    const steps = fc.array(fc.integer({ min: -64, max: 0x7fff }), { maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), steps, (first, jumps) => {
        const source = new SourceIndex();
        const start = source.start(first);
        let newest = 0;
        for (const jump of jumps) {
          const packet = newest + jump;
          newest = Math.max(newest, packet);
          expect(source.extend((first + packet) & 0xffff)).toBe(start + packet);
        }
      }),
    );
  });
});
