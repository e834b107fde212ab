/** Packets that are looked for at once; of a longer gap the last ones. */
export const MAX_MISSING = 32;
/** Milliseconds after which nobody plays a packet any longer: it is given up. */
export const MISSING_LIFETIME = 500;
/** Requests for one packet. */
export const MAX_REQUESTS = 8;
/** Milliseconds between two requests for one packet, at least. */
export const MIN_REQUEST_INTERVAL = 20;
/** Milliseconds that an answer is waited for before any has come. */
export const FIRST_REQUEST_INTERVAL = 100;
/** Packets given up in a row, none ever answered, after which the sender counts as one that sends nothing again. */
export const MAX_UNANSWERED = 30;
/**
 * Milliseconds from then on between two attempts to find that it does, now: when it was only slow, or its first answers were
 * lost.
 */
export const ATTEMPT_INTERVAL = 2_000;
/** Packets that have to come behind a gap before it counts as loss, at most: where packets overtake each other. */
export const MAX_REORDERING = 5;
/** Milliseconds after which a gap counts as loss however few packets have come behind it. */
export const REORDERING_PATIENCE = 60;
/** Milliseconds after which it is forgotten that packets overtook each other. */
export const REORDERING_LIFETIME = 10_000;

/** What comes sooner than this part of a round trip after its request was under way before. */
const TOO_SOON = 0.5;
/** By which the round-trip time falls with each such packet: should it have become shorter, they are answers. */
const ROUND_TRIP_DECAY = 0.9;
/** Gain of the estimator of the round-trip time. */
const ROUND_TRIP_GAIN = 0.25;

/** A packet that came is one that was expected, or nobody looked for it. */
export const NOT_MISSING = 0;
/** It was missing, and overtaken only: it came before anybody could answer a request. */
export const OVERTAKEN = 1;
/** It was missing, and came on request. */
export const RECOVERED = 2;

export type MissingVerdict = typeof NOT_MISSING | typeof OVERTAKEN | typeof RECOVERED;

/**
 * What is missing of one stream, and when to ask for it (RFC 4585, generic NACK). A gap is asked for as soon as a packet
 * behind it comes, or a few, where packets have overtaken each other of late; again when no answer has come within a
 * round trip, which is measured by the answers. Allocates nothing per packet.
 */
export class MissingPackets {
  /** Sequence numbers to ask for now, in the order of the stream: as many as {@link collect} returned. */
  readonly due = new Uint16Array(MAX_MISSING);
  /** Requests for a packet that were made, repeated ones included. */
  requested = 0;
  /** Packets that came upon one. */
  recovered = 0;

  /** Indices of what is missing, ascending; with each, when that was seen and when it was asked for first and last, ms. */
  readonly #indices = new Float64Array(MAX_MISSING);
  readonly #seenAt = new Float64Array(MAX_MISSING);
  readonly #firstRequestAt = new Float64Array(MAX_MISSING);
  readonly #lastRequestAt = new Float64Array(MAX_MISSING);
  readonly #requests = new Uint8Array(MAX_MISSING);
  #count = 0;

  #started = false;
  /** Index of the newest packet, and its sequence number. */
  #newest = 0;
  #sequenceNumber = 0;
  /** Milliseconds; 0 before the first answer. */
  #roundTrip = 0;
  /** Packets that have to come behind a gap, beyond the first. */
  #reordering = 0;
  #reorderedAt = 0;
  #unanswered = 0;
  /** When a packet was asked for last, ms. */
  #requestedAt = Number.NEGATIVE_INFINITY;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Milliseconds from a request to its answer, as far as is known. */
  get requestInterval(): number {
    const expected = this.#roundTrip > 0 ? this.#roundTrip : FIRST_REQUEST_INTERVAL;
    return Math.max(expected, MIN_REQUEST_INTERVAL);
  }

  /** Whether the sender never answered, so that little more is asked of it. */
  get isGivenUp(): boolean {
    return this.recovered === 0 && this.#unanswered >= MAX_UNANSWERED;
  }

