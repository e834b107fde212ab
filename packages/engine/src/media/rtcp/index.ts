/** RTCP: what the data path needs of RFC 3550, RFC 5506 and the registry of packet types. */
export { BYE_LENGTH, Bye, parseBye, readByeSource } from './bye.js';
export { CompoundCursor } from './compound.js';
export {
  MAX_COMPOUND_LENGTH,
  MAX_REPORT_BLOCKS,
  writeByeCompound,
  writeNackCompound,
  writeReceiverCompound,
  writeSenderCompound,
} from './compound-writer.js';
export { RTCP_ACCEPTED, RTCP_DROP_NAMES, type RtcpDropReason } from './drop-reasons.js';
export { NACK_FORMAT, Nack, parseNack, readNackEntry } from './nack.js';
export { ntpMiddle } from './ntp.js';
export {
  RTCP_BYE,
  RTCP_PACKET_TYPE_NAMES,
  RTCP_RECEIVER_REPORT,
  RTCP_SENDER_REPORT,
  RTCP_SOURCE_DESCRIPTION,
  RTCP_TRANSPORT_LAYER_FEEDBACK,
  rtcpPacketTypeName,
  UNKNOWN_PACKET_TYPE,
} from './packet-types.js';
export {
  parseReceiverReport,
  REPORT_BLOCK_LENGTH,
  ReceiverReport,
  ReportBlock,
  readReportBlock,
} from './receiver-report.js';
export { MAX_ESTIMATED_SOURCES, writeReceiverEstimate } from './remb.js';
export { ForwardedSenderReports, ROUND_TRIP_UNKNOWN } from './round-trip.js';
export { parseSenderReport, SenderReport } from './sender-report.js';
export { TransportFeedbackWriter } from './transport-feedback.js';
