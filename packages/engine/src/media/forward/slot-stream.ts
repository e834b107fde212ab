import { ForwardedStream } from './forwarded-stream.js';
import type { PacketCache } from './packet-cache.js';
import type { Subscriber } from './subscriber.js';
import type { Subscription } from './subscription.js';

/**
 * What is heard from one seat of a room on this worker: one stream, which whoever sits there feeds. To its subscribers a
 * change of the holder is a change of the source: sequence numbers go on without a gap, timestamps by the clock. That is
 * done once for the stream, whatever the number of subscribers.
 *
 * The holder itself, if it has subscribed, must not hear itself: its lane alone is taken out meanwhile, and comes back with
 * numbers that go on.
 *
 * Sender reports of the holder are passed on with the timestamps of the slot: each is right for who sits there now, and
 * the NTP times are that participant's. A goodbye ends no slot, since somebody else may come.
 */
export class SlotStream extends ForwardedStream {
  override cache: PacketCache | null = null;
  /** Whose stream feeds the slot, if that is a participant of this worker. */
  #publisher: Subscriber | null = null;
  /** The subscription of that one, which is taken out. */
  #excluded: Subscription | null = null;
  #subscribers = 0;

  /** How many have subscribed. */
  get subscribers(): number {
    return this.#subscribers;
  }

  /**
   * Somebody else feeds the slot from here on.
   * @param cache of the stream that does
   * @param publisher whose stream that is; null for one of another worker
   */
  follow(cache: PacketCache, publisher: Subscriber | null): void {
    this.rest();
    this.cache = cache;
    this.startSource();
    this.pause();
    this.#publisher = publisher;
    if (publisher === null) return;
    for (const subscription of publisher.subscriptions.values()) {
      if (subscription.source === this) this.#exclude(subscription);
    }
  }

  /** Nobody feeds the slot. */
  rest(): void {
    this.cache = null;
    this.#publisher = null;
    const subscription = this.#excluded;
    this.#excluded = null;
    if (subscription !== null) this.await(subscription);
  }

  override attach(subscription: Subscription): void {
    super.attach(subscription);
    this.#subscribers++;
    if (subscription.subscriber === this.#publisher) this.#exclude(subscription);
  }

  override detach(subscription: Subscription): void {
    if (subscription === this.#excluded) this.#excluded = null;
    this.#subscribers--;
    super.detach(subscription);
  }

  #exclude(subscription: Subscription): void {
    this.remove(subscription);
    this.#excluded = subscription;
  }
}