  /**
   * Takes note of a packet.
   * @param index as {@link SourceIndex} gives it
   * @param now ms
   */
  received(index: number, sequenceNumber: number, now: number): MissingVerdict {
    if (!this.#started) {
      this.#started = true;
      this.#moveTo(index, sequenceNumber);
      return NOT_MISSING;
    }
    if (index <= this.#newest) return this.#receivedLate(index, now);
    if (index > this.#newest + 1) this.#miss(index, now);
    this.#moveTo(index, sequenceNumber);
    return NOT_MISSING;
  }

  /** Whether a packet is looked for. */
  isMissing(index: number): boolean {
    return this.#find(index) >= 0;
  }

  /** Forgets what is missing; the next packet begins anew. */
  reset(): void {
    this.#started = false;
    this.#count = 0;
  }

  /**
   * Finds what to ask for now, and takes it for asked.
   * @param now ms
   * @returns how many sequence numbers stand in {@link due}
   */
  collect(now: number): number {
    if (this.#count === 0) return 0;
    this.#giveUp(now);
    const isAttempt = this.isGivenUp;
    if (isAttempt && now - this.#requestedAt < ATTEMPT_INTERVAL) return 0;
    if (this.#reordering > 0 && now - this.#reorderedAt > REORDERING_LIFETIME) this.#reordering = 0;
    let count = 0;
    for (let i = 0; i < this.#count; i++) {
      if (!this.#isDue(i, now)) continue;
      if (this.#requests[i] === 0) this.#firstRequestAt[i] = now;
      this.#lastRequestAt[i] = now;
      this.#requests[i] = (this.#requests[i] ?? 0) + 1;
      this.due[count++] = this.#sequenceNumber - (this.#newest - (this.#indices[i] ?? 0));
      if (isAttempt) break;
    }
    if (count > 0) this.#requestedAt = now;
    this.requested += count;
    return count;
  }

  #isDue(i: number, now: number): boolean {
    const requests = this.#requests[i] ?? 0;
    if (requests === 0) {
      const behind = this.#newest - (this.#indices[i] ?? 0);
      return behind > this.#reordering || now - (this.#seenAt[i] ?? 0) >= REORDERING_PATIENCE;
    }
    return requests < MAX_REQUESTS && now - (this.#lastRequestAt[i] ?? 0) >= this.requestInterval;
  }

  #moveTo(index: number, sequenceNumber: number): void {
    this.#newest = index;
    this.#sequenceNumber = sequenceNumber;
  }

  /** Adds what lies between the newest packet and this one; the oldest make room. */
  #miss(index: number, now: number): void {
    const first = Math.max(this.#newest + 1, index - MAX_MISSING);
    const surplus = this.#count + (index - first) - MAX_MISSING;
    for (let i = 0; i < surplus; i++) this.#remove(0);
    for (let missing = first; missing < index; missing++) {
      const i = this.#count++;
      this.#indices[i] = missing;
      this.#seenAt[i] = now;
      this.#requests[i] = 0;
    }
  }

  #receivedLate(index: number, now: number): MissingVerdict {
    const i = this.#find(index);
    if (i < 0) return NOT_MISSING;
    const requests = this.#requests[i] ?? 0;
    const elapsed = now - (this.#firstRequestAt[i] ?? 0);
    this.#remove(i);
    if (requests === 0 || elapsed <= this.#roundTrip * TOO_SOON) {
      if (requests > 0) this.#roundTrip *= ROUND_TRIP_DECAY;
      this.#reordering = Math.min(Math.max(this.#reordering, this.#newest - index), MAX_REORDERING);
      this.#reorderedAt = now;
      return OVERTAKEN;
    }
    this.recovered++;
    if (requests === 1 || this.#roundTrip === 0) this.#measure(elapsed);
    return RECOVERED;
  }

  #measure(roundTrip: number): void {
    if (this.#roundTrip === 0) this.#roundTrip = roundTrip;
    else this.#roundTrip += (roundTrip - this.#roundTrip) * ROUND_TRIP_GAIN;
  }

  #giveUp(now: number): void {
    while (this.#count > 0 && now - (this.#seenAt[0] ?? 0) > MISSING_LIFETIME) {
      if (this.#requests[0] !== 0) this.#unanswered++;
      this.#remove(0);
    }
  }

  #find(index: number): number {
    for (let i = 0; i < this.#count; i++) if (this.#indices[i] === index) return i;
    return -1;
  }

  #remove(i: number): void {
    this.#indices.copyWithin(i, i + 1, this.#count);
    this.#seenAt.copyWithin(i, i + 1, this.#count);
    this.#firstRequestAt.copyWithin(i, i + 1, this.#count);
    this.#lastRequestAt.copyWithin(i, i + 1, this.#count);
    this.#requests.copyWithin(i, i + 1, this.#count);
    this.#count--;
  }
}
