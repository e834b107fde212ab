/** Units per second of the middle 32 bits of an NTP timestamp. */
export const NTP_MIDDLE_UNITS_PER_SECOND = 65_536;

/**
 * An NTP timestamp as RTCP shortens it, RFC 3550 section 4.
 *
 * @param seconds the more significant word: seconds since 1900, modulo 2^32
 * @param fraction the less significant word, in 1/2^32 s
 * @returns the middle 32 bits of the two, in 1/65536 s
 */
export function ntpMiddle(seconds: number, fraction: number): number {
  return ((seconds << 16) | (fraction >>> 16)) >>> 0;
}
