import type { RangeDecoder } from './range-decoder.js';

/**
 * What the beginning of a CELT frame tells: RFC 6716 section 4.3, table 56. The encoder filters out the pitch of
 * what it codes where it finds one, and tells the decoder to put it in again: so a frame with a post-filter is voiced.
 */

/** Octets of the least frame that has room for a post-filter. */
const LEAST_FILTERED = 3;
/** A one is silence with the probability 2^-15. */
const SILENCE_LOGARITHM = 15;
const OCTAVES = 6;
/** Bits of the period, beside one for each octave. */
const PERIOD_BITS = 4;
const GAIN_MASK = 0x07;

/** The beginning of one frame. It is filled anew for each and allocates nothing. */
export class CeltFrame {
  silence = false;
  /** How strong the pitch is, 1 to 8; 0 for none. */
  pitch = 0;

  /** @param decoder at the frame's beginning */
  read(decoder: RangeDecoder, bytes: Uint8Array, offset: number, length: number): void {
    this.pitch = 0;
    this.silence = length === 0 || decoder.bit(SILENCE_LOGARITHM) === 1;
    if (this.silence || length < LEAST_FILTERED) return;
    if (decoder.bit(1) === 1) this.pitch = 1 + readGain(bytes, offset + length, decoder.uniform(OCTAVES));
  }
}

/** The gain stands behind the period in raw bits, which fill a frame from its end: section 4.1.4. */
function readGain(bytes: Uint8Array, end: number, octave: number): number {
  const low = bytes[end - 1] ?? 0;
  const high = bytes[end - 2] ?? 0;
  return (((high << 8) | low) >> (PERIOD_BITS + octave)) & GAIN_MASK;
}
