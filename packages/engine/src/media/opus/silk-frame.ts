import type { RangeDecoder } from './range-decoder.js';

/**
 * What the beginning of a SILK frame tells, in SILK-only and hybrid packets: RFC 6716 section 4.2. The encoder's own
 * voice activity detection stands there, and in the clear, so to speak: its bits are of even probability and come
 * first. The gain of the first 20 ms follows soon enough to be read without decoding the rest.
 */

/** Of each SILK frame in an Opus frame, ms: section 4.2.2. */
const SILK_FRAME_DURATION = 20;

/** Frequencies of symbols, in 256ths, by the tables of section 4.2. */
const LOW_BITRATE_OF_TWO = Uint8Array.of(0, 53, 53, 150);
const LOW_BITRATE_OF_THREE = Uint8Array.of(0, 41, 20, 29, 41, 15, 28, 82);
const STEREO_STAGE_1 = Uint8Array.of(
  ...[7, 2, 1, 1, 1, 10, 24, 8, 1, 1, 3, 23, 92, 23, 3, 1, 1, 8, 24, 10, 1, 1, 1, 2, 7],
);
const STEREO_STAGE_2 = Uint8Array.of(85, 86, 85);
const STEREO_STAGE_3 = Uint8Array.of(51, 51, 52, 51, 51);
const MID_ONLY = Uint8Array.of(192, 64);
const INACTIVE_TYPE = Uint8Array.of(26, 230);
const ACTIVE_TYPE = Uint8Array.of(24, 74, 148, 10);
/** Of the types of active frames. */
const FIRST_VOICED = 2;
const INACTIVE_GAIN = Uint8Array.of(32, 112, 68, 29, 12, 1, 1, 1);
const UNVOICED_GAIN = Uint8Array.of(2, 17, 45, 60, 62, 47, 19, 4);
const VOICED_GAIN = Uint8Array.of(1, 3, 26, 71, 94, 50, 9, 2);
/** Values of the lower bits of a gain. */
const LOW_GAINS = 8;

/** Decibels of the least gain, relative to a full-scale sample, and of a step: section 4.2.7.4. */
const LEAST_GAIN = -88.3;
const GAIN_STEP = 1.369;
/**
 * Redundant frames (section 4.2.4) are coded more coarsely, with a gain that is higher by two to seven steps.
 */
const REDUNDANT_STEPS = 4;

/** The beginning of one frame. It is filled anew for each and allocates nothing. */
export class SilkFrame {
  /** Whether the encoder found voice in any part of the frame. */
  voice = false;
  /** Whether its first part has a pitch, as vowels have. Where that cannot be read it stays as it was, and the gain too. */
  pitch = false;
  /** Gain of the first part of the frame, dB relative to full scale: how loud it is, less what is predicted. */
  gain = LEAST_GAIN;

  /**
   * @param decoder at the frame's beginning
   * @param duration of the frame, ms
   */
  read(decoder: RangeDecoder, duration: number, stereo: boolean): void {
    const parts = Math.max(1, duration / SILK_FRAME_DURATION);
    const mid = readFlags(decoder, parts);
    const midRedundant = decoder.bit(1) === 1;
    const side = stereo ? readFlags(decoder, parts) : 0;
    const sideRedundant = stereo && decoder.bit(1) === 1;
    this.voice = (mid | side) !== 0;
    const midParts = midRedundant ? readRedundancy(decoder, parts) : 0;
    const sideParts = sideRedundant ? readRedundancy(decoder, parts) : 0;
    // What comes first is the earliest redundant part of either channel; of the side's alone there is nothing to learn.
    const redundant = (midParts & 1) !== 0;
    if (!redundant && (midParts | sideParts) !== 0) return;
    const sideIsCoded = ((redundant ? sideParts : side) & 1) !== 0;
    if (stereo) skipStereo(decoder, sideIsCoded);
    this.#readGain(decoder, redundant || (mid & 1) !== 0);
    if (redundant) this.gain -= REDUNDANT_STEPS * GAIN_STEP;
  }

  /** Sections 4.2.7.3 and 4.2.7.4. */
  #readGain(decoder: RangeDecoder, active: boolean): void {
    const type = decoder.symbol(active ? ACTIVE_TYPE : INACTIVE_TYPE);
    this.pitch = active && type >= FIRST_VOICED;
    const unvoiced = active ? UNVOICED_GAIN : INACTIVE_GAIN;
    const high = decoder.symbol(this.pitch ? VOICED_GAIN : unvoiced);
    this.gain = LEAST_GAIN + GAIN_STEP * (high * LOW_GAINS + decoder.uniform(LOW_GAINS));
  }
}

/** @returns one bit for each part, the first one's lowest: section 4.2.3 */
function readFlags(decoder: RangeDecoder, parts: number): number {
  let flags = 0;
  for (let i = 0; i < parts; i++) flags |= decoder.bit(1) << i;
  return flags;
}

/** @returns which parts have a redundant frame, the first one's bit lowest: section 4.2.4 */
function readRedundancy(decoder: RangeDecoder, parts: number): number {
  if (parts === 1) return 1;
  return decoder.symbol(parts === 2 ? LOW_BITRATE_OF_TWO : LOW_BITRATE_OF_THREE);
}

/** Weights of the prediction of one channel from the other: sections 4.2.7.1 and 4.2.7.2. */
function skipStereo(decoder: RangeDecoder, sideIsCoded: boolean): void {
  decoder.symbol(STEREO_STAGE_1);
  for (let weight = 0; weight < 2; weight++) {
    decoder.symbol(STEREO_STAGE_2);
    decoder.symbol(STEREO_STAGE_3);
  }
  if (!sideIsCoded) decoder.symbol(MID_ONLY);
}
