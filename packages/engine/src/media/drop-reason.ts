import type { DtlsDropReason } from './dtls/index.js';
import type { IceDropReason, StunDropReason } from './ice/index.js';

/**
 * Why a packet went no further. Each is counted under its name; ARCHITECTURE.md draws where each one arises.
 * Protocols have reasons of their own; these are the data path's.
 */
export type DataPathDropReason =
  /** Longer than any packet that keeps to an MTU; cut by the receive buffer. */
  | 'too-long'
  /** Shorter than the header of the protocol that its first byte names. */
  | 'too-short'
  /** No protocol that is spoken here. */
  | 'unknown-protocol'
  /** From an address where no connectivity check has proven anybody to be. */
  | 'unknown-source'
  /** A check for a username fragment that no transport has. */
  | 'ice-unknown-ufrag'
  /** The TCP connection closed while its check was handled. */
  | 'ice-no-source-address'
  /** Worker memory holds no more tuples. */
  | 'ice-no-resources'
  /** A check was answered with an error. */
  | `ice-refused-${number}`
  /** DTLS before the transport has a valid pair: not from its own checks then. */
  | 'dtls-before-check'
  /** Media before the DTLS handshake has yielded keys. */
  | 'rtp-before-keys'
  | 'rtcp-before-keys'
  /** Longer than the kernel's limit. */
  | 'rtp-payload-too-long'
  /** Authentic, but of no stream that the participant's SDP announced. */
  | 'rtp-no-publication'
  /** Of an announced stream, but not Opus: comfort noise, DTMF, RED. */
  | 'rtp-other-payload-type'
  /** Two sources at once claim to be one stream. */
  | 'rtp-ssrc-conflict'
  /** Late, and sent before the routes to the subscribers (re)started. */
  | 'rtp-older-than-route'
  /** A report on a stream that the participant does not send. */
  | 'rtcp-unknown-ssrc';

/** Reasons that srtp/, rtp/ and rtcp/ name by their drop tables. */
export type ProtocolDropReason = `rtp-${string}` | `rtcp-${string}` | `srtp-${string}` | `srtcp-${string}`;

export type DropReason =
  | DataPathDropReason
  | ProtocolDropReason
  | StunDropReason
  | IceDropReason
  | DtlsDropReason;
