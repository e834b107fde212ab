import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amidPoisons, type PoisonedArray } from '../rtp/testing/poison.js';
import { Bye, parseBye, readByeSource } from './bye.js';
import { CompoundCursor } from './compound.js';
import {
  MAX_COMPOUND_LENGTH,
  MAX_REPORT_BLOCKS,
  writeByeCompound,
  writeReceiverCompound,
  writeSenderCompound,
} from './compound-writer.js';
import { RTCP_ACCEPTED } from './drop-reasons.js';
import {
  parseReceiverReport,
  REPORT_BLOCK_LENGTH,
  ReceiverReport,
  ReportBlock,
  readReportBlock,
} from './receiver-report.js';
import { parseSenderReport, SenderReport } from './sender-report.js';
import { sourceDescriptionLength, writeSourceDescription } from './source-description.js';

const cname = new TextEncoder().encode('kraken-cname');
const SSRC = 0xfedcba98;

interface PacketPlace {
  readonly packetType: number;
  readonly offset: number;
  readonly length: number;
}

/** Walks over the first `length` octets of the array's packet, which have to be one valid compound. */
function packetsOf(array: PoisonedArray, length: number): PacketPlace[] {
  expect(array.isIntact()).toBe(true);
  const cursor = new CompoundCursor();
  expect(cursor.open(array.bytes, array.offset, length)).toBe(RTCP_ACCEPTED);
  const places: PacketPlace[] = [];
  while (cursor.next()) {
    places.push({ packetType: cursor.packetType, offset: cursor.offset, length: cursor.length });
  }
  return places;
}

function expectCname(array: PoisonedArray, place: PacketPlace | undefined, ssrc: number): void {
  const expected = new Uint8Array(sourceDescriptionLength(cname.length));
  writeSourceDescription(expected, 0, ssrc, cname);
  const { offset = 0, length = 0 } = place ?? {};
  expect(array.bytes.slice(offset, offset + length)).toEqual(expected);
}

describe('sender compound', () => {
  const published = Object.assign(new SenderReport(), {
    ssrc: 0x11111111,
    ntpSeconds: 0xb44db705,
    ntpFraction: 0x20000000,
    rtpTimestamp: 0xfffffff0,
    packetCount: 1000,
    octetCount: 99_999,
    blockCount: 3,
    blocksOffset: 28,
  });

  test("is the publisher's report in the route's numbers, and a CNAME", () => {
    amidPoisons(new Uint8Array(52), (array) => {
      const length = writeSenderCompound(array.bytes, array.offset, published, SSRC, 0x20, 7, 800, cname);
      const [first, second, ...rest] = packetsOf(array, length);
      expect(length).toBe(array.length);
      expect(rest).toEqual([]);
      const report = new SenderReport();
      expect(first?.packetType).toBe(200);
      expect(parseSenderReport(array.bytes, first?.offset ?? 0, first?.length ?? 0, report)).toBe(
        RTCP_ACCEPTED,
      );
      expect(report).toMatchObject({
        ssrc: SSRC,
        ntpSeconds: 0xb44db705,
        ntpFraction: 0x20000000,
        rtpTimestamp: 0x10,
        packetCount: 7,
        octetCount: 800,
        blockCount: 0,
      });
      expectCname(array, second, SSRC);
    });
  });

  test('takes counts modulo 2^32', () => {
    const bytes = new Uint8Array(100);
    writeSenderCompound(bytes, 0, published, SSRC, 0, 2 ** 32 + 5, 2 ** 33 + 6, cname);
    const report = new SenderReport();
    parseSenderReport(bytes, 0, 28, report);
    expect(report).toMatchObject({ packetCount: 5, octetCount: 6 });
  });

  test('refuses a buffer that is too small', () => {
    const bytes = new Uint8Array(52);
    expect(() => writeSenderCompound(bytes, 1, published, SSRC, 0, 0, 0, cname)).toThrow(RangeError);
  });
});

