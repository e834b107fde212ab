import { readInt32, readUint8, writeUint16 } from '../big-endian.js';
import type { Counters } from '../counters.js';
import type { WorkerMemory } from '../memory.js';
import {
  addToSequenceNumber,
  countBlocks,
  MARKER_BIT,
  ORIGINAL_SEQUENCE_NUMBER_LENGTH,
  PADDING_BIT,
  renameBlocks,
} from '../rtp/index.js';
import {
  INPUT_SPARE,
  type Kernel,
  LANES,
  MAX_HEADER_LENGTH,
  MAX_PAYLOAD_LENGTH,
  OUTPUT_SPARE,
  TAG_LENGTH,
} from '../srtp/index.js';
import type { Transmitter } from '../udp/transmitter.js';
import type { ForwardedStream } from './forwarded-stream.js';
import type { Lane } from './key-group.js';
import { NO_PACKET } from './outgoing-numbers.js';
import type { PacketCache } from './packet-cache.js';
import { ResendHistory, resendCost } from './resend-limits.js';
import type { RouteGroup } from './route-group.js';
import { SpareLane } from './spare-lane.js';
import type { Subscription } from './subscription.js';

/** What becomes of a request, as the statistics name it. */
export const RESEND_OUTCOMES = [
  /** Sent again under its own number. */
  'resent:plain',
  /** Sent again in a stream of its own. */
  'resent:rtx',
  /** Never sent to the subscriber, or too long ago. */
  'refused:unknown',
  /** The answer to an earlier request is under way, or there were too many of them. */
  'refused:answered',
  /** The subscriber has used up its allowance. */
  'refused:allowance',
  /** The subscriber asks for more than anybody can miss: what else the request names is not looked for. */
  'refused:flood',
  /** With what its own stream adds it is longer than any packet. */
  'refused:too-long',
  /** Nothing can be sent to the subscriber. */
  'refused:unreachable',
] as const;
export type ResendOutcome = (typeof RESEND_OUTCOMES)[number];

/**
 * Sends packets again to single subscribers. A packet that goes out under its own number once more is the same octet for
 * octet, since all that is written into it follows from its number and from what the route has been since it began: its
 * keystream is not used for anything else (RFC 3711 section 9.1).
 */
export class Retransmitter {
  readonly #memory: WorkerMemory;
  readonly #kernel: Kernel;
  readonly #transmitter: Transmitter;
  readonly #outcomes: Counters;
  readonly #lane: SpareLane;
  /** Where a packet is written before it is protected. */
  readonly #slot: number;

  /** @param outcomes counts requests by what becomes of them */
  constructor(memory: WorkerMemory, kernel: Kernel, transmitter: Transmitter, outcomes: Counters) {
    this.#memory = memory;
    this.#kernel = kernel;
    this.#transmitter = transmitter;
    this.#outcomes = outcomes;
    this.#lane = new SpareLane(memory);
    this.#slot = memory.reserve(MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE);
  }

  /**
   * Answers the request for one packet, if it is there and the subscriber may have it.
   * @param sequenceNumber under which the subscriber misses it
   * @param now ms
   * @returns whether it was sent
   */
  resend(subscription: Subscription, sequenceNumber: number, now: number): boolean {
    const outcome = this.#answer(subscription, sequenceNumber, now);
    this.#outcomes.count(outcome);
    return outcome === 'resent:plain' || outcome === 'resent:rtx';
  }

