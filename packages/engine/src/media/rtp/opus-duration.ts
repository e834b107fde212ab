import { readUint8 } from '../big-endian.js';

/** Ticks of 48 kHz in 2.5 ms, the shortest frame. */
const SHORTEST_FRAME = 120;
/** Configurations of the TOC octet: SILK below the first, CELT from the second on, hybrids between (RFC 6716, table 2). */
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;
/** In units of the shortest frame: 10, 20, 40 and 60 ms. */
const SILK_FRAMES = [4, 8, 16, 24];
/** The number of frames of code 3 stands in the low bits of the second octet. */
const CODE_ANY_NUMBER = 3;
const FRAME_COUNT_MASK = 0x3f;

/**
 * How long an Opus packet sounds, by its table of contents: RFC 6716 section 3.1.
 *
 * ```
 *  0 1 2 3 4 5 6 7
 * +-+-+-+-+-+-+-+-+
 * | config  |s| c |
 * +-+-+-+-+-+-+-+-+
 * ```
 *
 * @param bytes the array that holds the packet
 * @param offset where it begins
 * @param length octets
 * @returns ticks of 48 kHz; 0 for a packet that is malformed or empty
 */
export function opusDuration(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 0) return 0;
  const contents = readUint8(bytes, offset);
  const frame = SHORTEST_FRAME * frameUnits(contents >>> 3);
  const code = contents & 3;
  if (code === 0) return frame;
  if (code !== CODE_ANY_NUMBER) return 2 * frame;
  return length > 1 ? frame * (readUint8(bytes, offset + 1) & FRAME_COUNT_MASK) : 0;
}

function frameUnits(configuration: number): number {
  if (configuration >= FIRST_CELT) return 1 << (configuration & 3);
  if (configuration >= FIRST_HYBRID) return 4 << (configuration & 1);
  return SILK_FRAMES[configuration & 3] ?? 0;
}
