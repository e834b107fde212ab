/** Packets that one subscriber gets again per second, over all its streams. */
export const RESENDS_PER_SECOND = 200;
/** So many of them at once, after a while without any. */
export const RESEND_BURST = 200;
/**
 * Streams from which on a subscriber has all of that; with fewer, its share: half of the packets of a stream. That is enough
 * for a third of them lost, and where a narrow link drops them, what is sent again does not fill it for good.
 */
export const RESEND_STREAMS = 8;
/**
 * Packets that one subscriber may ask for per second, whether or not they are there: a second of ten streams, asked for
 * ten times. One compound has room for more than a thousand, each of which is looked for.
 */
export const REQUESTS_PER_SECOND = 5_000;
export const REQUEST_BURST = 2_500;
/** Milliseconds before one packet is sent again once more, at least; else about a round trip. */
export const MIN_RESEND_INTERVAL = 20;
/** Times that one packet is sent again to one subscriber. */
export const MAX_RESENDS = 10;

/**
 * @param streams that the subscriber has, at least one
 * @returns what a packet that is sent again takes from its allowance
 */
export function resendCost(streams: number): number {
  return RESEND_STREAMS / Math.min(streams, RESEND_STREAMS);
}

/** Packets of a stream of which is known when they were sent again: more than are asked for within a second. */
const REMEMBERED = 64;
const PLACE_MASK = REMEMBERED - 1;

/**
 * When the packets of one subscription were sent again last. Receivers repeat a request with every packet that comes, till
 * the answer does: what was asked for before the last answer can have arrived is answered already.
 */
export class ResendHistory {
  readonly #indices = new Float64Array(REMEMBERED);
  readonly #times = new Float64Array(REMEMBERED);
  readonly #counts = new Uint8Array(REMEMBERED);

  /**
   * @param index of the packet
   * @param roundTrip to the subscriber, ms; 0 when it is not known
   * @param now ms
   * @returns whether it is too early, or was often enough
   */
  isAnswered(index: number, roundTrip: number, now: number): boolean {
    const place = index & PLACE_MASK;
    const count = this.#counts[place] ?? 0;
    if (count === 0 || this.#indices[place] !== index) return false;
    const interval = Math.max(roundTrip, MIN_RESEND_INTERVAL);
    return count >= MAX_RESENDS || now - (this.#times[place] ?? 0) < interval;
  }

  /**
   * The packet is sent again.
   * @param now ms
   */
  record(index: number, now: number): void {
    const place = index & PLACE_MASK;
    if (this.#indices[place] !== index) this.#counts[place] = 0;
    this.#indices[place] = index;
    this.#times[place] = now;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }
}
