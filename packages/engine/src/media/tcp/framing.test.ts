import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_HEADER_SIZE, FrameDecoder, MAX_FRAME_LENGTH, writeFrameHeader } from './framing.js';

function frame(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_SIZE + payload.length);
  writeFrameHeader(bytes, 0, payload.length);
  bytes.set(payload, FRAME_HEADER_SIZE);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Cuts at the given places, which may repeat: empty chunks are part of the game. */
function split(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((start, i) => stream.slice(start, cuts[i] ?? stream.length));
}

function decode(chunks: readonly Uint8Array[]): { frames: number[][]; error: string | null } {
  const decoder = new FrameDecoder();
  const frames: number[][] = [];
  let error: string | null = null;
  for (const chunk of chunks) {
    error = decoder.push(chunk, (bytes, offset, length) => {
      expect(offset + length).toBeLessThanOrEqual(bytes.length);
      frames.push([...bytes.subarray(offset, offset + length)]);
    });
  }
  return { frames, error };
}

describe('framing by RFC 4571', () => {
  test('the header is the length in network order', () => {
    const bytes = new Uint8Array(4);
    writeFrameHeader(bytes, 1, 0x1234);
    expect([...bytes]).toEqual([0, 0x12, 0x34, 0]);
    expect(() => writeFrameHeader(bytes, 0, 65536)).toThrow(RangeError);
    expect(() => writeFrameHeader(bytes, 0, -1)).toThrow(RangeError);
  });

  test('a chunk with several frames gives each of them without copying', () => {
    const chunk = concatenate([frame(Uint8Array.of(1)), frame(Uint8Array.of(2, 3))]);
    const seen: [boolean, number, number][] = [];
    new FrameDecoder().push(chunk, (bytes, offset, length) => seen.push([bytes === chunk, offset, length]));
    expect(seen).toEqual([
      [true, 2, 1],
      [true, 5, 2],
    ]);
  });

  test('a stream that comes byte by byte gives the same frames', () => {
    const stream = concatenate([
      frame(Uint8Array.of(1, 2, 3)),
      frame(new Uint8Array(0)),
      frame(Uint8Array.of(4)),
    ]);
    expect(decode([...stream].map((byte) => Uint8Array.of(byte)))).toEqual({
      frames: [[1, 2, 3], [4]],
      error: null,
    });
  });

  test('any split of a stream gives the same frames', () => {
    const payload = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(
        fc.array(payload, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.uint8Array({ maxLength: 1 }),
        (payloads, places, rest) => {
          const stream = concatenate([...payloads.map(frame), rest]);
          const frames = payloads.filter((bytes) => bytes.length > 0).map((bytes) => [...bytes]);
          expect(decode(split(stream, places))).toEqual({ frames, error: null });
        },
      ),
    );
  });

  test('the longest frame passes, whole and in pieces', () => {
    const longest = frame(new Uint8Array(MAX_FRAME_LENGTH).fill(7));
    for (const chunks of [[longest], split(longest, [1]), split(longest, [2, 5000])]) {
      const { frames, error } = decode(chunks);
      expect(error).toBeNull();
      expect(frames.map((bytes) => bytes.length)).toEqual([MAX_FRAME_LENGTH]);
    }
  });

  test('a longer frame ends the stream after the frames before it', () => {
    const header = new Uint8Array(FRAME_HEADER_SIZE);
    writeFrameHeader(header, 0, MAX_FRAME_LENGTH + 1);
    const stream = concatenate([frame(Uint8Array.of(1)), header, frame(Uint8Array.of(2))]);
    for (const places of [[], [3], [4], [5], [1, 2, 3, 4, 5, 6]]) {
      expect(decode(split(stream, places))).toEqual({ frames: [[1]], error: 'frame-too-long' });
    }
  });

  test('random bytes in random chunks never throw, and frames stay in bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 30 }), (chunks) => {
        const { frames } = decode(chunks);
        expect(frames.every((bytes) => bytes.length > 0 && bytes.length <= MAX_FRAME_LENGTH)).toBe(true);
      }),
    );
  });
});
