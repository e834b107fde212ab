/**
 * How long a message has been on its way. Its octets are held until it has come whole: a peer that never ends one would have as
 * many held as a message may have, for as long as it likes.
 */

/** Header and mask of a control frame that a client sends, octets: RFC 6455 section 5.5. */
const CONTROL_FRAME_HEADER = 6;

export class UnfinishedMessage {
  #octets = 0;
  #since = 0;

  /** @param octets that have come @param now ms */
  grow(octets: number, now: number): void {
    if (this.#octets === 0) this.#since = now;
    this.#octets += octets;
  }

  /** Among them was a control frame, which may come in the midst of a message. @param payload its octets */
  passOver(payload: number): void {
    this.#octets = Math.max(0, this.#octets - CONTROL_FRAME_HEADER - payload);
  }

  /** A message has come whole. What has come of the next one with its last octets counts from the next ones on. */
  end(): void {
    this.#octets = 0;
  }

  /** How many have come of it. */
  get octets(): number {
    return this.#octets;
  }

  /** @param now ms @returns for how long it has been on its way, ms; 0 when there is none */
  age(now: number): number {
    return this.#octets === 0 ? 0 : now - this.#since;
  }
}
