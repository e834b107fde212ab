import { addToSequenceNumber, addToTimestamp } from './sequence.js';

/**
 * What keeps a subscriber's stream in one piece when its source changes (another publisher, or a new SSRC of
 * the same one): offsets that map the new source's numbers to the ones that come next in the outgoing stream.
 * A route keeps three numbers for this: the last sequence number and timestamp that it sent, and when.
 *
 * Packets of the new source that are older than the one the offsets were made for must not be forwarded: they would be
 * mapped to sequence numbers that are used up (RFC 3711 section 9.1).
 */

/** RTP clock of Opus, whatever rate it codes, RFC 7587 section 4.1. */
export const OPUS_CLOCK_RATE = 48_000;
/** Least advance of the timestamp over a change: one packet of 20 ms, in ticks of 48 kHz. */
export const PACKET_DURATION_TICKS = 960;

/**
 * @param lastSequenceNumber the last (newest) one sent on the route
 * @param incomingSequenceNumber that of the new source's first packet
 * @returns what to add, modulo 2^16, to the new source's sequence numbers, so that this one continues at last + 1
 */
export function continueSequenceNumbers(lastSequenceNumber: number, incomingSequenceNumber: number): number {
  return addToSequenceNumber(lastSequenceNumber + 1, -incomingSequenceNumber);
}

/**
 * The timestamp advances by the wall-clock time that passed since the last packet sent, so that the receiver's
 * playout delay holds, and by one packet at least, so that it never repeats or goes back.
 *
 * @param lastTimestamp that of the last packet sent on the route
 * @param lastSentAt when that was, ms
 * @param incomingTimestamp that of the new source's first packet
 * @param now when that packet arrived, ms, by the same clock
 * @returns what to add, modulo 2^32, to the new source's timestamps
 */
export function continueTimestamps(
  lastTimestamp: number,
  lastSentAt: number,
  incomingTimestamp: number,
  now: number,
): number {
  const elapsedTicks = Math.round(((now - lastSentAt) * OPUS_CLOCK_RATE) / 1000);
  const advance = Math.max(elapsedTicks, PACKET_DURATION_TICKS);
  return addToTimestamp(lastTimestamp + advance, -incomingTimestamp);
}
