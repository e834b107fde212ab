/**
 * The contract between the control plane (main thread) and the media workers: the only place where they meet.
 * Every message is plain data that the structured clone algorithm carries.
 */
import type { PublicationId, RoomId, SubscriptionId, TransportId, WorkerIndex } from './identifiers.js';
import type { WorkerParticipants, WorkerStatistics } from './statistics.js';
import type { WorkerDescriptors } from './worker-options.js';

export type { PublicationId, RoomId, SubscriptionId, TransportId, WorkerIndex };

/** A certificate fingerprint, RFC 8122 section 5. */
export interface Fingerprint {
  /** Hash function in lower case, as written in SDP: `sha-256`. */
  readonly algorithm: string;
  /** Upper-case hexadecimal octets parted by colons. */
  readonly value: string;
}

/** ICE credentials of both sides, RFC 8445 section 5.3. */
export interface IceCredentials {
  readonly localUfrag: string;
  readonly localPassword: string;
  readonly remoteUfrag: string;
  readonly remotePassword: string;
}

/** The role that the engine itself plays in the DTLS handshake: `server` answers `a=setup:active`. */
export type DtlsRole = 'client' | 'server';

/** What a participant may do. The worker holds to it whatever is routed, and whatever arrives. */
export interface MediaPermissions {
  /** Its media is taken: else authentic RTP of it is dropped, and goes to nobody. */
  readonly publish: boolean;
  /** Media is forwarded to it: else its subscriptions rest. */
  readonly subscribe: boolean;
}

export interface OpenTransport {
  readonly type: 'open-transport';
  readonly transportId: TransportId;
  readonly roomId: RoomId;
  readonly ice: IceCredentials;
  readonly dtlsRole: DtlsRole;
  /** At least one; the peer's certificate has to match one of those whose algorithm the engine knows. */
  readonly fingerprints: readonly Fingerprint[];
  readonly permissions: MediaPermissions;
}

/** From here on the participant may do this, and nothing else. Numbers of streams that go on leave no gap. */
export interface PermitTransport {
  readonly type: 'permit-transport';
  readonly transportId: TransportId;
  readonly permissions: MediaPermissions;
}

/** New ICE credentials on both sides; the DTLS association and the media go on (RFC 8445 section 2.4). */
export interface RestartIce {
  readonly type: 'restart-ice';
  readonly transportId: TransportId;
  readonly ice: IceCredentials;
}

/**
 * Closes the transport with its publications and with the subscriptions by which it receives. Subscriptions of others
 * that it fed stay, idle, until they are closed or switched. No event answers it.
 */
export interface CloseTransport {
  readonly type: 'close-transport';
  readonly transportId: TransportId;
}

export interface OpenPublication {
  readonly type: 'open-publication';
  readonly publicationId: PublicationId;
  /** The publisher's transport. */
  readonly transportId: TransportId;
  /** `a=mid` of the publisher's m-line. */
  readonly mid: string;
  /** The SSRCs that its SDP signals; may be empty, then MID and payload type identify the stream (RFC 8843, 9.2). */
  readonly ssrcs: readonly number[];
  /** Payload type of Opus in the publisher's SDP. */
  readonly payloadType: number;
  /** Payload type of RED (RFC 2198) in the publisher's SDP, or null: all of its blocks are of that Opus. */
  readonly redPayloadType: number | null;
  /** Its retransmissions (RFC 4588), or null; the SSRC is null where its SDP names none. */
  readonly retransmission: { readonly payloadType: number; readonly ssrc: number | null } | null;
  /** Ids that the publisher's SDP gives to the header extensions, or null where it does not offer one. */
  readonly extensions: {
    readonly audioLevel: number | null;
    readonly mid: number | null;
    /** Of transport-wide congestion control. */
    readonly transportSequence: number | null;
  };
  /** What the publisher takes: requests for retransmission, and what its congestion control is fed with. */
  readonly feedback: {
    readonly nack: boolean;
    readonly transportCc: boolean;
    readonly remb: boolean;
  };
}

/** The publisher has agreed to be asked for what is missing: `feedback.nack` holds from here on. */
export interface RequestRetransmissions {
  readonly type: 'request-retransmissions';
  readonly publicationId: PublicationId;
}

export interface ClosePublication {
  readonly type: 'close-publication';
  readonly publicationId: PublicationId;
}

