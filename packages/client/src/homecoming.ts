/** How long those of a room are waited for who come back one after the other, as oneself does. */

/** Milliseconds behind one's own return. */
export const RETURN_MILLISECONDS = 10_000;

export class Homecoming {
  /** The last session that has entered the room. */
  #entered: object | null = null;
  #returnedAt = Number.NEGATIVE_INFINITY;

  /** @param now ms */
  enter(session: object, now: number): void {
    if (this.#entered !== null) this.#returnedAt = now;
    this.#entered = session;
  }

  /**
   * @param session the present one, or null; who is there may be told before it is known that it has entered
   * @param now ms
   * @returns milliseconds in which those who are missing may come back; 0 for none
   */
  patience(session: object | null, now: number): number {
    const isReturning = this.#entered !== null && this.#entered !== session;
    return isReturning || now - this.#returnedAt < RETURN_MILLISECONDS ? RETURN_MILLISECONDS : 0;
  }
}
