import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateRoc, indexDistance } from './packet-index.js';

describe('estimateRoc', () => {
  it.each([
    // roc, highest, sequence number, expected: RFC 3711, section 3.3.1 and appendix A.
    [0, 10, 11, 0],
    [0, 65_535, 0, 1],
    [1, 0, 65_535, 0],
    [5, 32_767, 65_535, 5],
    [5, 32_766, 65_535, 4],
    [5, 32_768, 0, 5],
    [5, 32_769, 0, 6],
    [0, 0, 32_768, 0],
    [0, 0, 32_769, -1],
    [2 ** 31, 65_535, 0, 2 ** 31 + 1],
  ])('takes roc %i, highest %i and packet %i to %i', (roc, highest, sequenceNumber, expected) => {
    expect(estimateRoc(roc, highest, sequenceNumber)).toBe(expected);
  });

  it('finds every index less than half a cycle away', () => {
    const index = fc.integer({ min: 0x8000, max: 2 ** 47 });
    const distance = fc.integer({ min: -0x7fff, max: 0x7fff });
    fc.assert(
      fc.property(index, distance, (highest, ahead) => {
        const roc = Math.floor(highest / 0x10000);
        const sequenceNumber = (highest + ahead) % 0x10000;
        const packetRoc = estimateRoc(roc, highest % 0x10000, sequenceNumber);
        expect(packetRoc * 0x10000 + sequenceNumber).toBe(highest + ahead);
        expect(indexDistance(roc, highest % 0x10000, packetRoc, sequenceNumber)).toBe(ahead);
      }),
    );
  });
});
