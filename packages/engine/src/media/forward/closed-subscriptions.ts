import type { Subscription } from './subscription.js';

/** Subscriptions of one participant that are remembered behind their end: who comes and goes must not fill memory. */
export const MAX_CLOSED_SUBSCRIPTIONS = 1024;

/**
 * The subscriptions that a participant had and that something was sent on, by SSRC. Should one come again, its numbers go
 * on: beginning anew would use the keystream twice (RFC 3711 section 9.1). They come again while their publisher is there; behind
 * that control gives the SSRC to nothing else, so that the oldest can be forgotten.
 */
export class ClosedSubscriptions {
  /** RTP packets and their octets that were ever sent on them, those included that are forgotten. */
  packetsSent = 0;
  octetsSent = 0;
  readonly #bySsrc = new Map<number, Subscription>();

  get size(): number {
    return this.#bySsrc.size;
  }

  /** @returns the subscription that is forgotten for it, or null */
  add(subscription: Subscription): Subscription | null {
    this.#bySsrc.set(subscription.ssrc, subscription);
    this.packetsSent += subscription.packetsSent;
    this.octetsSent += subscription.octetsSent;
    // What was sent again will not be asked for any more.
    subscription.resent = null;
    if (this.#bySsrc.size <= MAX_CLOSED_SUBSCRIPTIONS) return null;
    const [oldest] = this.#bySsrc.values();
    if (oldest === undefined) return null;
    this.#bySsrc.delete(oldest.ssrc);
    return oldest;
  }

  /** @returns the subscription that had the SSRC, which is remembered here no longer, or null */
  take(ssrc: number): Subscription | null {
    const subscription = this.#bySsrc.get(ssrc);
    if (subscription === undefined) return null;
    this.#bySsrc.delete(ssrc);
    this.packetsSent -= subscription.packetsSent;
    this.octetsSent -= subscription.octetsSent;
    return subscription;
  }
}
