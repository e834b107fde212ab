import type { MediaPermissions, OpenTransport, RoomId, TransportId } from '../contract/messages.js';
import type { ArrivalReports } from './congestion/arrival-reports.js';
import type { ReceiverEstimate } from './congestion/receiver-estimate.js';
import type { DtlsAssociation } from './dtls/index.js';
import { ClosedSubscriptions } from './forward/closed-subscriptions.js';
import type { Lane } from './forward/key-group.js';
import type { Publication } from './forward/publication.js';
import { RedundancyDemand } from './forward/redundancy-demand.js';
import {
  REQUEST_BURST,
  REQUESTS_PER_SECOND,
  RESEND_BURST,
  RESENDS_PER_SECOND,
} from './forward/resend-limits.js';
import type { RetransmissionStream } from './forward/retransmission-stream.js';
import type { Subscriber } from './forward/subscriber.js';
import type { Subscription } from './forward/subscription.js';
import type { IceLiteAgent } from './ice/index.js';
import type { SrtpState } from './srtp/index.js';
import { TokenBucket } from './token-bucket.js';
import {
  DTLS_DATAGRAM_BURST,
  DTLS_DATAGRAMS_PER_SECOND,
  HANDSHAKE_DATAGRAM_BURST,
  HANDSHAKE_DATAGRAMS_PER_SECOND,
  UPLINK_OCTET_BURST,
  UPLINK_OCTETS_PER_SECOND,
  UPLINK_PACKET_BURST,
  UPLINK_PACKETS_PER_SECOND,
} from './uplink-limits.js';

/** One way to a participant: a local socket and a remote address, or a TCP connection. */
export interface Tuple {
  /** Never given again. */
  readonly id: number;
  /** Place in the registry, given again after removal. */
  readonly slot: number;
  readonly transport: Transport;
  /** Offset of its Destination record: the ring of its socket and the remote address. */
  readonly destination: number;
  /** Index of the UDP socket, or -1 for TCP. */
  readonly socketIndex: number;
  /** Number of the TCP connection, or 0 for UDP. */
  readonly connection: number;
}

/** The association with one participant: ICE, DTLS, SRTP, what it publishes and what it subscribes to. */
export class Transport implements Subscriber {
  readonly id: TransportId;
  readonly roomId: RoomId;
  readonly description: OpenTransport;
  readonly agent: IceLiteAgent;
  readonly openedAt: number;
  permissions: MediaPermissions;
  readonly tuples = new Set<Tuple>();
  /** Where packets to the participant go; null before the first valid connectivity check. */
  selected: Tuple | null = null;
  dtls: DtlsAssociation | null = null;
  /** When `dtls` has to send a flight again, ms; infinite while it waits for nothing. */
  retransmitAt = Number.POSITIVE_INFINITY;
  /** Steps of its handshake in the HandshakeQueue. */
  waitingSteps = 0;
  srtp: SrtpState | null = null;
  /** Whether nothing is sent to the participant, whose consent has run out. */
  muted = false;
  lane: Lane | null = null;

  readonly publications: Publication[] = [];
  readonly subscriptions = new Map<number, Subscription>();
  readonly subscriptionsBySsrc = new Map<number, Subscription>();
  readonly closedSubscriptions = new ClosedSubscriptions();
  readonly retransmissionStreams = new Map<number, RetransmissionStream>();
  /** What it may have sent again, and what it may ask for. */
  readonly resendAllowance = new TokenBucket(RESENDS_PER_SECOND, RESEND_BURST);
  readonly requestAllowance = new TokenBucket(REQUESTS_PER_SECOND, REQUEST_BURST);
  /** What it may send: packets, and octets of them. */
  readonly packetAllowance = new TokenBucket(UPLINK_PACKETS_PER_SECOND, UPLINK_PACKET_BURST);
  readonly octetAllowance = new TokenBucket(UPLINK_OCTETS_PER_SECOND, UPLINK_OCTET_BURST);
  /** What of DTLS is taken for its handshake, and what is tried with its keys behind that. */
  readonly handshakeAllowance = new TokenBucket(HANDSHAKE_DATAGRAMS_PER_SECOND, HANDSHAKE_DATAGRAM_BURST);
  readonly dtlsAllowance = new TokenBucket(DTLS_DATAGRAMS_PER_SECOND, DTLS_DATAGRAM_BURST);

  /** Whether its downlink loses so much that it needs redundancy. */
  readonly redundancy = new RedundancyDemand();
  /** Of the engine as a receiver of this participant's streams. */
  readonly reporterSsrc: number;
  reportDueAt: number;
  /** When the last authenticated RTP packet came, ms; 0 before the first. */
  mediaAt = 0;
  /** Authentic RTP packets that came, and the octets of their payloads. */
  packetsIn = 0;
  octetsIn = 0;
  /** Where its publisher's congestion control is fed with arrivals, what is told of them. */
  arrivalReports: ArrivalReports | null = null;
  /** Where it is fed with an estimate, that one. */
  receiverEstimate: ReceiverEstimate | null = null;
  /** Of publications that are closed by now. */
  readonly endedUplink = { expected: 0, lost: 0 };
  /** The round-trip time by the participant's reports, and when it was measured, ms. */
  roundTripTime = 0;
  roundTripMeasuredAt = Number.NEGATIVE_INFINITY;

  /**
   * @param reporterSsrc random
   * @param now ms
   */
  constructor(description: OpenTransport, agent: IceLiteAgent, reporterSsrc: number, now: number) {
    this.id = description.transportId;
    this.roomId = description.roomId;
    this.description = description;
    this.permissions = description.permissions;
    this.agent = agent;
    this.reporterSsrc = reporterSsrc;
    this.openedAt = now;
    this.reportDueAt = now;
  }
}
