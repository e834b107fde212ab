import {
  CompoundCursor,
  NACK_FORMAT,
  Nack,
  parseNack,
  RTCP_ACCEPTED,
  RTCP_TRANSPORT_LAYER_FEEDBACK,
  readNackEntry,
} from '../../packages/engine/src/media/rtcp/index.js';
import { maxNackLength, writeNack } from '../../packages/engine/src/media/rtcp/nack.js';
import { OctetReader } from '../input/octet-reader.js';
import { type FuzzTarget, promise } from '../target.js';

const MAX_NUMBERS = 64;

/** NACKs that the engine writes ask for just the packets that they were written for, once each and in order. */
export const nack: FuzzTarget = {
  name: 'nack',
  maxLength: 80,
  seeds: () => [Uint8Array.of(0xff, 0xf0, 1, 2, 17, 16, 18, 1), Uint8Array.of(0, 0, 40, 1, 1, 1)],
  prepare: () => {
    const parsed = new Nack();
    const cursor = new CompoundCursor();
    return (input) => {
      const numbers = numbersOf(new OctetReader(input));
      const bytes = new Uint8Array(maxNackLength(numbers.length));
      const length = writeNack(bytes, 0, 1, 2, Uint16Array.from(numbers), numbers.length);
      promise(length <= bytes.length, 'it has its room');
      promise(cursor.open(bytes, 0, length) === RTCP_ACCEPTED && cursor.next(), 'it is RTCP');
      promise(
        cursor.packetType === RTCP_TRANSPORT_LAYER_FEEDBACK && cursor.count === NACK_FORMAT,
        'it is a NACK',
      );
      promise(parseNack(bytes, cursor.offset, cursor.length, parsed) === RTCP_ACCEPTED, 'it can be parsed');
      promise(String(askedFor(bytes, parsed)) === String(numbers), 'it asks for what it was written for');
    };
  },
};

/** @returns numbers that ascend, across the wrap as well; one at least */
function numbersOf(reader: OctetReader): number[] {
  const numbers = [reader.uint16()];
  while (!reader.isAtEnd && numbers.length < MAX_NUMBERS) {
    numbers.push(((numbers.at(-1) ?? 0) + 1 + reader.octet()) & 0xffff);
  }
  return numbers;
}

function askedFor(bytes: Uint8Array, parsed: Nack): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < parsed.entryCount; i++) {
    const entry = readNackEntry(bytes, parsed, i);
    const first = entry >>> 16;
    numbers.push(first);
    for (let bit = 0; bit < 16; bit++)
      if ((entry & (1 << bit)) !== 0) numbers.push((first + 1 + bit) & 0xffff);
  }
  return numbers;
}
