import { type Claim, NO_CLAIM } from '../speakers/seats.js';
import { SourceStream } from './source-stream.js';

/**
 * Milliseconds without a packet after which a stream of another worker claims no seat here: there it was suppressed, or
 * the ring was full.
 */
export const RELAY_TIMEOUT = 500;

/**
 * A stream whose publisher is on another worker, which has found it authentic and decided what is of it. Its packets
 * come through a ring that may leave some out, so each one names its index. Each one says as well whether it is claimed
 * there to be speech, and how dominant.
 */
export class RelayedStream extends SourceStream {
  claim: Claim = NO_CLAIM;
  score = 0;
  /** Of the last packet; see Publication. */
  #stretch = 0;

  /**
   * Takes note of one packet.
   * @param ssrc int32; another one than before says that the source has changed
   * @param stretch another one than before says that packets were left out in between
   * @param lowIndex the lower 32 bits of the packet's index, int32
   * @param now ms
   */
  receive(ssrc: number, stretch: number, lowIndex: number, now: number): void {
    if (ssrc !== this.ssrc) this.changeSource(ssrc);
    if (stretch !== this.#stretch) this.leaveOut();
    this.#stretch = stretch;
    this.arrived(this.receivedIndex + ((lowIndex - this.receivedIndex) | 0), now);
  }

  get dueAt(): number {
    return this.claim === NO_CLAIM ? Number.POSITIVE_INFINITY : this.arrivedAt + RELAY_TIMEOUT;
  }

  tick(now: number): boolean {
    if (now < this.dueAt) return false;
    this.claim = NO_CLAIM;
    return true;
  }
}
