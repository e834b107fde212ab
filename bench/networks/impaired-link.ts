import type { LinkConditions } from './conditions.js';

/** Octets of IPv4 and UDP headers. */
export const IP_UDP_HEADERS = 28;
const BITS_PER_OCTET = 8;
const MS_PER_SECOND = 1000;

/** One direction of a bad network: tells when a packet comes out, and whether it does. Sans-IO. */
export class ImpairedLink {
  readonly #conditions: LinkConditions;
  readonly #random: () => number;
  /** Until when nothing passes, ms. */
  #blackUntil = Number.NEGATIVE_INFINITY;
  /** In the midst of a burst of losses. */
  #isLosing = false;
  /** When the bottleneck has sent what waits in front of it, ms. */
  #busyUntil = 0;
  /** When the last packet in order comes out, ms. */
  #lastAt = 0;

  /** @param random numbers from 0 to 1; seeded, the same packets meet the same fate */
  constructor(conditions: LinkConditions, random: () => number) {
    this.#conditions = conditions;
    this.#random = random;
  }

  /** Lets the blackout begin, if there is one. @param now ms */
  blackOut(now: number): void {
    this.#blackUntil = now + this.#conditions.blackout;
  }

  /**
   * @param length of the datagram's payload, octets
   * @param now ms, never less than before
   * @returns when it comes out, ms: once, twice, or never
   */
  pass(length: number, now: number): readonly number[] {
    const { duplicate } = this.#conditions;
    const size = length + IP_UDP_HEADERS;
    // Chance decides on every packet alike, so that one condition more does not change the others' course.
    const isLost = this.#loses();
    const isTwice = this.#random() < duplicate;
    const lateness = this.#random();
    const isHeldBack = this.#random() < this.#conditions.reorder;
    if (isLost || now < this.#blackUntil || this.#isTooLong(size)) return [];
    const sentAt = this.#sentAt(size, now);
    if (sentAt === null) return [];
    const at = this.#comesOutAt(sentAt, lateness, isHeldBack);
    return isTwice ? [at, at] : [at];
  }

  /**
   * Gilbert's model: a burst ends with each packet with the same chance, and begins so often that the share of lost
   * packets is that of the conditions (E. N. Gilbert, Capacity of a burst-noise channel, 1960).
   */
  #loses(): boolean {
    const { loss, burst } = this.#conditions;
    const isBurst = burst > 1;
    const chance = isBurst && this.#isLosing ? 1 - 1 / burst : isBurst ? loss / (burst * (1 - loss)) : loss;
    this.#isLosing = this.#random() < chance;
    return this.#isLosing;
  }

  #isTooLong(size: number): boolean {
    const { mtu } = this.#conditions;
    return mtu !== null && size > mtu;
  }

  /** @returns when the bottleneck has let it pass, or null when there is no more room in front of it */
  #sentAt(size: number, now: number): number | null {
    const { rate, queue } = this.#conditions;
    if (rate === null) return now;
    const time = (octets: number) => (octets * BITS_PER_OCTET * MS_PER_SECOND) / rate;
    const beginsAt = Math.max(now, this.#busyUntil);
    if (beginsAt - now > time(queue)) return null;
    this.#busyUntil = beginsAt + time(size);
    return this.#busyUntil;
  }

  #comesOutAt(sentAt: number, lateness: number, isHeldBack: boolean): number {
    const { delay, jitter, overtaking, reorderDelay } = this.#conditions;
    if (isHeldBack) return sentAt + delay + reorderDelay;
    const at = sentAt + delay + lateness * jitter;
    if (overtaking) return at;
    this.#lastAt = Math.max(this.#lastAt, at);
    return this.#lastAt;
  }
}
