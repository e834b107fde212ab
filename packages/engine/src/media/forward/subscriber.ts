import type { SrtcpSender } from '../srtp/index.js';
import type { TokenBucket } from '../token-bucket.js';
import type { ClosedSubscriptions } from './closed-subscriptions.js';
import type { Lane } from './key-group.js';
import type { RetransmissionStream } from './retransmission-stream.js';
import type { Subscription } from './subscription.js';

/** A transport as the forwarding side sees it. */
export interface Subscriber {
  /** Its place among the keys of its room; null until DTLS has finished. */
  readonly lane: Lane | null;
  readonly subscriptions: Map<number, Subscription>;
  readonly subscriptionsBySsrc: Map<number, Subscription>;
  /** The last subscription of each SSRC that is closed by now: if the SSRC comes again, its numbers go on. */
  readonly closedSubscriptions: ClosedSubscriptions;
  /** By SSRC: kept as long as the subscriptions that use them. */
  readonly retransmissionStreams: Map<number, RetransmissionStream>;
  readonly resendAllowance: TokenBucket;
  /** By its own reports, ms; 0 before the first. */
  readonly roundTripTime: number;
  readonly srtp: { readonly rtcpSender: SrtcpSender } | null;
  /** Whether it is to get redundancy, where it accepts that. */
  readonly redundancy: { readonly wanted: boolean };
  /** Where its packets go: an offset of a Destination record. */
  readonly selected: { readonly destination: number } | null;
  /** Whether it may be sent anything. */
  readonly permissions: { readonly subscribe: boolean };
  /** Nothing is sent to it: its consent has run out. */
  readonly muted: boolean;
}
