/** How long who was removed by the operator is kept out, ms: long enough for a client to give up, which it does at once. */
export const REFUSAL_LIFETIME_MS = 60_000;
/** How many refusals are remembered; the oldest are forgotten first. */
export const MAX_REFUSALS = 10_000;

/** Remembers for a while whom the operator has removed, and which rooms were closed. */
export class Refusals {
  /** When each ends, by room, or by room and uid; in the order in which they end. */
  readonly #ends = new Map<string, number>();

  /**
   * @param uid null for everybody of the room
   * @param now ms
   */
  remember(rid: string, uid: string | null, now: number): void {
    const key = keyOf(rid, uid);
    this.#ends.delete(key);
    this.#ends.set(key, now + REFUSAL_LIFETIME_MS);
    for (const [oldest, endsAt] of this.#ends) {
      if (endsAt > now && this.#ends.size <= MAX_REFUSALS) return;
      this.#ends.delete(oldest);
    }
  }

  /** @returns whether that uid is kept out of the room at present */
  has(rid: string, uid: string, now: number): boolean {
    return this.#holds(keyOf(rid, null), now) || this.#holds(keyOf(rid, uid), now);
  }

  #holds(key: string, now: number): boolean {
    const endsAt = this.#ends.get(key);
    return endsAt !== undefined && endsAt > now;
  }
}

/** Neither id holds white space. */
function keyOf(rid: string, uid: string | null): string {
  return uid === null ? rid : `${rid} ${uid}`;
}
