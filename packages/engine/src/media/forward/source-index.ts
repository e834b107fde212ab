import { addToSequenceNumber } from '../rtp/index.js';

const SEQUENCE_NUMBERS = 0x1_0000;
const HALF = 0x8000;

/**
 * Counts a stream's packets without end: the extended sequence number of RFC 3550 appendix A.1, which goes on where
 * the source changes.
 *
 * SRTP's receiving side takes the index that is nearest to the newest that has come in, whether or not the packet was
 * passed on (RFC 3711, 3.3.1); the kernel the one that is nearest to what its lane sent last. Where the two are half
 * a cycle apart, the kernel would take a packet that is new for an old one, and encrypt it with a keystream that is
 * used up. Hence this counts along with the receiving side, and takes every packet that it has let pass.
 */
export class SourceIndex {
  /** The newest sequence number, and its index. */
  #sequenceNumber = 0;
  #newest = 0;

  /**
   * The packet with this sequence number is the first of another source.
   * @returns its index, which is the next one
   */
  start(sequenceNumber: number): number {
    this.#sequenceNumber = addToSequenceNumber(sequenceNumber, -1);
    return this.#newest + 1;
  }

  /** @returns the packet's index; that of a packet which was overtaken is less than one that was given before */
  extend(sequenceNumber: number): number {
    const index = this.locate(sequenceNumber);
    if (index > this.#newest) {
      this.#sequenceNumber = sequenceNumber;
      this.#newest = index;
    }
    return index;
  }

  /** @returns the index that a packet with this sequence number gets if it is the next one to count */
  locate(sequenceNumber: number): number {
    const forward = addToSequenceNumber(sequenceNumber, -this.#sequenceNumber);
    // Just half a cycle is ahead: SRTP does not take packets that are so late.
    return this.#newest + (forward <= HALF ? forward : forward - SEQUENCE_NUMBERS);
  }
}
