import type { PeerName } from './signalling.js';

/** How long a peer that is gone is remembered; clients poll every 3 s. */
export const DEPARTED_LIFETIME_MS = 5 * 60_000;
/** How many of them are remembered; the oldest are forgotten first. */
export const MAX_DEPARTED_PEERS = 10_000;

/** `displaced`: another connection of the same uid took its place. */
export type Departure = 'closed' | 'displaced';

interface Departed {
  readonly rid: string;
  readonly uid: string;
  readonly departure: Departure;
  readonly expiresAt: number;
}

/** Remembers for a while which peers there were, so that their clients are told what became of them. */
export class DepartedPeers {
  /** By cid, which is unique; in the order of departure, so that what expires first comes first. */
  readonly #departed = new Map<string, Departed>();

  get size(): number {
    return this.#departed.size;
  }

  /** @param now milliseconds */
  remember({ rid, uid, cid }: PeerName, departure: Departure, now: number): void {
    this.#departed.set(cid, { rid, uid, departure, expiresAt: now + DEPARTED_LIFETIME_MS });
    for (const [oldest, { expiresAt }] of this.#departed) {
      if (expiresAt > now && this.#departed.size <= MAX_DEPARTED_PEERS) {
        return;
      }
      this.#departed.delete(oldest);
    }
  }

  /** @returns how that peer left, or null when it was not there or is forgotten */
  find({ rid, uid, cid }: PeerName, now: number): Departure | null {
    const departed = this.#departed.get(cid);
    const isKnown =
      departed !== undefined && departed.rid === rid && departed.uid === uid && departed.expiresAt > now;
    return isKnown ? departed.departure : null;
  }
}
