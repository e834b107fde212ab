import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildRedundancy, parseRedundancy, type Redundancy } from '../testing/redundancy-packets.js';
import { RTP_DROP_NAMES } from './drop-reasons.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_REDUNDANT_BLOCKS,
  MAX_TIMESTAMP_OFFSET,
  parseRedundantPayload,
  RedundantPayload,
  renameBlocks,
  writeRedundantPayload,
} from './redundancy.js';

const payloadTypes = fc.integer({ min: 0, max: 127 });
const redundancy: fc.Arbitrary<Redundancy> = fc.record({
  blocks: fc.array(
    fc.record({
      payloadType: payloadTypes,
      timestampOffset: fc.integer({ min: 0, max: MAX_TIMESTAMP_OFFSET }),
      data: fc.uint8Array({ maxLength: MAX_BLOCK_LENGTH, size: 'medium' }),
    }),
    { maxLength: MAX_REDUNDANT_BLOCKS },
  ),
  payloadType: payloadTypes,
  primary: fc.uint8Array({ minLength: 1, maxLength: 100 }),
});

/** Octets in front, so that offsets are told from positions. */
const FRONT = 13;

function place(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(FRONT, 0xee), payload]);
}

function parse(payload: Uint8Array) {
  const bytes = place(payload);
  const parsed = new RedundantPayload();
  const verdict = parseRedundantPayload(bytes, FRONT, payload.length, parsed);
  return { bytes, parsed, verdict: verdict === 0 ? null : RTP_DROP_NAMES[verdict] };
}

function read({ bytes, parsed }: ReturnType<typeof parse>): Redundancy {
  return {
    blocks: [...parsed.payloadTypes.subarray(0, parsed.count)].map((payloadType, i) => {
      const offset = parsed.offsets[i] ?? 0;
      const data = new Uint8Array(bytes.subarray(offset, offset + (parsed.lengths[i] ?? 0)));
      return { payloadType, timestampOffset: parsed.timestampOffsets[i] ?? -1, data };
    }),
    payloadType: parsed.primaryPayloadType,
    primary: new Uint8Array(
      bytes.subarray(parsed.primaryOffset, parsed.primaryOffset + parsed.primaryLength),
    ),
  };
}

describe('a payload with redundancy', () => {
  test('of Chromium gives the block before and the present one', () => {
    // F=1, PT 111, offset 960, length 3; F=0, PT 111.
    const payload = Buffer.from('ef0f0003' + '6f' + 'aabbcc' + '0102', 'hex');
    expect(read(parse(payload))).toEqual({
      blocks: [{ payloadType: 111, timestampOffset: 960, data: Uint8Array.of(0xaa, 0xbb, 0xcc) }],
      payloadType: 111,
      primary: Uint8Array.of(1, 2),
    });
  });

  test('is read as it was written by others', () => {
    fc.assert(
      fc.property(redundancy, (written) => {
        const result = parse(buildRedundancy(written));
        expect(result.verdict).toBeNull();
        expect(read(result)).toEqual(written);
      }),
    );
  });

  test('is written as others read it', () => {
    fc.assert(
      fc.property(redundancy, (written) => {
        const { bytes, parsed } = parse(buildRedundancy(written));
        const room = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
        const length = writeRedundantPayload(room, bytes.length, parsed);
        const { blocks, primary, payloadType } = parseRedundancy(
          room.subarray(bytes.length, bytes.length + length),
        );
        expect({
          blocks: blocks.map((block) => ({ ...block, data: new Uint8Array(block.data) })),
          payloadType,
          primary: new Uint8Array(primary),
        }).toEqual(written);
      }),
    );
  });

  test('gets another payload type in all its blocks, and nothing else changes', () => {
    fc.assert(
      fc.property(redundancy, payloadTypes, (written, payloadType) => {
        const payload = buildRedundancy(written);
        renameBlocks(payload, 0, written.blocks.length, payloadType);
        const renamed = written.blocks.map((block) => ({ ...block, payloadType }));
        expect(payload).toEqual(buildRedundancy({ ...written, blocks: renamed, payloadType }));
      }),
    );
  });
});

describe('a malformed payload with redundancy is dropped', () => {
  const block = { payloadType: 111, timestampOffset: 960, data: Buffer.alloc(10) };

  test('that is empty, or ends within its headers', () => {
    const whole = buildRedundancy({ blocks: [block, block], payloadType: 111, primary: Buffer.alloc(5) });
    for (let length = 0; length < 9; length++) {
      expect(parse(whole.subarray(0, length)).verdict).toBe('rtp-redundancy-header-beyond-end');
    }
  });

  test('whose redundant blocks reach beyond its end', () => {
    const whole = buildRedundancy({ blocks: [block, block], payloadType: 111, primary: Buffer.alloc(0) });
    for (let length = 9; length < whole.length; length++) {
      expect(parse(whole.subarray(0, length)).verdict).toBe('rtp-redundancy-block-beyond-end');
    }
  });

  test('whose redundant blocks leave nothing for the primary one', () => {
    for (const blocks of [[], [block], [block, block]]) {
      const payload = buildRedundancy({ blocks, payloadType: 111, primary: Buffer.alloc(0) });
      expect(parse(payload).verdict).toBe('rtp-redundancy-primary-empty');
    }
  });

  test('that has more blocks than are read', () => {
    const blocks = Array.from({ length: MAX_REDUNDANT_BLOCKS + 1 }, () => block);
    const payload = buildRedundancy({ blocks, payloadType: 111, primary: Buffer.alloc(5) });
    expect(parse(payload).verdict).toBe('rtp-redundancy-too-many-blocks');
  });

  test('or is well-formed: no octets lead beyond the payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const { parsed, verdict } = parse(octets);
        if (verdict !== null) return;
        const end = FRONT + octets.length;
        expect(parsed.primaryOffset + parsed.primaryLength).toBe(end);
        expect(parsed.primaryOffset).toBeGreaterThan(FRONT);
        for (let i = 0; i < parsed.count; i++) {
          expect((parsed.offsets[i] ?? 0) + (parsed.lengths[i] ?? 0)).toBeLessThanOrEqual(
            parsed.primaryOffset,
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
