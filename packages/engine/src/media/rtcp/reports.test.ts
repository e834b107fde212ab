import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReceptionStatistics } from '../rtp/reception-statistics.js';
import { allAlike, amidPoisons } from '../rtp/testing/poison.js';
import { CompoundCursor } from './compound.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END } from './drop-reasons.js';
import { RTCP_RECEIVER_REPORT, RTCP_SENDER_REPORT } from './packet-types.js';
import {
  parseReceiverReport,
  REPORT_BLOCK_LENGTH,
  ReceiverReport,
  ReportBlock,
  readReportBlock,
  writeReceiverReport,
  writeReportBlock,
} from './receiver-report.js';
import { parseSenderReport, SENDER_REPORT_LENGTH, SenderReport, writeSenderReport } from './sender-report.js';
import { buildRtcp, concatenate, hostileCompound } from './testing/arbitrary-compound.js';

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const arbitraryBlock = fc.record({
  ssrc: uint32,
  fractionLost: fc.integer({ min: 0, max: 255 }),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  extendedHighestSequenceNumber: uint32,
  jitter: uint32,
  lastSenderReport: uint32,
  delaySinceLastSenderReport: uint32,
});

describe('sender report', () => {
  test('is laid out as in RFC 3550 section 6.4.1', () => {
    const bytes = new Uint8Array(SENDER_REPORT_LENGTH);
    writeSenderReport(bytes, 0, 0x01020304, 0xb44db705, 0x20000000, 0x11121314, 0x21222324, 0x31323334);
    expect([...bytes]).toEqual([
      ...[0x80, 200, 0, 6, 1, 2, 3, 4, 0xb4, 0x4d, 0xb7, 0x05, 0x20, 0, 0, 0],
      ...[0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24, 0x31, 0x32, 0x33, 0x34],
    ]);
  });

  test('is read as it was written, and nothing else is written', () => {
    const words = fc.tuple(uint32, uint32, uint32, uint32, uint32, uint32);
    fc.assert(
      fc.property(words, ([ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount]) => {
        amidPoisons(new Uint8Array(SENDER_REPORT_LENGTH), ({ bytes, offset, length, ...array }) => {
          expect(
            writeSenderReport(
              bytes,
              offset,
              ssrc,
              ntpSeconds,
              ntpFraction,
              rtpTimestamp,
              packetCount,
              octetCount,
            ),
          ).toBe(length);
          const report = new SenderReport();
          expect(parseSenderReport(bytes, offset, length, report)).toBe(RTCP_ACCEPTED);
          expect(report).toEqual({
            ssrc,
            ntpSeconds,
            ntpFraction,
            rtpTimestamp,
            packetCount,
            octetCount,
            blockCount: 0,
            blocksOffset: offset + SENDER_REPORT_LENGTH,
          });
          return array;
        });
      }),
    );
  });

  test('may hold report blocks', () => {
    const block = new ReportBlock();
    const blocks = new Uint8Array(2 * REPORT_BLOCK_LENGTH);
    writeReportBlock(blocks, REPORT_BLOCK_LENGTH, { ...block, ssrc: 7, cumulativeLost: -5 });
    const packet = buildRtcp(200, 2, concatenate(new Uint8Array(24), blocks));
    const report = new SenderReport();
    expect(parseSenderReport(packet, 0, packet.length, report)).toBe(RTCP_ACCEPTED);
    expect(report.blockCount).toBe(2);
    readReportBlock(packet, report.blocksOffset + REPORT_BLOCK_LENGTH, block);
    expect(block).toMatchObject({ ssrc: 7, cumulativeLost: -5 });
  });

  test('without room for its sender info or its blocks is dropped', () => {
    const report = new SenderReport();
    for (const [count, length] of [
      [0, 24],
      [1, 48],
      [31, 768],
    ] as const) {
      const packet = buildRtcp(200, count, new Uint8Array(length - 4));
      expect(parseSenderReport(packet, 0, length, report)).toBe(RTCP_CONTENT_BEYOND_END);
    }
  });
});

