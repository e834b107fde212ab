/** Why an RTCP packet is dropped: small integers on the data path, names in the statistics. */

/** Not dropped. */
export const RTCP_ACCEPTED = 0;
/** Empty, or ends within the first four octets of a packet. */
export const RTCP_TOO_SHORT = 1;
/** The version of one of the packets is not 2. */
export const RTCP_WRONG_VERSION = 2;
/** The length of one of the packets reaches beyond the end of the compound. */
export const RTCP_LENGTH_BEYOND_END = 3;
/** A packet other than the last one has padding. */
export const RTCP_PADDING_NOT_LAST = 4;
/** The count of padding octets is zero, not a multiple of four, or more than there is. */
export const RTCP_PADDING_INVALID = 5;
/** The packet has no room for the sources, blocks or items that it announces. */
export const RTCP_CONTENT_BEYOND_END = 6;

export type RtcpDropReason =
  | typeof RTCP_TOO_SHORT
  | typeof RTCP_WRONG_VERSION
  | typeof RTCP_LENGTH_BEYOND_END
  | typeof RTCP_PADDING_NOT_LAST
  | typeof RTCP_PADDING_INVALID
  | typeof RTCP_CONTENT_BEYOND_END;

/** Names of the reasons, as the worker's `drops` counters carry them. */
export const RTCP_DROP_NAMES: Readonly<Record<RtcpDropReason, `rtcp-${string}`>> = {
  [RTCP_TOO_SHORT]: 'rtcp-too-short',
  [RTCP_WRONG_VERSION]: 'rtcp-wrong-version',
  [RTCP_LENGTH_BEYOND_END]: 'rtcp-length-beyond-end',
  [RTCP_PADDING_NOT_LAST]: 'rtcp-padding-not-last',
  [RTCP_PADDING_INVALID]: 'rtcp-padding-invalid',
  [RTCP_CONTENT_BEYOND_END]: 'rtcp-content-beyond-end',
};
