import { readUint8, readUint24, readUint32, writeUint24, writeUint32 } from '../big-endian.js';
import type { ReceptionReport } from '../rtp/reception-statistics.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END, type RtcpDropReason } from './drop-reasons.js';
import { readCount, writePacketHeader } from './packet-header.js';
import { RTCP_RECEIVER_REPORT } from './packet-types.js';

/** Octets of a receiver report without its blocks. */
export const RECEIVER_REPORT_LENGTH = 8;
/** Octets of one report block. */
export const REPORT_BLOCK_LENGTH = 24;

/** A report block as it is read from a packet. Made once and filled again for every block. */
export class ReportBlock implements ReceptionReport {
  ssrc = 0;
  fractionLost = 0;
  cumulativeLost = 0;
  extendedHighestSequenceNumber = 0;
  jitter = 0;
  lastSenderReport = 0;
  delaySinceLastSenderReport = 0;
}

/** What a receiver report says before its blocks; those are read with {@link readReportBlock}. */
export class ReceiverReport {
  /** The participant that reports. */
  ssrc = 0;
  /** Number of report blocks, 0…31. */
  blockCount = 0;
  /** Where the first block begins; they follow each other at {@link REPORT_BLOCK_LENGTH}. */
  blocksOffset = 0;
}

/**
 * Parses a receiver report, RFC 3550 section 6.4.2. Profile-specific extensions behind the blocks are ignored.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|   RC    |   PT=RR=201   |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC of packet sender                     |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                    report blocks, RC times                    |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * ```
 *
 * @param bytes the array that holds the packet
 * @param offset where the packet begins
 * @param length octets of the packet, as {@link CompoundCursor} gives them
 * @param report is filled
 * @returns 0, or why the packet is dropped
 */
export function parseReceiverReport(
  bytes: Uint8Array,
  offset: number,
  length: number,
  report: ReceiverReport,
): typeof RTCP_ACCEPTED | RtcpDropReason {
  if (length < RECEIVER_REPORT_LENGTH) return RTCP_CONTENT_BEYOND_END;
  const blockCount = readCount(bytes, offset);
  if (RECEIVER_REPORT_LENGTH + blockCount * REPORT_BLOCK_LENGTH > length) return RTCP_CONTENT_BEYOND_END;
  report.ssrc = readUint32(bytes, offset + 4);
  report.blockCount = blockCount;
  report.blocksOffset = offset + RECEIVER_REPORT_LENGTH;
  return RTCP_ACCEPTED;
}

/**
 * Writes a receiver report without its blocks; those follow at once, by {@link writeReportBlock}.
 *
 * @param ssrc the participant that reports
 * @param blockCount 0…31
 * @returns octets written
 */
export function writeReceiverReport(
  bytes: Uint8Array,
  offset: number,
  ssrc: number,
  blockCount: number,
): number {
  const packetLength = RECEIVER_REPORT_LENGTH + blockCount * REPORT_BLOCK_LENGTH;
  writePacketHeader(bytes, offset, blockCount, RTCP_RECEIVER_REPORT, packetLength);
  writeUint32(bytes, offset + 4, ssrc);
  return RECEIVER_REPORT_LENGTH;
}

/**
 * Reads one report block of a sender or receiver report, RFC 3550 section 6.4.1.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                      SSRC of the source                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | fraction lost |   cumulative number of packets lost, signed   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           extended highest sequence number received           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      interarrival jitter                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         last SR (LSR)                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   delay since last SR (DLSR)                  |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * ```
 *
 * @param offset where the block begins; the caller knows from the parsed report that it is all there
 * @param block is filled
 */
export function readReportBlock(bytes: Uint8Array, offset: number, block: ReceptionReport): void {
  block.ssrc = readUint32(bytes, offset);
  block.fractionLost = readUint8(bytes, offset + 4);
  // The shifts up and back spread the sign over the upper octet.
  block.cumulativeLost = (readUint24(bytes, offset + 5) << 8) >> 8;
  block.extendedHighestSequenceNumber = readUint32(bytes, offset + 8);
  block.jitter = readUint32(bytes, offset + 12);
  block.lastSenderReport = readUint32(bytes, offset + 16);
  block.delaySinceLastSenderReport = readUint32(bytes, offset + 20);
}

/** Writes one report block. @returns octets written */
export function writeReportBlock(
  bytes: Uint8Array,
  offset: number,
  block: Readonly<ReceptionReport>,
): number {
  writeUint32(bytes, offset, block.ssrc);
  bytes[offset + 4] = block.fractionLost;
  writeUint24(bytes, offset + 5, block.cumulativeLost);
  writeUint32(bytes, offset + 8, block.extendedHighestSequenceNumber);
  writeUint32(bytes, offset + 12, block.jitter);
  writeUint32(bytes, offset + 16, block.lastSenderReport);
  writeUint32(bytes, offset + 20, block.delaySinceLastSenderReport);
  return REPORT_BLOCK_LENGTH;
}
