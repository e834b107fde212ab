import { readUint32, writeUint32 } from '../big-endian.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END, type RtcpDropReason } from './drop-reasons.js';
import { readCount, writePacketHeader } from './packet-header.js';
import { RTCP_SENDER_REPORT } from './packet-types.js';
import { REPORT_BLOCK_LENGTH } from './receiver-report.js';

/** Octets of a sender report without report blocks. */
export const SENDER_REPORT_LENGTH = 28;

/** A sender report as it is read from a packet. Made once and filled again for every report. */
export class SenderReport {
  /** The sender's stream. */
  ssrc = 0;
  /** Seconds since 1900 modulo 2^32, by the sender's clock. */
  ntpSeconds = 0;
  /** Fraction of a second, in 1/2^32. */
  ntpFraction = 0;
  /** The same instant in the stream's RTP timestamps. */
  rtpTimestamp = 0;
  /** Packets sent, modulo 2^32. */
  packetCount = 0;
  /** Octets of payload sent, without headers and padding, modulo 2^32. */
  octetCount = 0;
  /** Number of report blocks that follow, 0…31. */
  blockCount = 0;
  /** Where the first block begins; see {@link readReportBlock}. */
  blocksOffset = 0;
}

/**
 * Parses a sender report, RFC 3550 section 6.4.1. Profile-specific extensions behind the blocks are ignored.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|   RC    |   PT=SR=200   |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        SSRC of sender                         |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |              NTP timestamp, most significant word             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             NTP timestamp, least significant word             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         RTP timestamp                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     sender's packet count                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      sender's octet count                     |
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
export function parseSenderReport(
  bytes: Uint8Array,
  offset: number,
  length: number,
  report: SenderReport,
): typeof RTCP_ACCEPTED | RtcpDropReason {
  if (length < SENDER_REPORT_LENGTH) return RTCP_CONTENT_BEYOND_END;
  const blockCount = readCount(bytes, offset);
  if (SENDER_REPORT_LENGTH + blockCount * REPORT_BLOCK_LENGTH > length) return RTCP_CONTENT_BEYOND_END;
  report.ssrc = readUint32(bytes, offset + 4);
  report.ntpSeconds = readUint32(bytes, offset + 8);
  report.ntpFraction = readUint32(bytes, offset + 12);
  report.rtpTimestamp = readUint32(bytes, offset + 16);
  report.packetCount = readUint32(bytes, offset + 20);
  report.octetCount = readUint32(bytes, offset + 24);
  report.blockCount = blockCount;
  report.blocksOffset = offset + SENDER_REPORT_LENGTH;
  return RTCP_ACCEPTED;
}

/**
 * Writes a sender report without report blocks. The fields are those of {@link SenderReport}.
 *
 * @returns octets written
 */
export function writeSenderReport(
  bytes: Uint8Array,
  offset: number,
  ssrc: number,
  ntpSeconds: number,
  ntpFraction: number,
  rtpTimestamp: number,
  packetCount: number,
  octetCount: number,
): number {
  writePacketHeader(bytes, offset, 0, RTCP_SENDER_REPORT, SENDER_REPORT_LENGTH);
  writeUint32(bytes, offset + 4, ssrc);
  writeUint32(bytes, offset + 8, ntpSeconds);
  writeUint32(bytes, offset + 12, ntpFraction);
  writeUint32(bytes, offset + 16, rtpTimestamp);
  writeUint32(bytes, offset + 20, packetCount);
  writeUint32(bytes, offset + 24, octetCount);
  return SENDER_REPORT_LENGTH;
}
