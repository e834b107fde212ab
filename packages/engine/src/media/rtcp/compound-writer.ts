import type { ReceptionReport } from '../rtp/reception-statistics.js';
import { addToTimestamp } from '../rtp/sequence.js';
import { BYE_LENGTH, writeBye } from './bye.js';
import { maxNackLength, writeNack } from './nack.js';
import { MAX_COUNT } from './packet-header.js';
import {
  RECEIVER_REPORT_LENGTH,
  REPORT_BLOCK_LENGTH,
  writeReceiverReport,
  writeReportBlock,
} from './receiver-report.js';
import { SENDER_REPORT_LENGTH, type SenderReport, writeSenderReport } from './sender-report.js';
import { MAX_CNAME_LENGTH, sourceDescriptionLength, writeSourceDescription } from './source-description.js';

/**
 * The compounds that the engine sends. Each begins with a report and holds a CNAME, as RFC 3550 section
 * 6.1 demands of every compound where reduced size (RFC 5506) has not been agreed upon.
 * All writers return the octets written and throw a RangeError when the caller's buffer is too small.
 */

/** Report blocks in one receiver report, RFC 3550 section 6.4.1. */
export const MAX_REPORT_BLOCKS = MAX_COUNT;
/** Octets of the longest compound that is written here. */
export const MAX_COMPOUND_LENGTH =
  RECEIVER_REPORT_LENGTH +
  MAX_REPORT_BLOCKS * REPORT_BLOCK_LENGTH +
  sourceDescriptionLength(MAX_CNAME_LENGTH);

/**
 * A publisher's sender report as one subscriber gets it: SR and SDES. The NTP timestamp stays the publisher's,
 * so that streams of one publisher can be synchronised; everything else is that of the route.
 *
 * @param published the report that the publisher sent
 * @param ssrc the SSRC under which the subscriber receives the stream
 * @param timestampOffset what the route adds to the publisher's timestamps, modulo 2^32
 * @param packetCount packets sent on the route, modulo 2^32
 * @param octetCount octets of payload sent on the route, modulo 2^32
 * @param cname of the subscriber's stream, in UTF-8
 */
export function writeSenderCompound(
  bytes: Uint8Array,
  offset: number,
  published: Readonly<SenderReport>,
  ssrc: number,
  timestampOffset: number,
  packetCount: number,
  octetCount: number,
  cname: Uint8Array,
): number {
  requireRoom(bytes, offset, SENDER_REPORT_LENGTH + sourceDescriptionLength(cname.length));
  let end = offset;
  end += writeSenderReport(
    bytes,
    end,
    ssrc,
    published.ntpSeconds,
    published.ntpFraction,
    addToTimestamp(published.rtpTimestamp, timestampOffset),
    packetCount,
    octetCount,
  );
  end += writeSourceDescription(bytes, end, ssrc, cname);
  return end - offset;
}

/**
 * What the engine tells a publisher of its uplink: RR and SDES.
 *
 * @param reporterSsrc the engine's own SSRC on that transport
 * @param reports one for each source; those behind `count` are left alone
 * @param count number of report blocks to write, 0…31
 * @param cname of the engine on that transport, in UTF-8
 */
export function writeReceiverCompound(
  bytes: Uint8Array,
  offset: number,
  reporterSsrc: number,
  reports: readonly Readonly<ReceptionReport>[],
  count: number,
  cname: Uint8Array,
): number {
  if (count > MAX_REPORT_BLOCKS) throw new RangeError(`${count} report blocks in one receiver report`);
  const reportLength = RECEIVER_REPORT_LENGTH + count * REPORT_BLOCK_LENGTH;
  requireRoom(bytes, offset, reportLength + sourceDescriptionLength(cname.length));
  let end = offset + writeReceiverReport(bytes, offset, reporterSsrc, count);
  for (let index = 0; index < count; index += 1) {
    const report = reports[index];
    if (report === undefined) throw new RangeError(`report block ${index} of ${count} is missing`);
    end += writeReportBlock(bytes, end, report);
  }
  end += writeSourceDescription(bytes, end, reporterSsrc, cname);
  return end - offset;
}

/**
 * The end of one subscription's stream: RR without blocks, SDES and BYE.
 *
 * @param ssrc the SSRC under which the subscriber received the stream
 * @param cname of the subscriber's stream, in UTF-8
 */
export function writeByeCompound(bytes: Uint8Array, offset: number, ssrc: number, cname: Uint8Array): number {
  requireRoom(bytes, offset, RECEIVER_REPORT_LENGTH + sourceDescriptionLength(cname.length) + BYE_LENGTH);
  let end = offset + writeReceiverReport(bytes, offset, ssrc, 0);
  end += writeSourceDescription(bytes, end, ssrc, cname);
  end += writeBye(bytes, end, ssrc);
  return end - offset;
}

/**
 * Asks a publisher for packets that are missing: RR without blocks, SDES and a generic NACK.
 *
 * @param reporterSsrc the engine's own SSRC on that transport
 * @param mediaSsrc of the publisher's stream
 * @param sequenceNumbers in the order in which the packets were sent
 * @param count how many of them, at least one
 * @param cname of the engine on that transport, in UTF-8
 */
export function writeNackCompound(
  bytes: Uint8Array,
  offset: number,
  reporterSsrc: number,
  mediaSsrc: number,
  sequenceNumbers: Uint16Array,
  count: number,
  cname: Uint8Array,
): number {
  const descriptionLength = sourceDescriptionLength(cname.length);
  requireRoom(bytes, offset, RECEIVER_REPORT_LENGTH + descriptionLength + maxNackLength(count));
  let end = offset + writeReceiverReport(bytes, offset, reporterSsrc, 0);
  end += writeSourceDescription(bytes, end, reporterSsrc, cname);
  end += writeNack(bytes, end, reporterSsrc, mediaSsrc, sequenceNumbers, count);
  return end - offset;
}

/** Octets written beyond a typed array vanish without an error, so that has to be caught beforehand. */
function requireRoom(bytes: Uint8Array, offset: number, length: number): void {
  if (offset + length > bytes.length) {
    throw new RangeError(`no room for ${length} octets of RTCP at ${offset} of ${bytes.length}`);
  }
}
