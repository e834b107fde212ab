import type { WorkerMemory } from '../memory.js';
import {
  LANES,
  ROUTE_GROUP_ACTIVE,
  ROUTE_GROUP_AUDIO_LEVEL_EXTENSION,
  ROUTE_GROUP_LAST_SEQUENCE_NUMBER,
  ROUTE_GROUP_OCTETS_SENT,
  ROUTE_GROUP_PACKETS_SENT,
  ROUTE_GROUP_PAYLOAD_TYPE,
  ROUTE_GROUP_ROC,
  ROUTE_GROUP_SEQUENCE_OFFSET,
  ROUTE_GROUP_SSRC,
  ROUTE_GROUP_TIMESTAMP_OFFSET,
} from '../srtp/index.js';
import type { KeyGroup } from './key-group.js';
import type { RouteTable } from './route-table.js';
import type { Subscription } from './subscription.js';

/** What one lane of a route group turns the source's numbers into. */
export interface LaneStart {
  /** Added to each incoming sequence number, modulo 2^16. */
  readonly sequenceOffset: number;
  /** Added to each incoming timestamp, modulo 2^32. */
  readonly timestampOffset: number;
  /** The sequence number and rollover counter that the lane sent last; for a new one those before its first. */
  readonly lastSequenceNumber: number;
  readonly rolloverCounter: number;
}

/** The routes of one publication to the subscribers of one key group: a lane each, in worker memory. */
export class RouteGroup {
  readonly #words: Uint32Array;
  readonly #subscriptions: (Subscription | null)[] = new Array(LANES).fill(null);

  constructor(
    memory: WorkerMemory,
    readonly keyGroup: KeyGroup,
    readonly offset: number,
    /** In which it is. */
    readonly table: RouteTable,
  ) {
    this.#words = memory.words;
  }

  get subscriptions(): readonly (Subscription | null)[] {
    return this.#subscriptions;
  }

  get isEmpty(): boolean {
    return this.#subscriptions.every((subscription) => subscription === null);
  }

  /** Lets the lane send for a subscription. */
  start(lane: number, subscription: Subscription, start: LaneStart): void {
    this.#subscriptions[lane] = subscription;
    this.#set(ROUTE_GROUP_SSRC, lane, subscription.ssrc);
    this.#set(ROUTE_GROUP_PAYLOAD_TYPE, lane, subscription.sentPayloadType);
    this.#set(ROUTE_GROUP_AUDIO_LEVEL_EXTENSION, lane, subscription.audioLevelExtension);
    this.#set(ROUTE_GROUP_SEQUENCE_OFFSET, lane, start.sequenceOffset);
    this.#set(ROUTE_GROUP_TIMESTAMP_OFFSET, lane, start.timestampOffset);
    this.#set(ROUTE_GROUP_LAST_SEQUENCE_NUMBER, lane, start.lastSequenceNumber);
    this.#set(ROUTE_GROUP_ROC, lane, start.rolloverCounter);
    this.#set(ROUTE_GROUP_PACKETS_SENT, lane, subscription.packetsSent);
    this.#set(ROUTE_GROUP_OCTETS_SENT, lane, subscription.octetsSent);
    this.#set(ROUTE_GROUP_ACTIVE, lane, 1);
  }

  /** Takes the lane's state back into its subscription and silences the lane. */
  stop(lane: number): void {
    const subscription = this.#subscriptions[lane];
    if (subscription === null || subscription === undefined) return;
    subscription.sequenceNumber = this.#get(ROUTE_GROUP_LAST_SEQUENCE_NUMBER, lane);
    subscription.rolloverCounter = this.#get(ROUTE_GROUP_ROC, lane);
    subscription.packetsSent = this.packetsSent(lane);
    subscription.octetsSent = this.octetsSent(lane);
    this.#set(ROUTE_GROUP_ACTIVE, lane, 0);
    this.#subscriptions[lane] = null;
  }

  /** Where the lane stands, so that another one can go on there. */
  standing(lane: number): LaneStart {
    return {
      sequenceOffset: this.sequenceOffset(lane),
      timestampOffset: this.timestampOffset(lane),
      lastSequenceNumber: this.#get(ROUTE_GROUP_LAST_SEQUENCE_NUMBER, lane),
      rolloverCounter: this.#get(ROUTE_GROUP_ROC, lane),
    };
  }

  sequenceOffset(lane: number): number {
    return this.#get(ROUTE_GROUP_SEQUENCE_OFFSET, lane);
  }

  timestampOffset(lane: number): number {
    return this.#get(ROUTE_GROUP_TIMESTAMP_OFFSET, lane);
  }

  packetsSent(lane: number): number {
    return this.#get(ROUTE_GROUP_PACKETS_SENT, lane);
  }

  octetsSent(lane: number): number {
    return this.#get(ROUTE_GROUP_OCTETS_SENT, lane);
  }

  /** A packet of the lane went out otherwise than by its plan. */
  countSent(lane: number, octets: number): void {
    this.#set(ROUTE_GROUP_PACKETS_SENT, lane, this.packetsSent(lane) + 1);
    this.#set(ROUTE_GROUP_OCTETS_SENT, lane, this.octetsSent(lane) + octets);
  }

  #get(field: number, lane: number): number {
    return this.#words[((this.offset + field) >> 2) + lane] ?? 0;
  }

  #set(field: number, lane: number, value: number): void {
    this.#words[((this.offset + field) >> 2) + lane] = value;
  }
}