describe('receiver report', () => {
  test('is read as it was written, with up to 31 blocks', () => {
    fc.assert(
      fc.property(uint32, fc.array(arbitraryBlock, { maxLength: 31 }), (ssrc, blocks) => {
        const length = 8 + blocks.length * REPORT_BLOCK_LENGTH;
        amidPoisons(new Uint8Array(length), (array) => {
          let end = array.offset + writeReceiverReport(array.bytes, array.offset, ssrc, blocks.length);
          for (const block of blocks) end += writeReportBlock(array.bytes, end, block);
          expect(end).toBe(array.offset + length);
          expect(array.isIntact()).toBe(true);

          const report = new ReceiverReport();
          expect(parseReceiverReport(array.bytes, array.offset, length, report)).toBe(RTCP_ACCEPTED);
          expect(report).toMatchObject({ ssrc, blockCount: blocks.length });
          for (const [index, expected] of blocks.entries()) {
            const block = new ReportBlock();
            readReportBlock(array.bytes, report.blocksOffset + index * REPORT_BLOCK_LENGTH, block);
            expect(block).toEqual(expected);
          }
        });
      }),
      { numRuns: 50 },
    );
  });

  test('counts lost packets in signed 24 bits', () => {
    const bytes = new Uint8Array(REPORT_BLOCK_LENGTH);
    const block = new ReportBlock();
    for (const [cumulativeLost, octets] of [
      [-1, [0xff, 0xff, 0xff]],
      [-0x800000, [0x80, 0, 0]],
      [0x7fffff, [0x7f, 0xff, 0xff]],
      [1, [0, 0, 1]],
    ] as const) {
      writeReportBlock(bytes, 0, { ...new ReportBlock(), fractionLost: 0x55, cumulativeLost });
      expect([...bytes.slice(4, 8)]).toEqual([0x55, ...octets]);
      readReportBlock(bytes, 0, block);
      expect(block.cumulativeLost).toBe(cumulativeLost);
    }
  });

  test('carries what reception statistics report', () => {
    const statistics = new ReceptionStatistics(0xfeedbeef, 48_000);
    statistics.packetReceived(65_535, 0, 0);
    statistics.packetReceived(1, 1920, 40);
    statistics.senderReportReceived(0x12345678, 100);
    const sent = new ReportBlock();
    statistics.report(sent, 1100);
    const bytes = new Uint8Array(REPORT_BLOCK_LENGTH);
    writeReportBlock(bytes, 0, sent);
    const received = new ReportBlock();
    readReportBlock(bytes, 0, received);
    expect(received).toEqual({
      ssrc: 0xfeedbeef,
      fractionLost: 85,
      cumulativeLost: 1,
      extendedHighestSequenceNumber: 0x10001,
      jitter: 0,
      lastSenderReport: 0x12345678,
      delaySinceLastSenderReport: 65_536,
    });
  });

  test('ignores profile-specific extensions behind its blocks', () => {
    const packet = buildRtcp(201, 1, new Uint8Array(4 + REPORT_BLOCK_LENGTH + 12));
    const report = new ReceiverReport();
    expect(parseReceiverReport(packet, 0, packet.length, report)).toBe(RTCP_ACCEPTED);
    expect(report.blockCount).toBe(1);
  });

  test('without room for its sender or its blocks is dropped', () => {
    const report = new ReceiverReport();
    for (const [count, length] of [
      [0, 4],
      [1, 28],
      [31, 748],
    ] as const) {
      const packet = buildRtcp(201, count, new Uint8Array(length - 4));
      expect(parseReceiverReport(packet, 0, length, report)).toBe(RTCP_CONTENT_BEYOND_END);
    }
  });
});

test('hostile bytes never throw, and no block lies outside of its packet', () => {
  fc.assert(
    fc.property(hostileCompound, (compound) => {
      const results = amidPoisons(compound, (array) => {
        const cursor = new CompoundCursor();
        const senderReport = new SenderReport();
        const receiverReport = new ReceiverReport();
        const block = new ReportBlock();
        const found: unknown[] = [];
        cursor.open(array.bytes, array.offset, array.length);
        while (cursor.next()) {
          const { packetType, offset, length } = cursor;
          let report: SenderReport | ReceiverReport | null = null;
          if (packetType === RTCP_SENDER_REPORT) {
            if (parseSenderReport(array.bytes, offset, length, senderReport) === RTCP_ACCEPTED) {
              report = senderReport;
            }
          } else if (packetType === RTCP_RECEIVER_REPORT) {
            if (parseReceiverReport(array.bytes, offset, length, receiverReport) === RTCP_ACCEPTED) {
              report = receiverReport;
            }
          }
          if (report === null) continue;
          const end = report.blocksOffset + report.blockCount * REPORT_BLOCK_LENGTH;
          expect(end).toBeLessThanOrEqual(offset + length);
          for (let at = report.blocksOffset; at < end; at += REPORT_BLOCK_LENGTH) {
            readReportBlock(array.bytes, at, block);
            found.push({ ...block });
          }
          found.push({ ...report });
        }
        return found;
      });
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
