import { sequenceNumberDistance } from './sequence.js';

/**
 * Tells which packets of a source are older than the one that its routes started at.
 *
 * Such a packet comes late, but it is authentic and new to the replay window of the receiving side. On a route
 * that has had another source before, it would be mapped to a sequence number that is used up already, and be
 * encrypted with the keystream of the packet that had it: reuse of the keystream gives away both (RFC 3711
 * section 9.1). The subscriber would throw it away as a replay in any case.
 *
 * Counts from the start without end, so that packets are still told apart after the 16 bits have rolled over.
 * Takes every packet that is accepted from the source, in order of arrival.
 */
export class LatePacketGuard {
  #highest = 0;
  /** How far the highest sequence number lies ahead of the start. */
  #ahead = 0;

  /** Routes start at the packet with this sequence number: older ones are not for them. */
  start(sequenceNumber: number): void {
    this.#highest = sequenceNumber;
    this.#ahead = 0;
  }

  /** @returns whether the packet with this sequence number is the one the routes started at, or a newer one */
  admits(sequenceNumber: number): boolean {
    const distance = sequenceNumberDistance(this.#highest, sequenceNumber);
    const position = this.#ahead + distance;
    if (distance > 0) {
      this.#highest = sequenceNumber;
      this.#ahead = position;
    }
    return position >= 0;
  }
}
