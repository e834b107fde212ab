import { ForwardedStream } from './forwarded-stream.js';

/**
 * A stream whose publisher is on another worker, which has found it authentic and decided what is of it. Its packets
 * come through a ring that may leave some out, so each one names its index.
 */
export class RelayedStream extends ForwardedStream {
  /** That of the last packet; see Publication. */
  #stretch = 0;

  /**
   * Makes the routes ready for one packet.
   * @param ssrc int32; another one than before says that the source has changed
   * @param stretch another one than before says that the publication was silenced in between
   * @param lowIndex the lower 32 bits of the packet's index, int32
   * @param timestamp int32
   * @param now ms
   * @returns false when it is older than the routes, and must not be forwarded
   */
  admit(
    ssrc: number,
    stretch: number,
    lowIndex: number,
    sequenceNumber: number,
    timestamp: number,
    now: number,
  ): boolean {
    const index = this.newestIndex + ((lowIndex - this.newestIndex) | 0);
    if (ssrc !== this.ssrc) this.startSource(ssrc, index);
    else if (stretch !== this.#stretch) this.holdRoutes();
    this.#stretch = stretch;
    return this.admitAt(index, sequenceNumber, timestamp, now);
  }
}
