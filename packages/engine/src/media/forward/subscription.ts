import type { OpenSlot, OpenSubscription, SubscriptionId } from '../../contract/messages.js';
import type { ForwardedStream } from './forwarded-stream.js';
import type { ResendHistory } from './resend-limits.js';
import { RetransmissionStream } from './retransmission-stream.js';
import type { RouteGroup } from './route-group.js';
import type { Subscriber } from './subscriber.js';

/**
 * The route of a publication to one subscriber: what the subscriber's SDP calls the stream, and where its
 * sequence numbers and timestamps stand, so that they go on when the source changes.
 */
export class Subscription {
  readonly id: SubscriptionId;
  readonly ssrc: number;
  readonly payloadType: number;
  /** Payload type of RED in the subscriber's SDP, or null where it does not accept that. */
  readonly redPayloadType: number | null;
  /** Id of the audio level in the subscriber's SDP, 0 for none. */
  readonly audioLevelExtension: number;
  /** Of the stream, in SDES chunks. */
  readonly cname: Uint8Array;
  readonly subscriber: Subscriber;
  /** The stream in which it gets packets again, or null: then under their own numbers. */
  readonly retransmission: { readonly payloadType: number; readonly stream: RetransmissionStream } | null;
  /** What was sent again; null before the first request. */
  resent: ResendHistory | null = null;
  /** What feeds it; null while nothing does. */
  source: ForwardedStream | null = null;
  /** Where its lane is, while packets flow; null before the first packet and without a source. */
  routeGroup: RouteGroup | null = null;

  /** Whether it gets its packets with redundancy (RFC 2198). */
  isRedundant: boolean;

  /** Whether anything was ever sent: then the numbers below have to be continued. */
  started = false;
  /** Of the packet with which its lane (re)started, as its source's OutgoingNumbers count: what is older was never sent there. */
  startIndex = 0;
  sequenceNumber = 0;
  rolloverCounter = 0;
  timestamp = 0;
  /** When the last packet went out, ms. */
  sentAt = 0;
  packetsSent = 0;
  octetsSent = 0;

  /** What the subscriber last reported of it: fraction of packets lost (0 to 1), interarrival jitter (ms), and when (ms). */
  fractionLost = 0;
  jitter = 0;
  reportedAt = Number.NEGATIVE_INFINITY;
  /** Packets that had been sent by then. */
  #packetsReported = 0;

  constructor(message: OpenSubscription | OpenSlot, subscriber: Subscriber) {
    this.id = message.subscriptionId;
    this.ssrc = message.ssrc;
    this.payloadType = message.payloadType;
    this.redPayloadType = message.redPayloadType;
    this.audioLevelExtension = message.audioLevelExtension ?? 0;
    this.cname = new TextEncoder().encode(message.cname);
    this.subscriber = subscriber;
    const { retransmission } = message;
    this.retransmission =
      retransmission === null
        ? null
        : { payloadType: retransmission.payloadType, stream: streamOf(subscriber, retransmission.ssrc) };
    this.isRedundant = subscriber.redundancy.wanted && message.redPayloadType !== null;
  }

  /** @returns packets that were sent since the last call, which comes with each report */
  countSinceReport(): number {
    const { routeGroup, subscriber } = this;
    const lane = subscriber.lane?.index;
    const sent = routeGroup === null || lane === undefined ? this.packetsSent : routeGroup.packetsSent(lane);
    const count = sent - this.#packetsReported;
    this.#packetsReported = sent;
    return count;
  }

  /** Payload type of the packets that it gets at present. */
  get sentPayloadType(): number {
    return this.isRedundant && this.redPayloadType !== null ? this.redPayloadType : this.payloadType;
  }

  /**
   * Goes on where an earlier subscription with the same SSRC stopped. Beginning anew would use its SRTP indices
   * twice under one key, which gives both plaintexts away (RFC 3711 section 9.1).
   */
  continueFrom(earlier: Subscription): void {
    this.started = earlier.started;
    this.sequenceNumber = earlier.sequenceNumber;
    this.rolloverCounter = earlier.rolloverCounter;
    this.timestamp = earlier.timestamp;
    this.sentAt = earlier.sentAt;
    this.packetsSent = earlier.packetsSent;
    this.#packetsReported = earlier.#packetsReported;
    this.octetsSent = earlier.octetsSent;
  }
}

function streamOf({ retransmissionStreams }: Subscriber, ssrc: number): RetransmissionStream {
  const existing = retransmissionStreams.get(ssrc);
  if (existing !== undefined) return existing;
  const stream = new RetransmissionStream(ssrc);
  retransmissionStreams.set(ssrc, stream);
  return stream;
}
