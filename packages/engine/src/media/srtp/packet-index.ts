/**
 * The packet index of SRTP, 65536 * ROC + SEQ, of which packets carry only SEQ: RFC 3711, section 3.3.1 and
 * appendix A. The functions take it in its two parts, which stay small integers.
 */

const SEQUENCE_NUMBERS = 0x1_0000;
const HALF = 0x8000;

/**
 * Guesses the rollover counter of a packet: the one that brings its index next to the highest one so far.
 *
 * @param roc of the highest index so far
 * @param highest its sequence number, `s_l` in the RFC
 * @param sequenceNumber of the packet
 * @returns roc, or one more or less; -1 for a packet from before the first
 */
export function estimateRoc(roc: number, highest: number, sequenceNumber: number): number {
  if (highest < HALF) return sequenceNumber - highest > HALF ? roc - 1 : roc;
  return highest - HALF > sequenceNumber ? roc + 1 : roc;
}

/**
 * @param roc and highest as for estimateRoc
 * @param packetRoc what estimateRoc returned
 * @returns how far the packet lies ahead of the highest index so far; negative: it is late
 */
export function indexDistance(
  roc: number,
  highest: number,
  packetRoc: number,
  sequenceNumber: number,
): number {
  return (packetRoc - roc) * SEQUENCE_NUMBERS + sequenceNumber - highest;
}
