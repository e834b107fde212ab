/**
 * Who of a room is forwarded: there are as many seats as there may be speakers. Who begins to speak gets a free seat, or
 * else that of who ceased longest ago; when all others speak as well, that of one who is clearly less dominant, and has
 * had it for a while. A seat is kept behind the end of speech till somebody needs it, so that a conversation of few does
 * not switch at all.
 *
 * Comparing is done with *standings*, scores smoothed over some syllables: a score alone falls between two words.
 */

/** What a stream puts forward for a seat. */
export const NO_CLAIM = 0;
/** Nobody can tell whether there is speech in it: it gets what no speaker needs, in turns with its like. */
export const UNTOLD_CLAIM = 1;
export const SPEECH_CLAIM = 2;
/** What holds a claim. */
export const CLAIM_BITS = 2;
export type Claim = typeof NO_CLAIM | typeof UNTOLD_CLAIM | typeof SPEECH_CLAIM;

/** @returns the claim of that number; of one that has no meaning, none */
export function claimOf(number: number): Claim {
  return number === UNTOLD_CLAIM || number === SPEECH_CLAIM ? number : NO_CLAIM;
}

/** Milliseconds for which nobody who speaks loses a seat to another speaker. */
export const MINIMUM_SEAT_TIME = 2_000;
/** By how much a standing has to be above another: about two steps of loudness (speech/speech-activity.ts). */
export const DOMINANCE_MARGIN = 600;
/**
 * Milliseconds for which a seat that nobody needs is kept behind the end of speech: longer than the pauses between the
 * sentences of a turn, and no longer, for whoever sits is sent to everybody.
 */
export const HOLD_TIME = 3_000;
/** Milliseconds of a turn of who cannot be told to speak, while others of that kind wait. */
export const UNTOLD_TURN = 10_000;
/** Time constant of standings, ms: some syllables. */
const STANDING_TIME = 500;
/** By how much a standing may differ from a score that it has followed: of no account beside DOMINANCE_MARGIN. */
const FOLLOWED_WITHIN = 1;

/** A stream that may sit. */
export interface Candidate {
  readonly claim: Claim;
  /** How dominant its speaker is. */
  readonly score: number;
}

/** Of who sits or waits for a seat. */
interface Claimant<C> {
  readonly candidate: C;
  claim: Claim;
  standing: number;
  /** When it got its seat, or began to wait, ms. */
  since: number;
  /** When it ceased to claim its seat, ms; infinite while it does. */
  ceasedAt: number;
}

/** The seats of one room. What happens depends on nothing but what is told and when. */
export class Seats<C extends Candidate> {
  readonly #seats: (Claimant<C> | null)[] = [];
  /** In the order in which they came. */
  readonly #waiting = new Set<Claimant<C>>();
  #tickedAt = Number.NEGATIVE_INFINITY;

  /** How many there are. */
  get count(): number {
    return this.#seats.length;
  }

  /** @returns who sits there, or null */
  holder(seat: number): C | null {
    return this.#seats[seat]?.candidate ?? null;
  }

  /** @returns the seat of a candidate, or -1 */
  seatOf(candidate: C): number {
    return this.#seats.findIndex((claimant) => claimant?.candidate === candidate);
  }

