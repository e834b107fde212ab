/** Packets of which only the beginning is true: what follows would sound like anything. */
import { RangeEncoder } from './range-encoder.js';

const LENGTH = 60;
/** Configurations, 20 ms each: SILK wideband, and CELT fullband. */
const SILK = 9 << 3;
const CELT = 31 << 3;
const ACTIVE_TYPE = Uint8Array.of(24, 74, 148, 10);
const INACTIVE_TYPE = Uint8Array.of(26, 230);
const VOICED_GAIN = Uint8Array.of(1, 3, 26, 71, 94, 50, 9, 2);
const INACTIVE_GAIN = Uint8Array.of(32, 112, 68, 29, 12, 1, 1, 1);
const OCTAVES = 6;

/** A vowel at about -30 dBov. */
export const SILK_VOWEL = packet(
  SILK,
  new RangeEncoder()
    .bit(1, 1)
    .bit(0, 1)
    .symbol(2, ACTIVE_TYPE)
    .symbol(4, VOICED_GAIN)
    .uniform(1, 8)
    .frame(LENGTH),
);
/** A quiet room, at about -70 dBov. */
export const SILK_NOISE = packet(
  SILK,
  new RangeEncoder()
    .bit(0, 1)
    .bit(0, 1)
    .symbol(1, INACTIVE_TYPE)
    .symbol(1, INACTIVE_GAIN)
    .uniform(4, 8)
    .frame(LENGTH),
);
/** A vowel with a strong pitch. */
export const CELT_VOWEL = packet(
  CELT,
  new RangeEncoder().bit(0, 15).bit(1, 1).uniform(2, OCTAVES).frame(LENGTH, [0x01, 0x40]),
);
/** Anything without a pitch. @param length octets */
export function celtNoise(length = LENGTH): Uint8Array {
  return packet(
    CELT,
    new RangeEncoder()
      .bit(0, 15)
      .bit(0, 1)
      .frame(length - 1),
  );
}

export const CELT_SILENCE = packet(CELT, new RangeEncoder().bit(1, 15).frame(LENGTH));

/** What DTX sends now and then, where it sends anything. */
export const EMPTY = Uint8Array.of(SILK);

function packet(toc: number, frame: Uint8Array): Uint8Array {
  return Uint8Array.of(toc, ...frame);
}
