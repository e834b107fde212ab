/** Milliseconds between two estimates. */
export const ESTIMATE_INTERVAL = 1_000;
/** Bits per second at first: more than any client's Opus takes by itself, so that nobody is slowed down to begin with. */
export const FIRST_ESTIMATE = 150_000;
/** Bits per second: the least that Opus can do (RFC 6716 section 2.1.1) in frames of 20 ms, with all headers. */
export const MIN_ESTIMATE = 25_000;
/** Bits per second: the most that Opus can use, with all headers. */
export const MAX_ESTIMATE = 600_000;

/** Shares of packets lost, above which the estimate falls and below which it rises. */
const HIGH_LOSS = 0.1;
const LOW_LOSS = 0.02;
/** What part of the loss the estimate falls by. */
const DECREASE = 0.5;
/** Factor by which it rises with each estimate. */
const INCREASE = 1.05;
/** How far beyond what arrives it rises: what was never sent has proven nothing. */
const HEADROOM = 1.5;
/** Packets that an interval has to expect for its loss to mean anything. */
const MIN_EXPECTED_PACKETS = 10;
const BITS_PER_OCTET = 8;
const MILLISECONDS_PER_SECOND = 1_000;

/**
 * How much one publisher may send, by what comes of it: the loss-based controller of draft-ietf-rmcat-gcc-02 section 6, run
 * where packets are received, for clients that do not reckon themselves. What a publisher in silence does not send is not
 * held against it (Opus with DTX sends next to nothing): a low rate keeps the estimate from rising, and lowers it only
 * where packets are lost.
 */
export class ReceiverEstimate {
  /** Bits per second, headers included. */
  bitrate = FIRST_ESTIMATE;
  #octets = 0;
  /** When the first of these octets came, ms. */
  #beganAt = 0;
  #expected = 0;
  #lost = 0;

  /**
   * Takes one packet into account. An interval begins with its first one: silence before it does not count.
   * @param length octets of the whole packet
   * @param now ms
   */
  packetReceived(length: number, now: number): void {
    if (this.#octets === 0) this.#beganAt = now;
    this.#octets += length;
  }

  /** When the next estimate is to be made, ms; infinite while nothing comes. */
  get dueAt(): number {
    return this.#octets === 0 ? Number.POSITIVE_INFINITY : this.#beganAt + ESTIMATE_INTERVAL;
  }

  /** @param now ms */
  isDue(now: number): boolean {
    return now >= this.dueAt;
  }

  /**
   * Estimates anew, when that is due.
   * @param expected packets that the publisher's sequence numbers have announced, since it began
   * @param lost those of them that did not come
   * @param now ms
   */
  update(expected: number, lost: number, now: number): void {
    const announced = expected - this.#expected;
    const loss = announced < MIN_EXPECTED_PACKETS ? null : (lost - this.#lost) / announced;
    const received = (this.#octets * BITS_PER_OCTET * MILLISECONDS_PER_SECOND) / (now - this.#beganAt);
    this.bitrate = Math.round(
      Math.min(MAX_ESTIMATE, Math.max(MIN_ESTIMATE, this.#follow(loss, received * HEADROOM))),
    );
    this.#octets = 0;
    this.#expected = expected;
    this.#lost = lost;
  }

  /**
   * @param loss 0 to 1, or null when it is not known
   * @param proven bits per second: the most that what has come speaks for
   */
  #follow(loss: number | null, proven: number): number {
    if (loss === null) return this.bitrate;
    if (loss > HIGH_LOSS) return Math.min(this.bitrate, proven) * (1 - DECREASE * loss);
    if (loss < LOW_LOSS) return Math.max(this.bitrate, Math.min(this.bitrate * INCREASE, proven));
    return this.bitrate;
  }
}