  /**
   * Sets how many seats there are; who loses one and speaks waits for another, unless there are none.
   * @param now ms
   */
  resize(count: number, now: number): void {
    const removed = this.#seats.splice(count);
    while (this.#seats.length < count) this.#seats.push(null);
    for (const claimant of removed) {
      if (claimant !== null && claimant.claim !== NO_CLAIM) this.#wait(claimant, now);
    }
    if (count === 0) this.#waiting.clear();
    this.#settle(now);
  }

  /**
   * What the candidate claims may have changed.
   * @param now ms
   */
  hear(candidate: C, now: number): void {
    const claimant = this.#find(candidate);
    if (claimant === null) {
      if (candidate.claim === NO_CLAIM) return;
      const { claim, score } = candidate;
      this.#wait({ candidate, claim, standing: score, since: now, ceasedAt: Number.POSITIVE_INFINITY }, now);
    } else {
      if (claimant.claim === candidate.claim) return;
      claimant.claim = candidate.claim;
      claimant.ceasedAt = claimant.claim === NO_CLAIM ? now : Number.POSITIVE_INFINITY;
      if (claimant.claim === NO_CLAIM) this.#waiting.delete(claimant);
    }
    this.#settle(now);
  }

  /** The candidate is gone; who waits for its seat gets it at the next tick. */
  remove(candidate: C): void {
    const claimant = this.#find(candidate);
    if (claimant === null) return;
    this.#waiting.delete(claimant);
    const seat = this.#seats.indexOf(claimant);
    if (seat >= 0) this.#seats[seat] = null;
  }

  /**
   * Follows the scores, frees what was kept long enough, and sees who has to give way.
   * @param now ms
   */
  tick(now: number): void {
    const elapsed = Math.min(now - this.#tickedAt, STANDING_TIME);
    this.#tickedAt = now;
    for (const claimant of this.#waiting) follow(claimant, elapsed);
    for (let i = 0; i < this.#seats.length; i++) {
      const claimant = this.#seats[i];
      if (claimant === null || claimant === undefined) continue;
      follow(claimant, elapsed);
      if (now - claimant.ceasedAt >= HOLD_TIME) this.#seats[i] = null;
    }
    this.#settle(now);
  }

  /**
   * Lets those who claim their seats move to free ones before these, where more hear them.
   * @param isHeardByMore whether who sits on the first seat is heard by more than on the second one
   */
  moveUp(isHeardByMore: (to: number, from: number) => boolean): void {
    for (let to = 0; to < this.#seats.length; to++) {
      if (this.#seats[to] !== null) continue;
      const from = this.#seats.findIndex(
        (claimant, seat) =>
          seat > to && (claimant?.claim ?? NO_CLAIM) !== NO_CLAIM && isHeardByMore(to, seat),
      );
      if (from < 0) continue;
      this.#seats[to] = this.#seats[from] ?? null;
      this.#seats[from] = null;
    }
  }

  /** When {@link tick} has something to do unless somebody is heard, ms; infinite when all has settled. */
  get dueAt(): number {
    if (this.#waiting.size > 0) return 0;
    let dueAt = Number.POSITIVE_INFINITY;
    for (const claimant of this.#seats) {
      if (claimant === null) continue;
      if (!hasFollowed(claimant)) return 0;
      dueAt = Math.min(dueAt, claimant.ceasedAt + HOLD_TIME);
    }
    return dueAt;
  }

  #find(candidate: C): Claimant<C> | null {
    for (const claimant of this.#seats) if (claimant?.candidate === candidate) return claimant;
    for (const claimant of this.#waiting) if (claimant.candidate === candidate) return claimant;
    return null;
  }

  #wait(claimant: Claimant<C>, now: number): void {
    claimant.since = now;
    this.#waiting.add(claimant);
  }

  /** Seats those who wait, the most dominant first, till one of them finds no seat: then none does. */
  #settle(now: number): void {
    while (this.#waiting.size > 0) {
      const next = this.#foremost();
      const seat = next === null ? -1 : this.#seatFor(next, now);
      if (next === null || seat < 0) return;
      const before = this.#seats[seat] ?? null;
      this.#waiting.delete(next);
      next.since = now;
      this.#seats[seat] = next;
      if (before !== null && before.claim !== NO_CLAIM) this.#wait(before, now);
    }
  }

  /** Speakers by their standing, then those who cannot be told, who have no other order than that of coming. */
  #foremost(): Claimant<C> | null {
    let foremost: Claimant<C> | null = null;
    for (const claimant of this.#waiting) {
      if (foremost === null || claimant.claim > foremost.claim) foremost = claimant;
      else if (claimant.claim === SPEECH_CLAIM && claimant.standing > foremost.standing) foremost = claimant;
    }
    return foremost;
  }

  /** @returns the seat that a claimant may take, or -1 */
  #seatFor(claimant: Claimant<C>, now: number): number {
    const free = this.#seats.indexOf(null);
    if (free >= 0) return free;
    if (claimant.claim === UNTOLD_CLAIM) {
      return this.#least((holder) =>
        holder.claim === UNTOLD_CLAIM && now - holder.since >= UNTOLD_TURN ? holder.since : null,
      );
    }
    const ceased = this.#least((holder) => (holder.claim === NO_CLAIM ? holder.ceasedAt : null));
    if (ceased >= 0) return ceased;
    const untold = this.#least((holder) => (holder.claim === UNTOLD_CLAIM ? holder.since : null));
    if (untold >= 0) return untold;
    const highest = claimant.standing - DOMINANCE_MARGIN;
    return this.#least((holder) =>
      holder.standing <= highest && now - holder.since >= MINIMUM_SEAT_TIME ? holder.standing : null,
    );
  }

  /** @returns the seat whose holder has the least of something, of those that have it; the first of several; or -1 */
  #least(measure: (holder: Claimant<C>) => number | null): number {
    let least = Number.POSITIVE_INFINITY;
    let seat = -1;
    this.#seats.forEach((holder, i) => {
      const value = holder === null ? null : measure(holder);
      if (value === null || value >= least) return;
      least = value;
      seat = i;
    });
    return seat;
  }
}

/** A first-order low pass; the step is that of the backward Euler method. */
function follow<C extends Candidate>(claimant: Claimant<C>, elapsed: number): void {
  claimant.standing += ((claimant.candidate.score - claimant.standing) * elapsed) / (STANDING_TIME + elapsed);
}

function hasFollowed<C extends Candidate>({ standing, candidate }: Claimant<C>): boolean {
  return Math.abs(standing - candidate.score) < FOLLOWED_WITHIN;
}
