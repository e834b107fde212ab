/** RTCP packets for tests, written and read after RFC 3550 section 6, apart from the code under test. */

export interface RtcpPacket {
  readonly packetType: number;
  /** Blocks, chunks or sources. */
  readonly count: number;
  /** The whole packet with its header. */
  readonly bytes: Buffer;
}

export interface SenderReportFields {
  readonly ssrc: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

export interface ReportBlockFields {
  readonly ssrc: number;
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highestSequenceNumber: number;
  readonly jitter: number;
  readonly lastSenderReport: number;
  readonly delaySinceLastSenderReport: number;
}

const BLOCK_LENGTH = 24;

export function buildPacket(packetType: number, count: number, body: Uint8Array): Buffer {
  const header = Buffer.from([0x80 | count, packetType, 0, 0]);
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}

export function buildSenderReport(fields: SenderReportFields): Buffer {
  const { ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount } = fields;
  return buildPacket(200, 0, words(ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount));
}

export function buildReceiverReport(ssrc: number, blocks: readonly ReportBlockFields[]): Buffer {
  const bodies = blocks.map((block) =>
    words(
      block.ssrc,
      ((block.fractionLost << 24) | (block.cumulativeLost & 0xffffff)) >>> 0,
      block.highestSequenceNumber,
      block.jitter,
      block.lastSenderReport,
      block.delaySinceLastSenderReport,
    ),
  );
  return buildPacket(201, blocks.length, Buffer.concat([words(ssrc), ...bodies]));
}

export function buildBye(...ssrcs: readonly number[]): Buffer {
  return buildPacket(203, ssrcs.length, words(...ssrcs));
}

/** A generic NACK (RFC 4585, 6.2.1) with an entry for each packet. */
export function buildNack(mediaSsrc: number, ...sequenceNumbers: readonly number[]): Buffer {
  return buildPacket(205, 1, words(1, mediaSsrc, ...sequenceNumbers.map((number) => number * 0x1_0000)));
}

/** @returns what a generic NACK asks for */
export function readNack({ bytes }: RtcpPacket): {
  readonly ssrc: number;
  readonly missing: readonly number[];
} {
  const missing: number[] = [];
  for (let at = 12; at < bytes.length; at += 4) {
    const first = bytes.readUInt16BE(at);
    const mask = bytes.readUInt16BE(at + 2);
    missing.push(first);
    for (let bit = 0; bit < 16; bit++) if ((mask >>> bit) & 1) missing.push((first + 1 + bit) & 0xffff);
  }
  return { ssrc: bytes.readUInt32BE(8), missing };
}

export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}

export function parseCompound(compound: Buffer): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < compound.length; ) {
    const length = 4 * (compound.readUInt16BE(at + 2) + 1);
    const bytes = compound.subarray(at, at + length);
    packets.push({ packetType: bytes.readUInt8(1), count: bytes.readUInt8(0) & 0x1f, bytes });
    at += length;
  }
  return packets;
}

export function readSenderReport({ bytes }: RtcpPacket): SenderReportFields {
  return {
    ssrc: bytes.readUInt32BE(4),
    ntpSeconds: bytes.readUInt32BE(8),
    ntpFraction: bytes.readUInt32BE(12),
    rtpTimestamp: bytes.readUInt32BE(16),
    packetCount: bytes.readUInt32BE(20),
    octetCount: bytes.readUInt32BE(24),
  };
}

export function readReportBlocks({ bytes, count }: RtcpPacket): ReportBlockFields[] {
  return Array.from({ length: count }, (_, i) => {
    const at = 8 + i * BLOCK_LENGTH;
    return {
      ssrc: bytes.readUInt32BE(at),
      fractionLost: bytes.readUInt8(at + 4),
      cumulativeLost: bytes.readIntBE(at + 5, 3),
      highestSequenceNumber: bytes.readUInt32BE(at + 8),
      jitter: bytes.readUInt32BE(at + 12),
      lastSenderReport: bytes.readUInt32BE(at + 16),
      delaySinceLastSenderReport: bytes.readUInt32BE(at + 20),
    };
  });
}

/** CNAME of the one chunk of a source description. */
export function readCname({ bytes }: RtcpPacket): { readonly ssrc: number; readonly cname: string } {
  if (bytes.readUInt8(8) !== 1) throw new Error('the first item is no CNAME');
  return { ssrc: bytes.readUInt32BE(4), cname: bytes.toString('utf8', 10, 10 + bytes.readUInt8(9)) };
}
