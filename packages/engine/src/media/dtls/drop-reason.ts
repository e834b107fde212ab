/** Why bytes that were received as DTLS, or a part of them, were not used. */
export const DTLS_DROP_REASONS = [
  /** The session is closed or has failed. */
  'dtls-session-over',
  /** No whole record: too short for a header, or the record's length passes the datagram's end. */
  'dtls-truncated',
  /** Not a record of DTLS 1.0 or 1.2 of a known content type, or its length is none that a record can have. */
  'dtls-not-a-record',
  /** Before the handshake a server takes nothing but a ClientHello. */
  'dtls-not-a-client-hello',
  /** A record of an epoch that is over or has not begun; a peer that resends its last flight causes some. */
  'dtls-wrong-epoch',
  /** An encrypted record with no room for AES-GCM's explicit nonce and tag. */
  'dtls-short-ciphertext',
  /** An encrypted record behind the handshake that is not newer than the newest one. */
  'dtls-replayed',
  /** An encrypted record behind the handshake that the peer has not sent. */
  'dtls-authentication-failed',
  /** A handshake record after the handshake that gets no answer: the peer's last flight once more, or a renegotiation. */
  'dtls-late-handshake',
  /** Application data: there are no data channels. */
  'dtls-application-data',
] as const;

export type DtlsDropReason = (typeof DTLS_DROP_REASONS)[number];
