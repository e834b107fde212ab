import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WorkerMemory } from './memory.js';
import { KERNEL_PAGE_SIZE } from './srtp/index.js';

describe('worker memory', () => {
  test('hands out zeroed blocks behind the kernel, each on cache lines of its own', () => {
    const memory = new WorkerMemory(2, null);
    const blocks = [1, 64, 65, 300].map((size) => ({ size, offset: memory.allocate(size) }));
    for (const { offset, size } of blocks) {
      expect(offset).toBeGreaterThanOrEqual(KERNEL_PAGE_SIZE);
      expect(offset % 64).toBe(0);
      expect(memory.bytes.subarray(offset, offset + size).every((octet) => octet === 0)).toBe(true);
    }
    expect(memory.used).toBe(64 + 64 + 128 + 320);
    expect(memory.baseAddress).toBe(0);
  });

  test('wipes what is given back, and hands it out again', () => {
    const memory = new WorkerMemory(2, null);
    const offset = memory.allocate(100);
    memory.bytes.fill(0xaa, offset, offset + 100);
    memory.free(offset, 100);
    expect(memory.bytes.subarray(offset, offset + 128).every((octet) => octet === 0)).toBe(true);
    expect(memory.used).toBe(0);
    // As large when rounded up.
    expect(memory.allocate(120)).toBe(offset);
  });

  test('is full at its end, and can still give again what comes back', () => {
    const memory = new WorkerMemory(2, null);
    const whole = memory.allocate(KERNEL_PAGE_SIZE);
    expect(whole).toBe(KERNEL_PAGE_SIZE);
    expect(memory.allocate(1)).toBe(0);
    expect(() => memory.reserve(1)).toThrow('too small');
    memory.free(whole, KERNEL_PAGE_SIZE);
    expect(memory.reserve(KERNEL_PAGE_SIZE)).toBe(whole);
  });

  test('knows its absolute address from whoever can tell it', () => {
    const memory = new WorkerMemory(1, (bytes) => (bytes.length === 65_536 ? 0x7f00_0000_0000 : 0));
    expect(memory.baseAddress).toBe(0x7f00_0000_0000);
  });

  test('never hands out the same bytes twice, and counts what is out', () => {
    const action = fc.record({ size: fc.integer({ min: 1, max: 5_000 }), frees: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const memory = new WorkerMemory(3, null);
        const blocks: { offset: number; size: number }[] = [];
        for (const { size, frees } of actions) {
          const offset = memory.allocate(size);
          if (offset !== 0) {
            expect(memory.bytes.subarray(offset, offset + size).every((octet) => octet === 0)).toBe(true);
            memory.bytes.fill(1, offset, offset + size);
            blocks.push({ offset, size });
          }
          const gone = frees === 0 ? blocks.shift() : undefined;
          if (gone !== undefined) memory.free(gone.offset, gone.size);
        }
        const rounded = (size: number) => Math.ceil(size / 64) * 64;
        expect(memory.used).toBe(blocks.reduce((sum, { size }) => sum + rounded(size), 0));
        const ordered = blocks.toSorted((a, b) => a.offset - b.offset);
        ordered.forEach(({ offset, size }, i) => {
          expect(offset + rounded(size)).toBeLessThanOrEqual(ordered[i + 1]?.offset ?? memory.bytes.length);
        });
      }),
    );
  });
});
