import { DTLS_DROP_REASONS, type DtlsDropReason } from './dtls/index.js';
import { ICE_DROP_REASONS, type IceDropReason, STUN_DROP_REASONS, type StunDropReason } from './ice/index.js';
import { RTCP_DROP_NAMES } from './rtcp/index.js';
import { RTP_DROP_NAMES } from './rtp/index.js';
import { SRTP_DROP_NAMES } from './srtp/index.js';

/**
 * Why a packet went no further. Each is counted under its name; ARCHITECTURE.md draws where each one arises, and a
 * test holds it to that. Protocols have reasons of their own; these are the data path's.
 */
export const DATA_PATH_DROP_REASONS = [
  /** Came faster than the worker took it: the socket's receive buffer was full. */
  'receive-buffer-full',
  /** Longer than any packet that keeps to an MTU; cut by the receive buffer. */
  'too-long',
  /** Shorter than the header of the protocol that its first byte names. */
  'too-short',
  /** No protocol that is spoken here. */
  'unknown-protocol',
  /** From an address where no connectivity check has proven anybody to be. */
  'unknown-source',
  /** A check for a username fragment that no transport has. */
  'ice-unknown-ufrag',
  /** A check from an address where another participant has been seconds ago. */
  'ice-address-taken',
  /** The TCP connection closed while its check was handled. */
  'ice-no-source-address',
  /** Worker memory holds no more tuples. */
  'ice-no-resources',
  /** A check was answered with an error: Bad Request, Unknown Attribute, Role Conflict. */
  'ice-refused-400',
  'ice-refused-420',
  'ice-refused-487',
  /** DTLS before the transport has a handshake to take it. */
  'dtls-before-check',
  /** More of handshakes came than can wait, in all or of this participant; peers send it again. */
  'dtls-queue-full',
  /** More DTLS than a peer ever sends, in the handshake or behind it: forged, from its address, or a flood of its own. */
  'dtls-too-frequent',
  /** Media before the DTLS handshake has yielded keys. */
  'rtp-before-keys',
  'rtcp-before-keys',
  /** Authentic, but more than a participant may send. */
  'rtp-too-frequent',
  /** Longer than the kernel's limit. */
  'rtp-payload-too-long',
  /** Authentic, but of no stream that the participant's SDP announced. */
  'rtp-no-publication',
  /** Of an announced stream, but not Opus: comfort noise, DTMF. */
  'rtp-other-payload-type',
  /** Two sources at once claim to be one stream. */
  'rtp-ssrc-conflict',
  /** Late, and sent before the routes to the subscribers (re)started. */
  'rtp-older-than-route',
  /** Late, and recovered by then from the redundancy of a packet behind it. */
  'rtp-recovered-before',
  /** Of a publication without a seat in a room that forwards only its speakers; what is kept may be sent later. */
  'rtp-not-seated',
  /** Sent again in a stream of its own, though nobody missed it. */
  'rtp-retransmission-unwanted',
  /** Authentic, but its sender may not publish. */
  'rtp-not-permitted',
  /** Of a publication that the operator has silenced. */
  'rtp-silenced',
  /** On the way to another worker: it takes packets more slowly than they come. */
  'relay-full',
  /** From another worker, of a publication that is not open here yet, or no longer. */
  'relay-unknown-publication',
  /** Authentic, but more than a participant may send. */
  'rtcp-too-frequent',
  /** A report on a stream that the participant does not send. */
  'rtcp-unknown-ssrc',
  /** TCP: the file descriptors are used up. */
  'tcp-accept-failed',
  /** TCP: the worker holds as many connections as it may. */
  'tcp-too-many-connections',
  /** TCP: so many connections of one address have carried no valid check. */
  'tcp-too-many-of-address',
  /** TCP: more than a few checks came, and no valid one among them; the connection is closed. */
  'tcp-too-much-before-check',
  /** TCP: more frames than a participant may send packets; the connection is closed. */
  'tcp-too-frequent',
  /** TCP: a frame that no packet needs; the connection is closed. */
  'tcp-frame-too-long',
  /** TCP: the connection takes packets more slowly than they come. */
  'tcp-write-backlog',
  /** On the way out: the socket's buffer is full, or the kernel has no way to that address. */
  'send-refused',
  /** On the way out: the transmit ring is full. */
  'ring-full',
] as const;
export type DataPathDropReason = (typeof DATA_PATH_DROP_REASONS)[number];

export type DropReason =
  | DataPathDropReason
  | StunDropReason
  | IceDropReason
  | DtlsDropReason
  | (typeof RTP_DROP_NAMES)[keyof typeof RTP_DROP_NAMES]
  | (typeof RTCP_DROP_NAMES)[keyof typeof RTCP_DROP_NAMES]
  | (typeof SRTP_DROP_NAMES)[keyof typeof SRTP_DROP_NAMES];

/** All of them. */
export const DROP_REASONS: readonly DropReason[] = [
  ...DATA_PATH_DROP_REASONS,
  ...STUN_DROP_REASONS,
  ...ICE_DROP_REASONS,
  ...DTLS_DROP_REASONS,
  ...Object.values(RTP_DROP_NAMES),
  ...Object.values(RTCP_DROP_NAMES),
  ...Object.values(SRTP_DROP_NAMES),
];
