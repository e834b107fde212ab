/**
 * Serial number arithmetic (RFC 1982) over 16 bits, for sequence numbers, and over 32 bits, for timestamps.
 * Two numbers exactly half a cycle apart are not comparable: each counts as behind the other.
 */

/** @returns how far `to` lies ahead of `from`, -32768…32767; negative: behind */
export function sequenceNumberDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** @returns `sequenceNumber` moved by `increment`, which may be negative, modulo 2^16 */
export function addToSequenceNumber(sequenceNumber: number, increment: number): number {
  return (sequenceNumber + increment) & 0xffff;
}

/** @returns how far `to` lies ahead of `from`, -2^31…2^31-1; negative: behind */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** @returns `timestamp` moved by `increment`, which may be negative, modulo 2^32 */
export function addToTimestamp(timestamp: number, increment: number): number {
  return (timestamp + increment) >>> 0;
}
