/**
 * Serial number arithmetic (RFC 1982) over 16 bits, for sequence numbers, and over 32 bits, for timestamps.
 * Two numbers exactly half a cycle apart are not comparable: neither counts as newer than the other.
 */

/** @returns how far `to` lies ahead of `from`, -32768…32767; negative: behind */
export function sequenceNumberDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** @returns whether `sequenceNumber` comes after `other` */
export function isNewerSequenceNumber(sequenceNumber: number, other: number): boolean {
  return sequenceNumberDistance(other, sequenceNumber) > 0;
}

/** @returns `sequenceNumber` moved by `increment`, which may be negative, modulo 2^16 */
export function addToSequenceNumber(sequenceNumber: number, increment: number): number {
  return (sequenceNumber + increment) & 0xffff;
}

/** @returns how far `to` lies ahead of `from`, -2^31…2^31-1; negative: behind */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** @returns whether `timestamp` comes after `other` */
export function isNewerTimestamp(timestamp: number, other: number): boolean {
  return timestampDistance(other, timestamp) > 0;
}

/** @returns `timestamp` moved by `increment`, which may be negative, modulo 2^32 */
export function addToTimestamp(timestamp: number, increment: number): number {
  return (timestamp + increment) >>> 0;
}
