import type { PublicationId } from '../../contract/messages.js';
import type { WorkerMemory } from '../memory.js';
import { ForwardedSenderReports } from '../rtcp/index.js';
import { startLane } from './lane-start.js';
import { RouteTable } from './route-table.js';
import type { Subscription } from './subscription.js';

/**
 * Sequence numbers that a source may leave out. Further on, half a cycle away, a packet could not be told from an old
 * one, by the kernel or by the subscribers: the routes begin anew there, and continue their numbers.
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
  /** Index of the newest packet that the routes were given; indices are those of {@link SourceIndex}. */
  protected newestIndex = 0;
  /**
   * Index of the packet at which a route (re)started last. An older one comes late, but it is authentic and new to the
   * replay window of the receiving side. On a route that has had another source before, it would be mapped to a
   * sequence number that is used up already, and be encrypted with the keystream of the packet that had it: reuse of
   * the keystream gives away both (RFC 3711 section 9.1). Subscribers would throw it away as a replay in any case.
   */
  #startIndex = 0;
  /** Of the newest packet, int32. */
  #timestamp = 0;
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
   * Follows another source. The routes wait for its first packet, which continues their numbers.
   * @param ssrc int32
   * @param index of that packet
   */
  protected startSource(ssrc: number, index: number): void {
    this.ssrc = ssrc;
    this.holdRoutes();
    this.newestIndex = index - 1;
    this.#startIndex = index;
  }

  /**
   * Makes the routes ready for one packet of the source: those that wait begin with it if it is the newest.
   * @param timestamp int32
   * @param now ms
   * @returns false when it is older than the routes, and must not be forwarded
   */
  protected admitAt(index: number, sequenceNumber: number, timestamp: number, now: number): boolean {
    const place = index - this.newestIndex;
    if (place > MAX_LEAP) {
      this.holdRoutes();
      this.#startIndex = index;
    }
    if (place > 0) {
      if (this.pending.length > 0) this.#startPending(index, sequenceNumber, timestamp, now);
      this.newestIndex = index;
      this.#timestamp = timestamp;
    }
    this.arrivedAt = now;
    this.saidGoodbye = false;
    return index >= this.#startIndex;
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
   * Starts the waiting routes at this packet. Those that find no memory go on waiting.
   * @param index and sequenceNumber and timestamp of the packet
   * @param now ms
   */
  #startPending(index: number, sequenceNumber: number, timestamp: number, now: number): void {
    for (const subscription of this.pending.splice(0)) {
      const { lane } = subscription.subscriber;
      const group = lane === null ? null : this.routes.groupFor(lane.group);
      if (lane === null || group === null) {
        this.pending.push(subscription);
        continue;
      }
      group.start(lane.index, subscription, startLane(subscription, sequenceNumber, timestamp, now));
      subscription.routeGroup = group;
      subscription.started = true;
      this.#startIndex = index;
    }
  }

  /** Has all routes wait for the next packet, which continues their numbers: what was left out leaves no gap. */
  protected holdRoutes(): void {
    for (const group of [...this.routes.groups]) {
      for (const subscription of group.subscriptions) {
        if (subscription === null) continue;
        this.#stopLane(subscription);
        this.pending.push(subscription);
      }
    }
  }

  #stopLane(subscription: Subscription): void {
    const group = subscription.routeGroup;
    const { lane } = subscription.subscriber;
    if (group === null || lane === null) return;
    subscription.timestamp = (this.#timestamp + group.timestampOffset(lane.index)) >>> 0;
    subscription.sentAt = this.arrivedAt;
    group.stop(lane.index);
    subscription.routeGroup = null;
    if (group.isEmpty) this.routes.remove(group);
  }
}
