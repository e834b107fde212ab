import type { WorkerMemory } from '../memory.js';
import { ForwardedSenderReports } from '../rtcp/index.js';
import { addToSequenceNumber } from '../rtp/index.js';
import { startLane } from './lane-start.js';
import { type Interruption, NO_PACKET, OutgoingNumbers } from './outgoing-numbers.js';
import type { PacketCache } from './packet-cache.js';
import { RedundantStream } from './redundant-stream.js';
import type { RouteGroup } from './route-group.js';
import { RouteTable } from './route-table.js';
import type { Subscription } from './subscription.js';

/**
 * Sequence numbers that a source may leave out. Further on, half a cycle away, a packet could not be told from an old
 * one, by the kernel or by the subscribers: a new stretch begins there, which continues the numbers.
 */
const MAX_LEAP = 0x7fff;

/** One stream of packets and its routes to the subscribers on this worker. */
export class ForwardedStream {
  /** Sender reports that went on to the subscribers, for their round-trip times. */
  readonly forwardedReports = new ForwardedSenderReports();
  /** Whether a goodbye was the last that was heard of the source. */
  saidGoodbye = false;
  /** Under which numbers its packets go out. */
  readonly numbers = new OutgoingNumbers();
  /** Whether the next packet is of another source than those before. */
  #isNewSource = false;
  /** Whether packets have been left out since the last one that went out. */
  #isPaused = false;
  /** Subscriptions that wait for the next packet to learn their offsets. */
  readonly pending: Subscription[] = [];
  /** Subscriptions whose subscriber has no keys yet, or may not be sent anything. */
  readonly #resting = new Set<Subscription>();
  /** Of the subscribers who get its packets as they are. */
  readonly routes: RouteTable;
  /** For those who get them with redundancy; null before the first of them. */
  redundant: RedundantStream | null = null;
  /** Where the packets are that went out last, by the index that {@link indexSentAs} gives; null while there is no source. */
  readonly cache: PacketCache | null = null;
  readonly #memory: WorkerMemory;

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
    this.routes = new RouteTable(memory);
  }

  /** Groups of four subscribers or fewer. */
  get groupCount(): number {
    return this.routes.groups.length + (this.redundant?.groupCount ?? 0);
  }

  /** Whether there is anybody whom a packet would go to. */
  get hasRoutes(): boolean {
    return this.groupCount > 0 || this.pending.length > 0;
  }

  /** Whether it goes on from what was sent last: then its numbers are those of the source's packets that come now. */
  get isFlowing(): boolean {
    return !this.#isNewSource && !this.#isPaused;
  }

  /** The subscriptions to which packets flow. */
  *flowing(): Generator<Subscription> {
    const tables = [this.routes, ...(this.redundant?.tables ?? []).map(({ routes }) => routes)];
    for (const { groups } of tables) {
      for (const { subscriptions } of groups) {
        for (const subscription of subscriptions) if (subscription !== null) yield subscription;
      }
    }
  }

  /** The next packet is of another source, and continues the numbers of the one before. */
  startSource(): void {
    this.#isNewSource = true;
  }

  /** What comes till the next packet that is admitted is left out, without a gap in the numbers. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Whether a packet is newer than all that were admitted of its source. */
  isNew(index: number): boolean {
    return this.#isNewSource || index > this.numbers.newestIndex;
  }

  /**
   * Makes the stream ready for one packet of the source; routes that wait begin with it if it is the newest.
   * @param timestamp int32
   * @param now when it came, ms
   * @returns false when it is older than the stretch or the routes, and must not be forwarded
   */
  admit(index: number, timestamp: number, now: number): boolean {
    const { numbers } = this;
    if (this.#beginsStretch(index)) {
      numbers.begin(index, timestamp, now, this.#interruption());
      this.redundant?.forget();
      this.#isNewSource = false;
      this.#isPaused = false;
    }
    if (index > numbers.newestIndex && !this.#isPaused) {
      numbers.advance(index, timestamp, now);
      if (this.pending.length > 0) this.#startPending(index, now);
    }
    return index >= numbers.startIndex && !this.#isPaused;
  }

  #beginsStretch(index: number): boolean {
    if (this.#isNewSource) return true;
    const ahead = index - this.numbers.newestIndex;
    return ahead > MAX_LEAP || (ahead > 0 && this.#isPaused);
  }

  /** Adds a subscription; it begins with the next packet, or with the first one after its transport connects. */
  attach(subscription: Subscription): void {
    // A subscriber has one lane here: of two subscriptions the later one gets it.
    for (const other of subscription.subscriber.subscriptions.values()) {
      if (other !== subscription && other.source === this) this.detach(other);
    }
    subscription.source = this;
    subscription.resent = null;
    this.await(subscription);
  }

  /** The subscriber has connected, or may be sent something again: if it has both, the next packet goes to it. */
  resume(subscription: Subscription): void {
    if (canSendTo(subscription) && this.#resting.delete(subscription)) this.pending.push(subscription);
  }

  /** The subscriber may not be sent anything from here on, until {@link resume}. */
  withhold(subscription: Subscription): void {
    if (subscription.routeGroup === null && !this.pending.includes(subscription)) return;
    this.remove(subscription);
    this.#resting.add(subscription);
  }

  /** Takes a subscription out; its numbers are kept in it. */
  detach(subscription: Subscription): void {
    this.remove(subscription);
    subscription.source = null;
  }

  /** Has a subscription begin with the next packet that can be sent to it. */
  protected await(subscription: Subscription): void {
    if (canSendTo(subscription)) this.pending.push(subscription);
    else this.#resting.add(subscription);
  }

  /** Sends nothing more to a subscription; its numbers are kept in it. */
  protected remove(subscription: Subscription): void {
    this.#stopLane(subscription);
    this.#resting.delete(subscription);
    const waiting = this.pending.indexOf(subscription);
    if (waiting >= 0) this.pending.splice(waiting, 1);
  }

  /** Detaches all subscriptions; they stay open without a source. */
  close(): void {
    for (const subscription of [...this.flowing(), ...this.pending, ...this.#resting]) {
      this.detach(subscription);
    }
    this.routes.close();
    this.redundant?.close();
  }

  /**
   * Sends a subscription its packets with redundancy from the next one on, or without. Its numbers go on as they are: each
   * index goes out once, in one encoding. Without memory for the change all stays as it is.
   */
  encode(subscription: Subscription, isRedundant: boolean): void {
    const { routeGroup, subscriber, isRedundant: before } = subscription;
    if (isRedundant === before) return;
    subscription.isRedundant = isRedundant;
    if (routeGroup === null || subscriber.lane === null) return;
    const { group, index } = subscriber.lane;
    const target = this.#tableOf(subscription).groupFor(group);
    if (target === null) {
      subscription.isRedundant = before;
      return;
    }
    const standing = routeGroup.standing(index);
    routeGroup.stop(index);
    this.#removeEmpty(routeGroup);
    target.start(index, subscription, standing);
    subscription.routeGroup = target;
    // What went out before cannot be sent again: it would be in another encoding.
    subscription.startIndex = this.numbers.outgoingIndex(this.numbers.newestIndex + 1);
  }

  /**
   * Which packet a subscriber means by a sequence number, in a NACK for instance: the lane's offset is taken off, then the
   * shift of the stretch. To send it once more, write {@link OutgoingNumbers.write} into a copy, with the source's
   * timestamp and marker bit, and have the lane protect that: it is the same octet for octet.
   * @returns the index by which the packet cache has it; or NO_PACKET where it never went out on this lane, or before the
   *   present stretch, so that nothing may be sent under that number
   */
  indexSentAs(subscription: Subscription, sequenceNumber: number): number {
    const { routeGroup, subscriber } = subscription;
    // Of a source that has not sent yet the cache may be there already, by whose indices the numbers do not go.
    if (this.#isNewSource || routeGroup === null || subscriber.lane === null) return NO_PACKET;
    const offset = routeGroup.sequenceOffset(subscriber.lane.index);
    const index = this.numbers.indexOf(addToSequenceNumber(sequenceNumber, -offset));
    if (index === NO_PACKET) return NO_PACKET;
    return this.numbers.outgoingIndex(index) < subscription.startIndex ? NO_PACKET : index;
  }

  /** What is before the next stretch. */
  #interruption(): Interruption {
    if (!this.#isPaused) return 'leap';
    return this.#isNewSource ? 'pause-and-leap' : 'pause';
  }

  /**
   * Starts the waiting routes at the newest packet. Those that find no memory go on waiting.
   * @param now ms
   */
  #startPending(index: number, now: number): void {
    const { numbers } = this;
    for (const subscription of this.pending.splice(0)) {
      const { lane } = subscription.subscriber;
      const group = lane === null ? null : this.#tableOf(subscription).groupFor(lane.group);
      if (lane === null || group === null) {
        this.pending.push(subscription);
        continue;
      }
      const start = startLane(subscription, numbers.sequenceNumber(index), numbers.timestamp, now);
      group.start(lane.index, subscription, start);
      if (subscription.isRedundant) this.redundant?.forgetCopies();
      // Numbers below that of its first packet are used up by what it sent before, if it did: a new one has sent nothing.
      if (subscription.started) numbers.startIndex = index;
      subscription.routeGroup = group;
      subscription.started = true;
      subscription.startIndex = numbers.outgoingIndex(index);
    }
  }

  #stopLane(subscription: Subscription): void {
    const group = subscription.routeGroup;
    const { lane } = subscription.subscriber;
    if (group === null || lane === null) return;
    subscription.timestamp = (this.numbers.timestamp + group.timestampOffset(lane.index)) >>> 0;
    subscription.sentAt = this.numbers.sentAt;
    group.stop(lane.index);
    subscription.routeGroup = null;
    this.#removeEmpty(group);
  }

  #removeEmpty(group: RouteGroup): void {
    if (!group.isEmpty) return;
    group.table.remove(group);
    this.redundant?.rest();
  }

  /** Where a subscription's lane belongs. */
  #tableOf(subscription: Subscription): RouteTable {
    if (!subscription.isRedundant) return this.routes;
    this.redundant ??= new RedundantStream(this.#memory);
    return this.redundant.tableFor(subscription.payloadType);
  }
}

function canSendTo({ subscriber }: Subscription): boolean {
  return subscriber.lane !== null && subscriber.permissions.subscribe;
}
