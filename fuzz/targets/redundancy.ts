import {
  BLOCK_HEADER_LENGTH,
  countBlocks,
  MAX_REDUNDANT_BLOCKS,
  parseRedundantPayload,
  RedundantPayload,
  RTP_ACCEPTED,
  writeRedundantPayload,
} from '../../packages/engine/src/media/rtp/index.js';
import type { PoisonedArray } from '../../packages/engine/src/media/rtp/testing/poison.js';
import { type FuzzTarget, promise } from '../target.js';
import { parseAmidPoisons } from './amid-poisons.js';

/** RED: its blocks lie within the payload, and written again they are what they were. */
export const redundancy: FuzzTarget = {
  name: 'redundancy',
  maxLength: 300,
  seeds: () => [
    Uint8Array.of(111, 1, 2, 3),
    Uint8Array.of(0xef, 0x0f, 0x00, 2, 111, 8, 9, 1, 2, 3),
    Uint8Array.of(0xef, 0x1e, 0x00, 1, 0xef, 0x0f, 0x00, 2, 111, 7, 8, 9, 1),
  ],
  prepare: () => {
    const payload = new RedundantPayload();
    return (input) => parseAmidPoisons(input, (array) => parsePayload(array, payload));
  },
};

function parsePayload({ bytes, offset, length }: PoisonedArray, payload: RedundantPayload): unknown {
  const reason = parseRedundantPayload(bytes, offset, length, payload);
  promise(payload.count <= MAX_REDUNDANT_BLOCKS, 'blocks are bounded');
  if (reason !== RTP_ACCEPTED) return reason;
  const { count, primaryOffset, primaryLength } = payload;
  let position = offset + count * BLOCK_HEADER_LENGTH + 1;
  for (let i = 0; i < count; i++) {
    promise(payload.offsets[i] === position, 'blocks follow each other');
    position += payload.lengths[i] ?? 0;
  }
  promise(primaryOffset === position && primaryLength > 0, 'the primary block follows');
  promise(primaryOffset + primaryLength === offset + length, 'blocks are the payload');
  const written = new Uint8Array(2 * length);
  written.set(bytes.subarray(offset, offset + length));
  for (let i = 0; i < count; i++) payload.offsets[i] = (payload.offsets[i] ?? 0) - offset;
  payload.primaryOffset -= offset;
  const writtenLength = writeRedundantPayload(written, length, payload);
  promise(writtenLength === length, 'written again it is as long');
  // The octet before the primary block has no F bit, and that is all of it that counts.
  const expected = bytes.slice(offset, offset + length);
  promise(Buffer.compare(written.subarray(length), expected) === 0, 'written again it is the same');
  promise(countBlocks(written, length) === count, 'its blocks can be counted');
  return [count, primaryOffset, primaryLength, [...payload.timestampOffsets.subarray(0, count)]];
}