describe('receiver compound', () => {
  const blocks = Array.from({ length: MAX_REPORT_BLOCKS }, (_, index) =>
    Object.assign(new ReportBlock(), { ssrc: index + 1, cumulativeLost: 5 - index, jitter: index * 3 }),
  );

  test('holds as many of the report blocks as are asked for, and a CNAME', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_REPORT_BLOCKS }), (count) => {
        amidPoisons(new Uint8Array(MAX_COMPOUND_LENGTH), (array) => {
          const length = writeReceiverCompound(array.bytes, array.offset, SSRC, blocks, count, cname);
          const [first, second, ...rest] = packetsOf(array, length);
          expect(rest).toEqual([]);
          const report = new ReceiverReport();
          expect(first?.packetType).toBe(201);
          expect(parseReceiverReport(array.bytes, first?.offset ?? 0, first?.length ?? 0, report)).toBe(
            RTCP_ACCEPTED,
          );
          expect(report).toMatchObject({ ssrc: SSRC, blockCount: count });
          const block = new ReportBlock();
          for (let index = 0; index < count; index += 1) {
            readReportBlock(array.bytes, report.blocksOffset + index * REPORT_BLOCK_LENGTH, block);
            expect(block).toEqual(blocks[index]);
          }
          expectCname(array, second, SSRC);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('is never longer than MAX_COMPOUND_LENGTH, which fits one datagram', () => {
    const bytes = new Uint8Array(MAX_COMPOUND_LENGTH);
    const longest = writeReceiverCompound(bytes, 0, SSRC, blocks, MAX_REPORT_BLOCKS, new Uint8Array(255));
    expect(longest).toBe(MAX_COMPOUND_LENGTH);
    expect(MAX_COMPOUND_LENGTH).toBeLessThanOrEqual(1200);
  });

  test('refuses more than 31 blocks, and blocks that are not there', () => {
    const bytes = new Uint8Array(2000);
    const [block = new ReportBlock()] = blocks;
    expect(() => writeReceiverCompound(bytes, 0, SSRC, [...blocks, block], 32, cname)).toThrow(RangeError);
    expect(() => writeReceiverCompound(bytes, 0, SSRC, [block], 2, cname)).toThrow(RangeError);
  });

  test('refuses a buffer that is too small', () => {
    expect(() => writeReceiverCompound(new Uint8Array(55), 0, SSRC, blocks, 1, cname)).toThrow(RangeError);
    expect(writeReceiverCompound(new Uint8Array(56), 0, SSRC, blocks, 1, cname)).toBe(56);
  });
});

describe('goodbye compound', () => {
  test('is an empty report, a CNAME and the goodbye of one source', () => {
    amidPoisons(new Uint8Array(40), (array) => {
      const length = writeByeCompound(array.bytes, array.offset, SSRC, cname);
      const [first, second, third, ...rest] = packetsOf(array, length);
      expect(length).toBe(array.length);
      expect(rest).toEqual([]);
      const report = new ReceiverReport();
      expect(first?.packetType).toBe(201);
      expect(parseReceiverReport(array.bytes, first?.offset ?? 0, first?.length ?? 0, report)).toBe(
        RTCP_ACCEPTED,
      );
      expect(report).toMatchObject({ ssrc: SSRC, blockCount: 0 });
      expectCname(array, second, SSRC);
      const bye = new Bye();
      expect(third?.packetType).toBe(203);
      expect(parseBye(array.bytes, third?.offset ?? 0, third?.length ?? 0, bye)).toBe(RTCP_ACCEPTED);
      expect(bye.sourceCount).toBe(1);
      expect(readByeSource(array.bytes, bye, 0)).toBe(SSRC);
    });
  });

  test('refuses a buffer that is too small', () => {
    expect(() => writeByeCompound(new Uint8Array(39), 0, SSRC, cname)).toThrow(RangeError);
  });
});
