import { addToSequenceNumber } from '../rtp/index.js';

const SEQUENCE_NUMBERS = 0x1_0000;
const HALF = 0x8000;

/**
 * Where a source's packets stand, seen from the newest one that its routes were given.
 *
 * SRTP's receiving side takes the index that is nearest to the newest that has come in, whether or not the packet was
 * passed on (RFC 3711, 3.3.1); the kernel the one that is nearest to what its lane sent last. Where the two are half
 * a cycle apart, the kernel would take a packet that is new for an old one, and encrypt it with a keystream that is
 * used up. Hence this counts along with the receiving side, and takes every packet that it has let pass.
 */
export class SourcePosition {
  /** The newest sequence number, and how far it lies ahead of the newest one that the routes were given. */
  #newest = 0;
  #ahead = 0;

  /** The packet with this sequence number is the first of the source: it will be one ahead. */
  start(sequenceNumber: number): void {
    this.#newest = addToSequenceNumber(sequenceNumber, -1);
    this.#ahead = 0;
  }

  /** @returns how far the packet lies ahead of the newest one that the routes were given; 0 or less: it is late */
  place(sequenceNumber: number): number {
    const forward = addToSequenceNumber(sequenceNumber, -this.#newest);
    // Just half a cycle is ahead: SRTP does not take packets that are so late.
    const distance = forward <= HALF ? forward : forward - SEQUENCE_NUMBERS;
    const place = this.#ahead + distance;
    if (distance > 0) {
      this.#newest = sequenceNumber;
      this.#ahead = place;
    }
    return place;
  }

  /** The routes are given the packet at this place, which is positive. */
  pass(place: number): void {
    this.#ahead -= place;
  }
}
