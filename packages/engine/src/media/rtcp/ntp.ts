/**
 * NTP timestamps as RTCP uses them, RFC 3550 section 4: 32 bits of seconds since 1900 and 32 bits of fraction,
 * kept apart as two numbers; and the middle 32 bits of those 64, in units of 1/65536 s.
 * The seconds roll over in 2036: differences are taken modulo 2^32 and hold across that.
 */

/** Seconds from 1 January 1900 to 1 January 1970. */
export const NTP_UNIX_OFFSET = 2_208_988_800;
/** Units of the middle 32 bits per second. */
export const NTP_MIDDLE_UNITS_PER_SECOND = 65_536;

const FRACTION_UNITS_PER_SECOND = 0x1_0000_0000;

/**
 * @param unixTime ms since 1 January 1970, UTC; fractions of a millisecond count
 * @returns the more significant word of the NTP timestamp
 */
export function ntpSeconds(unixTime: number): number {
  return (Math.floor(unixTime / 1000) + NTP_UNIX_OFFSET) >>> 0;
}

/**
 * @param unixTime ms since 1 January 1970, UTC; fractions of a millisecond count
 * @returns the less significant word of the NTP timestamp
 */
export function ntpFraction(unixTime: number): number {
  const milliseconds = unixTime - Math.floor(unixTime / 1000) * 1000;
  return Math.floor((milliseconds / 1000) * FRACTION_UNITS_PER_SECOND);
}

/** @returns the middle 32 bits of a NTP timestamp given by its two words */
export function ntpMiddle(seconds: number, fraction: number): number {
  return ((seconds << 16) | (fraction >>> 16)) >>> 0;
}

/** @returns the middle 32 bits of the NTP timestamp of a time in ms since 1 January 1970, UTC */
export function ntpMiddleOf(unixTime: number): number {
  return ntpMiddle(ntpSeconds(unixTime), ntpFraction(unixTime));
}

/** @returns `later` - `earlier` in ms, two NTP timestamps given by their words; within 68 years */
export function ntpDifference(
  laterSeconds: number,
  laterFraction: number,
  earlierSeconds: number,
  earlierFraction: number,
): number {
  const seconds = (laterSeconds - earlierSeconds) | 0;
  return (seconds + (laterFraction - earlierFraction) / FRACTION_UNITS_PER_SECOND) * 1000;
}

/** @returns `later` - `earlier` in ms, two times in middle 32 bits; within 9 hours */
export function ntpMiddleDifference(later: number, earlier: number): number {
  return (((later - earlier) | 0) * 1000) / NTP_MIDDLE_UNITS_PER_SECOND;
}
