/** Why an RTP packet is dropped: small integers on the data path, names in the statistics. */

/** Not dropped. */
export const RTP_ACCEPTED = 0;
/** Shorter than the fixed header of 12 octets. */
export const RTP_TOO_SHORT = 1;
/** The version is not 2. */
export const RTP_WRONG_VERSION = 2;
/** The CSRC list reaches beyond the end of the packet. */
export const RTP_CSRC_BEYOND_END = 3;
/** The header extension reaches beyond the end of the packet. */
export const RTP_EXTENSION_BEYOND_END = 4;
/** The padding bit is set and the last octet, which counts the padding, is zero (or there is none). */
export const RTP_PADDING_EMPTY = 5;
/** More padding is announced than there is payload. */
export const RTP_PADDING_BEYOND_PAYLOAD = 6;

/** A payload of RED (RFC 2198) ends within the headers of its blocks. */
export const RTP_REDUNDANCY_HEADER_BEYOND_END = 7;
/** The redundant blocks of RED reach beyond the end of the payload. */
export const RTP_REDUNDANCY_BLOCK_BEYOND_END = 8;
/** The redundant blocks of RED leave nothing for the primary one. */
export const RTP_REDUNDANCY_PRIMARY_EMPTY = 9;
/** More redundant blocks than are read. */
export const RTP_REDUNDANCY_TOO_MANY_BLOCKS = 10;

export type RtpDropReason =
  | typeof RTP_TOO_SHORT
  | typeof RTP_WRONG_VERSION
  | typeof RTP_CSRC_BEYOND_END
  | typeof RTP_EXTENSION_BEYOND_END
  | typeof RTP_PADDING_EMPTY
  | typeof RTP_PADDING_BEYOND_PAYLOAD
  | typeof RTP_REDUNDANCY_HEADER_BEYOND_END
  | typeof RTP_REDUNDANCY_BLOCK_BEYOND_END
  | typeof RTP_REDUNDANCY_PRIMARY_EMPTY
  | typeof RTP_REDUNDANCY_TOO_MANY_BLOCKS;

/** Names of the reasons, as the worker's `drops` counters carry them. */
export const RTP_DROP_NAMES: Readonly<Record<RtpDropReason, `rtp-${string}`>> = {
  [RTP_TOO_SHORT]: 'rtp-too-short',
  [RTP_WRONG_VERSION]: 'rtp-wrong-version',
  [RTP_CSRC_BEYOND_END]: 'rtp-csrc-beyond-end',
  [RTP_EXTENSION_BEYOND_END]: 'rtp-extension-beyond-end',
  [RTP_PADDING_EMPTY]: 'rtp-padding-empty',
  [RTP_PADDING_BEYOND_PAYLOAD]: 'rtp-padding-beyond-payload',
  [RTP_REDUNDANCY_HEADER_BEYOND_END]: 'rtp-redundancy-header-beyond-end',
  [RTP_REDUNDANCY_BLOCK_BEYOND_END]: 'rtp-redundancy-block-beyond-end',
  [RTP_REDUNDANCY_PRIMARY_EMPTY]: 'rtp-redundancy-primary-empty',
  [RTP_REDUNDANCY_TOO_MANY_BLOCKS]: 'rtp-redundancy-too-many-blocks',
};
