import {
  Bye,
  CompoundCursor,
  NACK_FORMAT,
  Nack,
  parseBye,
  parseNack,
  parseReceiverReport,
  parseSenderReport,
  REPORT_BLOCK_LENGTH,
  ReceiverReport,
  ReportBlock,
  RTCP_ACCEPTED,
  RTCP_BYE,
  RTCP_RECEIVER_REPORT,
  RTCP_SENDER_REPORT,
  RTCP_TRANSPORT_LAYER_FEEDBACK,
  readByeSource,
  readNackEntry,
  readReportBlock,
  SenderReport,
} from '../../packages/engine/src/media/rtcp/index.js';
import { buildRtcp, concatenate } from '../../packages/engine/src/media/rtcp/testing/arbitrary-compound.js';
import type { PoisonedArray } from '../../packages/engine/src/media/rtp/testing/poison.js';
import { type FuzzTarget, promise } from '../target.js';
import { parseAmidPoisons } from './amid-poisons.js';

const NACK_ENTRY_LENGTH = 4;

/** Compounds and all packets that are read of them: reports, goodbyes, NACKs. */
export const rtcpCompound: FuzzTarget = {
  name: 'rtcp-compound',
  maxLength: 400,
  seeds: () => [
    buildRtcp(RTCP_SENDER_REPORT, 1, new Uint8Array(24 + 24).fill(7)),
    buildRtcp(RTCP_RECEIVER_REPORT, 2, new Uint8Array(4 + 48).fill(9)),
    concatenate(
      buildRtcp(RTCP_RECEIVER_REPORT, 0, new Uint8Array(4)),
      buildRtcp(202, 1, Uint8Array.of(0, 0, 0, 1, 1, 1, 65, 0)),
      buildRtcp(RTCP_TRANSPORT_LAYER_FEEDBACK, NACK_FORMAT, new Uint8Array(16)),
      buildRtcp(RTCP_BYE, 2, new Uint8Array(8), 4),
    ),
  ],
  prepare: () => {
    const reader = new CompoundReader();
    return (input) => parseAmidPoisons(input, (array) => reader.read(array));
  },
};

class CompoundReader {
  readonly #cursor = new CompoundCursor();
  readonly #sender = new SenderReport();
  readonly #receiver = new ReceiverReport();
  readonly #block = new ReportBlock();
  readonly #bye = new Bye();
  readonly #nack = new Nack();
  readonly #found: number[] = [];

  read({ bytes, offset, length }: PoisonedArray): readonly number[] {
    const cursor = this.#cursor;
    this.#found.length = 0;
    const reason = cursor.open(bytes, offset, length);
    if (reason !== RTCP_ACCEPTED) {
      promise(!cursor.next(), 'of a broken compound nothing is read');
      return [reason];
    }
    let position = offset;
    while (cursor.next()) {
      promise(cursor.offset === position, 'packets follow each other');
      promise(cursor.length >= 4 && cursor.offset + cursor.length <= offset + length, 'a packet lies within');
      position += 4 * (1 + (((bytes[position + 2] ?? 0) << 8) | (bytes[position + 3] ?? 0)));
      this.#found.push(cursor.packetType, cursor.count, cursor.length);
      this.#readPacket(bytes);
    }
    promise(position === offset + length, 'packets are the compound');
    return [...this.#found];
  }

  #readPacket(bytes: Uint8Array): void {
    const { packetType, offset, length, count } = this.#cursor;
    const end = offset + length;
    if (packetType === RTCP_SENDER_REPORT) {
      if (parseSenderReport(bytes, offset, length, this.#sender) === RTCP_ACCEPTED)
        this.#readBlocks(bytes, this.#sender, end);
    } else if (packetType === RTCP_RECEIVER_REPORT) {
      if (parseReceiverReport(bytes, offset, length, this.#receiver) === RTCP_ACCEPTED)
        this.#readBlocks(bytes, this.#receiver, end);
    } else if (packetType === RTCP_BYE) {
      if (parseBye(bytes, offset, length, this.#bye) !== RTCP_ACCEPTED) return;
      promise(this.#bye.sourcesOffset + 4 * this.#bye.sourceCount <= end, 'sources lie within');
      for (let i = 0; i < this.#bye.sourceCount; i++) this.#found.push(readByeSource(bytes, this.#bye, i));
    } else if (packetType === RTCP_TRANSPORT_LAYER_FEEDBACK && count === NACK_FORMAT) {
      this.#readNack(bytes, offset, length);
    }
  }

  #readBlocks(bytes: Uint8Array, report: SenderReport | ReceiverReport, end: number): void {
    promise(report.blocksOffset + report.blockCount * REPORT_BLOCK_LENGTH <= end, 'report blocks lie within');
    for (let i = 0; i < report.blockCount; i++) {
      readReportBlock(bytes, report.blocksOffset + i * REPORT_BLOCK_LENGTH, this.#block);
      const { ssrc, cumulativeLost, fractionLost } = this.#block;
      promise(cumulativeLost >= -(2 ** 23) && cumulativeLost < 2 ** 23, 'cumulative loss has 24 bits');
      this.#found.push(ssrc, cumulativeLost, fractionLost);
    }
  }

  #readNack(bytes: Uint8Array, offset: number, length: number): void {
    if (parseNack(bytes, offset, length, this.#nack) !== RTCP_ACCEPTED) return;
    const { entriesOffset, entryCount } = this.#nack;
    promise(entriesOffset + entryCount * NACK_ENTRY_LENGTH <= offset + length, 'entries lie within');
    for (let i = 0; i < entryCount; i++) this.#found.push(readNackEntry(bytes, this.#nack, i));
  }
}
