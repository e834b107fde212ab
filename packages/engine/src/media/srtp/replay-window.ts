/** Packets that a window remembers, counted back from the newest: a power of two, at least 64 (RFC 3711, 3.3.2). */
export const REPLAY_WINDOW_SIZE = 1024;

/** Not seen yet. */
export const WINDOW_FRESH = 0;
/** Seen already. */
export const WINDOW_REPLAYED = 1;
/** So old that nobody knows. */
export const WINDOW_TOO_OLD = 2;

export type WindowVerdict = typeof WINDOW_FRESH | typeof WINDOW_REPLAYED | typeof WINDOW_TOO_OLD;

const WORDS = REPLAY_WINDOW_SIZE / 32;
const PLACE_MASK = REPLAY_WINDOW_SIZE - 1;

/**
 * Replay protection of one stream (RFC 3711, section 3.3.2): a ring of bits, one for each of the last indices. It
 * works by distances from the newest index, so indices of any width can be kept beside it.
 *
 * A packet is judged before it is authenticated, since that is the cheaper test, and recorded after, so that a
 * forger cannot move the window.
 */
export class ReplayWindow {
  readonly #seen = new Uint32Array(WORDS);
  #newest = 0;

  /**
   * @param distance of the packet's index from the newest; of the first packet of all, 0
   */
  judge(distance: number): WindowVerdict {
    if (distance > 0) return WINDOW_FRESH;
    if (distance <= -REPLAY_WINDOW_SIZE) return WINDOW_TOO_OLD;
    const place = (this.#newest + distance) & PLACE_MASK;
    const word = this.#seen[place >> 5] ?? 0;
    return (word >>> (place & 31)) & 1 ? WINDOW_REPLAYED : WINDOW_FRESH;
  }

  /**
   * Records an authentic packet, and moves the window when it is the newest.
   *
   * @param distance as judged
   */
  record(distance: number): void {
    const place = (this.#newest + distance) & PLACE_MASK;
    if (distance > 0) {
      this.#forget(distance);
      this.#newest = place;
    }
    this.#seen[place >> 5] = (this.#seen[place >> 5] ?? 0) | (1 << (place & 31));
  }

  /** Frees the places of the indices that come after the newest. */
  #forget(count: number): void {
    if (count >= REPLAY_WINDOW_SIZE) {
      this.#seen.fill(0);
      return;
    }
    for (let i = 1; i <= count; i++) {
      const place = (this.#newest + i) & PLACE_MASK;
      this.#seen[place >> 5] = (this.#seen[place >> 5] ?? 0) & ~(1 << (place & 31));
    }
  }
}
