import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeFrame, FrameBoundaries } from './frame-boundaries.js';

function frameOf(length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const header =
    length < 126
      ? [0x81, mask | length]
      : length < 65_536
        ? [0x81, mask | 126, length >> 8, length & 0xff]
        : [0x81, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from(header), Buffer.alloc(isMasked ? length + 4 : length, 0x81)]);
}

test('frames end where they end, in whatever pieces they come', () => {
  const length = fc.oneof(fc.nat(130), fc.integer({ min: 65_000, max: 66_000 }));
  const frames = fc.array(fc.tuple(length, fc.boolean()), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 70_000 }), (lengths, pieceLength) => {
      const boundaries = new FrameBoundaries();
      const all = Buffer.concat(lengths.map(([octets, isMasked]) => frameOf(octets, isMasked)));
      for (let at = 0; at < all.length - 1; at += pieceLength) {
        boundaries.pass(all.subarray(at, Math.min(at + pieceLength, all.length - 1)));
      }
      expect(boundaries.isBetweenFrames).toBe(false);
      boundaries.pass(all.subarray(all.length - 1));
      expect(boundaries.isBetweenFrames).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a frame that closes holds code and reason', () => {
  expect(closeFrame(1001, 'end')).toEqual(Buffer.from([0x88, 5, 0x03, 0xe9, ...Buffer.from('end')]));
});