  #answer(subscription: Subscription, sequenceNumber: number, now: number): ResendOutcome {
    const { source, routeGroup, subscriber, retransmission, isRedundant } = subscription;
    if (source === null || routeGroup === null || subscriber.lane === null) return 'refused:unknown';
    const index = source.indexSentAs(subscription, sequenceNumber);
    // Under its own number a packet has to be what it was; in a stream of its own it needs no redundancy.
    const isComposed = isRedundant && retransmission === null;
    const cache = isComposed ? source.redundant?.cache : source.cache;
    if (index === NO_PACKET || !cache?.find(index)) return 'refused:unknown';
    subscription.resent ??= new ResendHistory();
    if (subscription.resent.isAnswered(index, subscriber.roundTripTime, now)) return 'refused:answered';
    const cost = resendCost(subscriber.subscriptions.size);
    if (!subscriber.resendAllowance.take(now, cost)) return 'refused:allowance';
    subscription.resent.record(index, now);
    if (retransmission !== null)
      return this.#resendAside(
        source,
        cache,
        index,
        routeGroup,
        subscriber.lane,
        retransmission,
        sequenceNumber,
      );
    this.#copy(cache, 0);
    if (isComposed) this.#renameBlocks(cache, subscription.payloadType);
    else this.#writeNumbers(source, index);
    return this.#resendPlain(cache, routeGroup, subscriber.lane);
  }

  /** Sends what stands in the slot by the numbers of its lane. */
  #resendPlain({ headerLength, payloadLength }: PacketCache, group: RouteGroup, lane: Lane): ResendOutcome {
    const spare = this.#lane;
    spare.copyFrom(group, lane);
    const isSent = this.#send(lane, headerLength, payloadLength);
    if (isSent) group.countSent(lane.index, payloadLength);
    spare.clear();
    return isSent ? 'resent:plain' : 'refused:unreachable';
  }

  /** Sends what the stream's cache has found in the subscription's retransmission stream. */
  #resendAside(
    source: ForwardedStream,
    cache: PacketCache,
    index: number,
    group: RouteGroup,
    lane: Lane,
    { payloadType, stream }: NonNullable<Subscription['retransmission']>,
    sequenceNumber: number,
  ): ResendOutcome {
    const { headerLength } = cache;
    const payloadLength = cache.payloadLength + ORIGINAL_SEQUENCE_NUMBER_LENGTH;
    if (payloadLength > MAX_PAYLOAD_LENGTH) return 'refused:too-long';
    this.#copy(cache, ORIGINAL_SEQUENCE_NUMBER_LENGTH);
    this.#writeNumbers(source, index);
    writeUint16(this.#memory.bytes, this.#slot + headerLength, sequenceNumber);
    const spare = this.#lane;
    spare.copyFrom(group, lane);
    const next = addToSequenceNumber(stream.sequenceNumber, 1);
    spare.becomeStream(stream, payloadType, addToSequenceNumber(next, -source.numbers.sequenceNumber(index)));
    const isSent = this.#send(lane, headerLength, payloadLength);
    spare.keepNumbers(stream);
    spare.clear();
    return isSent ? 'resent:rtx' : 'refused:unreachable';
  }

  /** Copies the packet that a cache has found into the slot, with a gap in front of the payload. */
  #copy({ packet, headerLength, payloadLength }: PacketCache, gap: number): void {
    const { bytes } = this.#memory;
    const payload = packet + headerLength;
    bytes.copyWithin(this.#slot, packet, payload);
    bytes.copyWithin(this.#slot + headerLength + gap, payload, payload + payloadLength);
  }

  /** Writes the numbers under which it went out over those of the source. */
  #writeNumbers({ numbers }: ForwardedStream, index: number): void {
    const { bytes } = this.#memory;
    const marker = (readUint8(bytes, this.#slot + 1) & MARKER_BIT) !== 0;
    numbers.write(bytes, this.#slot, index, readInt32(bytes, this.#slot + 4), marker);
  }

  #renameBlocks({ headerLength }: PacketCache, payloadType: number): void {
    const { bytes } = this.#memory;
    // Packets of nothing but padding have no blocks; all others are composed without padding.
    if ((readUint8(bytes, this.#slot) & PADDING_BIT) !== 0) return;
    const payload = this.#slot + headerLength;
    renameBlocks(bytes, payload, countBlocks(bytes, payload), payloadType);
  }

  /** Protects what stands in the slot with the spare lane's numbers and queues it. */
  #send(lane: Lane, headerLength: number, payloadLength: number): boolean {
    const stride = (headerLength + payloadLength + TAG_LENGTH + OUTPUT_SPARE + 15) & ~15;
    const room = this.#transmitter.room(LANES * stride, 1);
    const plan = this.#lane.planFor(lane.group);
    const sent = this.#kernel.fanOut(plan, 1, this.#slot, headerLength, payloadLength, room, stride);
    this.#transmitter.advance(LANES * stride);
    return sent > 0;
  }
}