/** Forwards nothing of a publication, whatever arrives, or ends that. Not silenced at first. */
export interface SilencePublication {
  readonly type: 'silence-publication';
  readonly publicationId: PublicationId;
  readonly silenced: boolean;
}

/**
 * Bytes of the ring by which one worker hands packets to another: its header and room for records. A packet of Opus
 * takes some 150, so a worker may be late by a thousand packets before any is dropped.
 */
export const RELAY_RING_SIZE = 192 + 256 * 1024;

/** Connects the worker with another one, in one direction; a former link to it in that direction is void. */
export interface OpenLink {
  readonly type: 'open-link';
  /** The other worker. */
  readonly worker: WorkerIndex;
  /** Whether this worker writes `to` the other, or reads what comes `from` it. */
  readonly direction: 'to' | 'from';
  /** RELAY_RING_SIZE bytes, zeroed; the other worker gets the same. */
  readonly ring: SharedArrayBuffer;
}

/** Has the publisher's worker bring the publication to another worker, to which it has a link. */
export interface OpenRelay {
  readonly type: 'open-relay';
  readonly publicationId: PublicationId;
  readonly worker: WorkerIndex;
}

/** Ends that. It ends by itself with the publication. */
export interface CloseRelay {
  readonly type: 'close-relay';
  readonly publicationId: PublicationId;
  readonly worker: WorkerIndex;
}

/** Prepares a worker for a publication that another one brings to it: from here on it can be subscribed to. */
export interface OpenRelayedPublication {
  readonly type: 'open-relayed-publication';
  readonly publicationId: PublicationId;
  readonly roomId: RoomId;
}

/** Subscriptions that it fed stay, idle, until they are closed or switched. */
export interface CloseRelayedPublication {
  readonly type: 'close-relayed-publication';
  readonly publicationId: PublicationId;
}

export interface OpenSubscription {
  readonly type: 'open-subscription';
  readonly subscriptionId: SubscriptionId;
  /** Of this worker: one of a transport's, or a relayed one. */
  readonly publicationId: PublicationId;
  /** The subscriber's transport. */
  readonly transportId: TransportId;
  /** The SSRC under which the subscriber receives the stream. */
  readonly ssrc: number;
  /** Payload type of Opus in the subscriber's SDP. */
  readonly payloadType: number;
  /** That of RED (RFC 2198), or null: then it gets none. */
  readonly redPayloadType: number | null;
  /** How it gets what is sent again (RFC 4588), or null: then with the stream's own SSRC and sequence number. */
  readonly retransmission: { readonly payloadType: number; readonly ssrc: number } | null;
  /** Id of the audio-level header extension in the subscriber's SDP, or null: then it is not sent. */
  readonly audioLevelExtension: number | null;
  /** CNAME of the stream in the SDES chunk that goes with each sender report. */
  readonly cname: string;
}

/**
 * Opens a subscription that hears whoever sits on one of the room's seats, but never the subscriber itself. Sequence
 * numbers and timestamps go on whoever comes; `close-subscription` ends it.
 */
export interface OpenSlot extends Omit<OpenSubscription, 'type' | 'publicationId'> {
  readonly type: 'open-slot';
  /** 0 to the number of seats that `limit-room` names; what is beyond stays silent. */
  readonly slot: number;
}

/**
 * Forwards only the streams of those who speak. Each worker of a room is told by itself; nothing is limited at first,
 * and there are no seats.
 */
export interface LimitRoom {
  readonly type: 'limit-room';
  readonly roomId: RoomId;
  /** How many of its publications are forwarded to their subscriptions at a time; null for all. */
  readonly loudest: number | null;
  /** How many seats slots are fed from. */
  readonly slots: number;
}

/** Feeds a subscription from another publication; SSRC stays, sequence numbers and timestamps continue. */
export interface SwitchSubscription {
  readonly type: 'switch-subscription';
  readonly subscriptionId: SubscriptionId;
  readonly publicationId: PublicationId;
}

export interface CloseSubscription {
  readonly type: 'close-subscription';
  readonly subscriptionId: SubscriptionId;
}

/** Answered by `statistics` with the same requestId. */
export interface QueryStatistics {
  readonly type: 'query-statistics';
  readonly requestId: number;
}

