/** RTP: what the data path needs of RFC 3550, RFC 8285, RFC 6464 and RFC 8843. */
export {
  CANONICAL_AUDIO_LEVEL_ID,
  CANONICAL_EXTENSION_LENGTH,
  rewriteCanonicalHeader,
} from './canonical-header.js';
export { RTP_ACCEPTED, RTP_DROP_NAMES, type RtpDropReason } from './drop-reasons.js';
export {
  checkPadding,
  MARKER_BIT,
  PADDING_BIT,
  parseRtpHeader,
  RTP_FIXED_HEADER_LENGTH,
  RtpHeader,
} from './header.js';
export {
  findHeaderExtension,
  HeaderExtensionElement,
  hasMid,
  NO_EXTENSION,
  readAudioLevel,
} from './header-extensions.js';
export {
  MissingPackets,
  type MissingVerdict,
  NOT_MISSING,
  RECOVERED,
} from './missing-packets.js';
export { opusDuration } from './opus-duration.js';
export { type ReceptionReport, ReceptionStatistics } from './reception-statistics.js';
export {
  BLOCK_HEADER_LENGTH,
  countBlocks,
  MAX_BLOCK_LENGTH,
  MAX_REDUNDANT_BLOCKS,
  MAX_TIMESTAMP_OFFSET,
  PRIMARY_HEADER_LENGTH,
  parseRedundantPayload,
  RedundantPayload,
  renameBlocks,
  writeRedundantPayload,
} from './redundancy.js';
export {
  ORIGINAL_SEQUENCE_NUMBER_LENGTH,
  readOriginalSequenceNumber,
  unwrapRetransmission,
} from './retransmission.js';
export { addToSequenceNumber } from './sequence.js';
export {
  continueSequenceNumbers,
  continueTimestamps,
  OPUS_CLOCK_RATE,
  PACKET_DURATION_TICKS,
} from './stream-continuity.js';
