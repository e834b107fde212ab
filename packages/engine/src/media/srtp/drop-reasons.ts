/** Why a SRTP or SRTCP packet is dropped: small integers on the data path, which return them negated, and names. */

/** Shorter than header and tag, or than what SRTCP adds. */
export const SRTP_TOO_SHORT = 1;
/** Longer than MAX_STREAM_PACKET_LENGTH. */
export const SRTP_TOO_LONG = 2;
/** A packet with this index was received already. */
export const SRTP_REPLAYED = 3;
/** The index lies before the replay window. */
export const SRTP_TOO_OLD = 4;
/** The tag is wrong: forged, damaged, or under another key. */
export const SRTP_AUTHENTICATION_FAILED = 5;
/** The peer sends from more SSRCs than are kept. */
export const SRTP_TOO_MANY_SSRCS = 6;

export type SrtpDropReason =
  | typeof SRTP_TOO_SHORT
  | typeof SRTP_TOO_LONG
  | typeof SRTP_REPLAYED
  | typeof SRTP_TOO_OLD
  | typeof SRTP_AUTHENTICATION_FAILED
  | typeof SRTP_TOO_MANY_SSRCS;

/** Names of the reasons by number, as the worker's `drops` counters carry them. */
export const SRTP_DROP_NAMES: Readonly<Record<number, `srtp-${string}`>> = {
  [SRTP_TOO_SHORT]: 'srtp-too-short',
  [SRTP_TOO_LONG]: 'srtp-too-long',
  [SRTP_REPLAYED]: 'srtp-replayed',
  [SRTP_TOO_OLD]: 'srtp-too-old',
  [SRTP_AUTHENTICATION_FAILED]: 'srtp-authentication-failed',
  [SRTP_TOO_MANY_SSRCS]: 'srtp-too-many-ssrcs',
};
