import type { OpenSlot, OpenSubscription, PublicationId, SubscriptionId } from '../contract/messages.js';
import type { SourceStream } from './forward/source-stream.js';
import type { Subscriber } from './forward/subscriber.js';
import { Subscription } from './forward/subscription.js';
import type { SpeakerSelection } from './speakers/speaker-selection.js';
import type { Transport } from './transport.js';

/** What the participants of this worker have subscribed to: streams of publishers, and fixed slots. */
export class Subscriptions {
  readonly #byId = new Map<SubscriptionId, Subscription>();
  readonly #selection: SpeakerSelection;
  readonly #sourceOf: (id: PublicationId) => SourceStream | undefined;

  /** @param sourceOf finds a publication, of this worker or relayed to it */
  constructor(selection: SpeakerSelection, sourceOf: (id: PublicationId) => SourceStream | undefined) {
    this.#selection = selection;
    this.#sourceOf = sourceOf;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** How many participants get redundancy at present. */
  get redundantSubscribers(): number {
    const subscribers = new Set<Subscriber>();
    for (const { subscriber, isRedundant } of this.#byId.values())
      if (isRedundant) subscribers.add(subscriber);
    return subscribers.size;
  }

  open(transport: Transport, message: OpenSubscription): void {
    const subscription = this.#add(transport, message);
    this.#sourceOf(message.publicationId)?.attach(subscription);
  }

  openSlot(transport: Transport, message: OpenSlot): void {
    const subscription = this.#add(transport, message);
    this.#selection.slot(transport.roomId, message.slot).attach(subscription);
  }

  /** Feeds a subscription from another publication; one that is closed meanwhile is passed over. */
  feed(id: SubscriptionId, publicationId: PublicationId): void {
    const subscription = this.#byId.get(id);
    if (subscription === undefined) return;
    subscription.source?.detach(subscription);
    this.#sourceOf(publicationId)?.attach(subscription);
  }

  /** Ends a subscription, unless it is closed. */
  close(id: SubscriptionId): void {
    const subscription = this.#byId.get(id);
    if (subscription !== undefined) this.#remove(subscription);
  }

  /** Has those flow that rested: there are keys now, or it is permitted again. */
  resumeAllOf(transport: Transport): void {
    for (const subscription of transport.subscriptions.values()) subscription.source?.resume(subscription);
  }

  /** Has all rest that a participant subscribes to. */
  withholdAllOf(transport: Transport): void {
    for (const subscription of transport.subscriptions.values()) subscription.source?.withhold(subscription);
  }

  closeAllOf(transport: Transport): void {
    for (const subscription of [...transport.subscriptions.values()]) this.#remove(subscription);
  }

  #add(transport: Transport, message: OpenSubscription | OpenSlot): Subscription {
    const { ssrc } = message;
    // Control closes before it opens again; were it not so, the older one would go on sending beside this one.
    const older = transport.subscriptionsBySsrc.get(ssrc);
    if (older !== undefined) this.#remove(older);
    const subscription = new Subscription(message, transport);
    const earlier = transport.closedSubscriptions.take(ssrc);
    if (earlier !== null) subscription.continueFrom(earlier);
    this.#byId.set(subscription.id, subscription);
    transport.subscriptions.set(subscription.id, subscription);
    transport.subscriptionsBySsrc.set(ssrc, subscription);
    return subscription;
  }

  #remove(subscription: Subscription): void {
    subscription.source?.detach(subscription);
    this.#byId.delete(subscription.id);
    const { subscriber, ssrc } = subscription;
    subscriber.subscriptions.delete(subscription.id);
    subscriber.subscriptionsBySsrc.delete(ssrc);
    // Under what was never sent anything nothing can be used twice.
    const forgotten = subscription.started ? subscriber.closedSubscriptions.add(subscription) : subscription;
    const stream = forgotten?.retransmission?.stream;
    if (stream !== undefined) subscriber.retransmissionStreams.delete(stream.ssrc);
  }
}
