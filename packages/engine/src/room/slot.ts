import type { SubscriptionId } from '../contract/messages.js';
import type { Peer } from './peer.js';

/**
 * After how many answers in a row that do not fit the newest offer the client is taken at its word. One can be
 * the late answer to an older offer, so the offer is repeated; a client that means it must not be asked for ever.
 */
export const MAX_MISMATCHED_ANSWERS = 3;

/** How a subscriber knows a stream that it receives. */
export interface StreamSsrcs {
  /** Unique within its transport. */
  readonly ssrc: number;
  /** Of its retransmissions, where the subscriber takes them apart; as unique. */
  readonly retransmissionSsrc: number;
}

/** What one publisher is to one subscriber, for as long as both are there. */
export interface Route extends StreamSsrcs {
  readonly publisher: Peer;
}

/** A route that the media worker forwards along. */
export interface Subscription {
  readonly id: SubscriptionId;
  readonly route: Route;
  /** The publication that feeds it; another than the route's own after the publisher was replaced. */
  publicationId: number;
  /** What the media worker was told of the m-line, to see whether a later answer changes it. */
  readonly signature: string;
}

/**
 * The sending half of an audio m-line: which publisher the newest description gives it to, which one the client
 * has answered, and what the media worker forwards on it.
 *
 * A publisher that leaves makes the m-line inactive. Only when the client has answered that is it given to
 * another one: a client sees a new track only where the m-line was inactive before (RFC 9429, section 5.10).
 */
export class Slot {
  /** Whom the newest description gives the m-line to. */
  route: Route | null = null;
  subscription: Subscription | null = null;
  /** The uid that had the m-line last; it gets it back before others do. */
  lastUid: string | null = null;
  /** As the client's last answer left it; undefined when it has never answered the m-line. */
  #answered: Route | null | undefined = undefined;
  #accepted = false;
  /** An offer that changes the m-line is on its way or lost. */
  #pending = false;
  #mismatches = 0;

  get isNegotiated(): boolean {
    return this.#answered !== undefined;
  }

  /** The client knows all there is to know. */
  get isSettled(): boolean {
    return !this.#pending && this.#answered === this.route;
  }

  /** The m-line is inactive, and the client knows it. */
  get isFree(): boolean {
    return this.isSettled && this.route === null;
  }

  /** Whom the client has agreed to hear on the m-line. */
  get heard(): Route | null {
    return this.#accepted ? (this.#answered ?? null) : null;
  }

  /** Whether the client still has this route on the m-line, although the newest offer takes it away. */
  canReturnTo(route: Route): boolean {
    return this.route === null && this.#answered === route;
  }

  hasSsrc(ssrc: number): boolean {
    return [this.route, this.#answered, this.subscription?.route].some(
      (route) => route?.ssrc === ssrc || route?.retransmissionSsrc === ssrc,
    );
  }

  give(route: Route): void {
    this.route = route;
    this.lastUid = route.publisher.uid;
    this.#mismatches = 0;
  }

  clear(): void {
    this.route = null;
    this.#mismatches = 0;
  }

  /** An offer goes out. */
  offered(): void {
    if (!this.isSettled) {
      this.#pending = true;
    }
  }

  /**
   * The newest description is what both sides have agreed upon.
   *
   * @param accepted whether the client receives what the description sends
   */
  settle(accepted: boolean): void {
    this.#answered = this.route;
    this.#accepted = accepted && this.route !== null;
    this.#pending = false;
    this.#mismatches = 0;
  }

  /** Takes what the client answered to an offer: whether it receives on the m-line. */
  answer(receives: boolean): void {
    // Of an m-line that the newest offer leaves as it was, it says nothing new to refuse it again, or to claim
    // to receive where nothing is sent: some clients repeat the direction of their own track.
    const isUnchanged = this.isSettled && (this.route === null || !(this.#accepted || receives));
    if (isUnchanged || receives === (this.route !== null)) {
      this.settle(receives);
      return;
    }
    this.#mismatches++;
    if (this.#mismatches >= MAX_MISMATCHED_ANSWERS) {
      this.settle(false);
      return;
    }
    this.#pending = true;
    this.#accepted = this.#accepted && receives;
  }
}
