import type { WorkerMemory } from '../memory.js';
import {
  LANES,
  PLAN_ENTRY_SIZE,
  PLAN_KEY_GROUP,
  PLAN_ROUTE_GROUP,
  ROUTE_GROUP_ACTIVE,
  ROUTE_GROUP_LAST_SEQUENCE_NUMBER,
  ROUTE_GROUP_PAYLOAD_TYPE,
  ROUTE_GROUP_ROC,
  ROUTE_GROUP_SEQUENCE_OFFSET,
  ROUTE_GROUP_SIZE,
  ROUTE_GROUP_SSRC,
} from '../srtp/index.js';
import type { KeyGroup, Lane } from './key-group.js';
import type { RetransmissionStream } from './retransmission-stream.js';
import type { RouteGroup } from './route-group.js';

/**
 * A route group in which one lane at a time sends, and a plan of it alone: so the kernel protects a packet for one
 * subscriber, and the numbers of the group that the lane is a copy of stay as they are.
 */
export class SpareLane {
  readonly #words: Uint32Array;
  readonly #group: number;
  readonly #plan: number;
  #lane = 0;

  constructor(memory: WorkerMemory) {
    this.#words = memory.words;
    this.#group = memory.reserve(ROUTE_GROUP_SIZE);
    this.#plan = memory.reserve(PLAN_ENTRY_SIZE);
    this.#words[(this.#plan + PLAN_ROUTE_GROUP) >> 2] = this.#group;
  }

  /** Becomes what a lane of a route group is. */
  copyFrom({ offset }: RouteGroup, { index }: Lane): void {
    this.#lane = index;
    for (let field = 0; field < ROUTE_GROUP_SIZE; field += 4 * LANES) {
      this.#set(field, this.#words[((offset + field) >> 2) + index] ?? 0);
    }
  }

  /**
   * Takes another SSRC, whose numbers go on.
   * @param sequenceOffset added to the sequence number of the packet that is sent next
   */
  becomeStream(stream: RetransmissionStream, payloadType: number, sequenceOffset: number): void {
    this.#set(ROUTE_GROUP_SSRC, stream.ssrc);
    this.#set(ROUTE_GROUP_PAYLOAD_TYPE, payloadType);
    this.#set(ROUTE_GROUP_SEQUENCE_OFFSET, sequenceOffset);
    this.#set(ROUTE_GROUP_LAST_SEQUENCE_NUMBER, stream.sequenceNumber);
    this.#set(ROUTE_GROUP_ROC, stream.rolloverCounter);
  }

  /** Takes the numbers back into the stream. */
  keepNumbers(stream: RetransmissionStream): void {
    stream.sequenceNumber = this.#get(ROUTE_GROUP_LAST_SEQUENCE_NUMBER);
    stream.rolloverCounter = this.#get(ROUTE_GROUP_ROC);
  }

  /** @returns offset of the plan, which names this lane and the keys of that group */
  planFor(keyGroup: KeyGroup): number {
    this.#words[(this.#plan + PLAN_KEY_GROUP) >> 2] = keyGroup.offset;
    return this.#plan;
  }

  /** Sends no longer. */
  clear(): void {
    this.#set(ROUTE_GROUP_ACTIVE, 0);
  }

  #get(field: number): number {
    return this.#words[((this.#group + field) >> 2) + this.#lane] ?? 0;
  }

  #set(field: number, value: number): void {
    this.#words[((this.#group + field) >> 2) + this.#lane] = value;
  }
}