/** Answered by `participants` with the same requestId. */
export interface QueryParticipants {
  readonly type: 'query-participants';
  readonly requestId: number;
}

/** Closes all transports and sockets; answered by `stopped`, after which the worker's thread ends by itself. */
export interface Stop {
  readonly type: 'stop';
}

export type ControlToMedia =
  | OpenTransport
  | RestartIce
  | PermitTransport
  | CloseTransport
  | OpenPublication
  | ClosePublication
  | RequestRetransmissions
  | SilencePublication
  | OpenLink
  | OpenRelay
  | CloseRelay
  | OpenRelayedPublication
  | CloseRelayedPublication
  | OpenSubscription
  | OpenSlot
  | LimitRoom
  | SwitchSubscription
  | CloseSubscription
  | QueryStatistics
  | QueryParticipants
  | Stop;

/** An address at which a worker takes media. */
export interface MediaAddress {
  readonly transport: 'udp' | 'tcp';
  readonly family: 'IPv4' | 'IPv6';
  /** The address that is announced in candidates: the interface's own, or the configured one (1:1 NAT). */
  readonly address: string;
  readonly port: number;
}

/** A socket buffer that the system made smaller than was asked; sizes in bytes. */
export interface CappedBuffer {
  /** The setting that caps it. */
  readonly sysctl: string;
  readonly granted: number;
  readonly wanted: number;
}

/** The worker listens; its addresses become the candidates of every description that names it. */
export interface WorkerReady {
  readonly type: 'ready';
  readonly addresses: readonly MediaAddress[];
  /** Null where the thread takes all with it. */
  readonly descriptors: WorkerDescriptors | null;
  readonly cappedBuffers: readonly CappedBuffer[];
}

/** The worker cannot start; `message` is one line that names the key and the value at fault. */
export interface WorkerFailed {
  readonly type: 'failed';
  readonly message: string;
}

/** ICE is connected, DTLS has finished and the certificate matched: SRTP flows both ways from here. */
export interface TransportConnected {
  readonly type: 'transport-connected';
  readonly transportId: TransportId;
}

export type TransportCloseReason =
  /** Not connected within the connect time-out. */
  | 'connect-timeout'
  /** No valid connectivity check and no media for the connectivity time-out. */
  | 'connectivity-timeout'
  /** Media had arrived and then stopped for the media time-out. */
  | 'media-timeout'
  /** The peer sent close_notify. */
  | 'dtls-closed'
  /** The handshake failed: certificate, use_srtp, protocol or cipher. */
  | 'dtls-failed'
  /** The worker's memory holds no room for it. */
  | 'no-resources';

/** The worker closed the transport by itself; what goes with it and what stays is as with `close-transport`. */
export interface TransportClosed {
  readonly type: 'transport-closed';
  readonly transportId: TransportId;
  readonly reason: TransportCloseReason;
  /** For the log: one line, no secrets. */
  readonly detail: string;
}

/** The first authenticated RTP packet of a publication has arrived. Sent once per publication. */
export interface PublicationStarted {
  readonly type: 'publication-started';
  readonly publicationId: PublicationId;
  /** The publisher's. */
  readonly transportId: TransportId;
}

/** Somebody began to speak, or ceased, by the audio levels that the publisher sends (RFC 6464). */
export interface Speech {
  readonly type: 'speech';
  readonly publicationId: PublicationId;
  /** The publisher's. */
  readonly transportId: TransportId;
  readonly speaking: boolean;
}

/** Who sits on the seats of a room on this worker; sent when that changes. */
export interface Speakers {
  readonly type: 'speakers';
  readonly roomId: RoomId;
  /** By seat; null for a free one. */
  readonly seats: readonly (PublicationId | null)[];
}

/** How busy the worker is, told each second in which that has changed enough to matter. */
export interface WorkerLoad {
  readonly type: 'load';
  /** Share of the time, 0 to 1, in which the worker did not sleep. */
  readonly busy: number;
  /** Packets that it handed to the sockets. */
  readonly packetsPerSecond: number;
}

export interface WorkerStopped {
  readonly type: 'stopped';
}

export type MediaToControl =
  | WorkerReady
  | WorkerFailed
  | TransportConnected
  | TransportClosed
  | PublicationStarted
  | Speech
  | Speakers
  | WorkerLoad
  | WorkerStatistics
  | WorkerParticipants
  | WorkerStopped;
