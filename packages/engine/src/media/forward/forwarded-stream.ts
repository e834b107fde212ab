import type { PublicationId } from '../../contract/messages.js';
import type { WorkerMemory } from '../memory.js';
import { ForwardedSenderReports } from '../rtcp/index.js';
import { addToSequenceNumber } from '../rtp/index.js';
import { startLane } from './lane-start.js';
import { NO_PACKET, OutgoingNumbers } from './outgoing-numbers.js';
import { RouteTable } from './route-table.js';
import type { Subscription } from './subscription.js';

/**
 * Sequence numbers that a source may leave out. Further on, half a cycle away, a packet could not be told from an old
 * one, by the kernel or by the subscribers: a new stretch begins there, which continues the numbers.
 */
const MAX_LEAP = 0x7fff;

/**
 * One stream and its routes to the subscribers on this worker, whether its publisher is on this worker as well
 * ({@link Publication}) or on another one ({@link RelayedStream}).
 */
export class ForwardedStream {
  readonly id: PublicationId;
  /** The SSRC that packets come with, int32; null before the first. */
  ssrc: number | null = null;
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
  /** When the last packet came, ms; 0 before the first. */
  arrivedAt = 0;
  /** Subscriptions that wait for the next packet to learn their offsets. */
  readonly pending: Subscription[] = [];
  /** Subscriptions whose transport has no keys yet. */
  readonly #unconnected = new Set<Subscription>();
  readonly routes: RouteTable;

  constructor(id: PublicationId, memory: WorkerMemory) {
    this.id = id;
    this.routes = new RouteTable(memory);
  }

  /**
   * Follows another source, whose packets continue the numbers of the one before.
   * @param ssrc int32
   */
  protected startSource(ssrc: number): void {
    this.ssrc = ssrc;
    this.#isNewSource = true;
  }

  /** Leaves out what comes till the next packet that is admitted, without a gap in the numbers. */
  protected pause(): void {
    this.#isPaused = true;
  }

  /**
   * Makes the stream ready for one packet of the source; routes that wait begin with it if it is the newest.
   * @param timestamp int32
   * @param now when it came, ms
   * @returns false when it is older than the stretch or the routes, and must not be forwarded
   */
  protected admitAt(index: number, timestamp: number, now: number): boolean {
    const { numbers } = this;
    if (this.#beginsStretch(index)) {
      numbers.begin(index, timestamp, now, this.#isPaused && !this.#isNewSource, this.#isPaused);
      this.#isNewSource = false;
      this.#isPaused = false;
    }
    if (index > numbers.newestIndex && !this.#isPaused) {
      numbers.advance(index, timestamp, now);
      if (this.pending.length > 0) this.#startPending(index, now);
    }
    this.arrivedAt = now;
    this.saidGoodbye = false;
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
    if (subscription.subscriber.lane === null) this.#unconnected.add(subscription);
    else this.pending.push(subscription);
  }

  /** The subscription's transport has connected. */
  subscriberConnected(subscription: Subscription): void {
    if (this.#unconnected.delete(subscription)) this.pending.push(subscription);
  }

  /** Takes a subscription out; its numbers are kept in it. */
  detach(subscription: Subscription): void {
    this.#stopLane(subscription);
    this.#unconnected.delete(subscription);
    const waiting = this.pending.indexOf(subscription);
    if (waiting >= 0) this.pending.splice(waiting, 1);
    subscription.source = null;
  }

  /** Detaches all subscriptions; they stay open without a source. */
  close(): void {
    for (const group of [...this.routes.groups]) {
      for (const subscription of group.subscriptions) {
        if (subscription !== null) this.detach(subscription);
      }
    }
    for (const subscription of [...this.pending, ...this.#unconnected]) this.detach(subscription);
    this.routes.close();
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
    if (routeGroup === null || subscriber.lane === null) return NO_PACKET;
    const offset = routeGroup.sequenceOffset(subscriber.lane.index);
    const index = this.numbers.indexOf(addToSequenceNumber(sequenceNumber, -offset));
    if (index === NO_PACKET) return NO_PACKET;
    return this.numbers.outgoingIndex(index) < subscription.startIndex ? NO_PACKET : index;
  }

  /**
   * Starts the waiting routes at the newest packet. Those that find no memory go on waiting.
   * @param now ms
   */
  #startPending(index: number, now: number): void {
    const { numbers } = this;
    for (const subscription of this.pending.splice(0)) {
      const { lane } = subscription.subscriber;
      const group = lane === null ? null : this.routes.groupFor(lane.group);
      if (lane === null || group === null) {
        this.pending.push(subscription);
        continue;
      }
      const start = startLane(subscription, numbers.sequenceNumber(index), numbers.timestamp, now);
      group.start(lane.index, subscription, start);
      subscription.routeGroup = group;
      subscription.started = true;
      subscription.startIndex = numbers.outgoingIndex(index);
      numbers.startIndex = index;
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
    if (group.isEmpty) this.routes.remove(group);
  }
}
