import { ForwardedStream } from './forwarded-stream.js';

/**
 * A stream whose publisher is on another worker, which has found it authentic and decided what is of it. Its packets
 * come through a ring that may leave some out, so each one names its index.
 */
export class RelayedStream extends ForwardedStream {
  /** That of the last packet; see Publication. */
  #stretch = 0;

  /** Index of the packet that came last. */
  index = 0;

  /**
   * Makes the stream ready for one packet.
   * @param ssrc int32; another one than before says that the source has changed
   * @param stretch another one than before says that packets were left out in between
   * @param lowIndex the lower 32 bits of the packet's index, int32
   * @param timestamp int32
   * @param now ms
   * @returns false when it is older than the stretch or the routes, and must not be forwarded
   */
  admit(ssrc: number, stretch: number, lowIndex: number, timestamp: number, now: number): boolean {
    const { newestIndex } = this.numbers;
    this.index = newestIndex + ((lowIndex - newestIndex) | 0);
    if (ssrc !== this.ssrc) this.startSource(ssrc);
    else if (stretch !== this.#stretch) this.pause();
    this.#stretch = stretch;
    return this.admitAt(this.index, timestamp, now);
  }
}
