/** The RTCP that a browser sends for audio: a sender or receiver report on all it hears, and its CNAME. */
import { SAMPLES_PER_PACKET } from './media-packet.js';
import type { Reception } from './reception.js';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const VERSION = 0x80;
const CNAME_ITEM = 1;
/** RFC 3550 section 6.4.1: the count has five bits. */
export const MAX_REPORT_BLOCKS = 31;
const REPORT_BLOCK_LENGTH = 24;
const SENDER_INFO_LENGTH = 20;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH_OFFSET = 2_208_988_800;

export interface SenderState {
  readonly ssrc: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/**
 * @param sender what it has sent, or null for who only listens
 * @param ssrc of the sender of this packet
 * @param receptions reported on; those behind the first MAX_REPORT_BLOCKS are left out
 * @param unixTime milliseconds
 * @returns a compound packet, RFC 3550 section 6.1
 */
export function writeCompound(
  sender: SenderState | null,
  ssrc: number,
  receptions: readonly Reception[],
  cname: string,
  unixTime: number,
): Buffer {
  const blocks = receptions.slice(0, MAX_REPORT_BLOCKS).map(writeReportBlock);
  const information = sender === null ? Buffer.alloc(0) : writeSenderInformation(sender, unixTime);
  const type = sender === null ? RECEIVER_REPORT : SENDER_REPORT;
  const report = writeHeaded(blocks.length, type, ssrc, [information, ...blocks]);
  return Buffer.concat([report, writeSourceDescription(ssrc, cname)]);
}

/**
 * @param compound a decrypted compound packet
 * @returns the SSRC that its first report is about, or null when it is no sensible compound packet
 */
export function senderOfCompound(compound: Buffer): number | null {
  for (let at = 0; at < compound.length; ) {
    if (at + 4 > compound.length || (compound.readUInt8(at) & 0xc0) !== VERSION) return null;
    at += 4 * (compound.readUInt16BE(at + 2) + 1);
    if (at > compound.length) return null;
  }
  return compound.length >= 8 ? compound.readUInt32BE(4) : null;
}

function writeHeaded(count: number, type: number, ssrc: number, rest: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(ssrc, 4);
  const packet = Buffer.concat([header, ...rest]);
  packet.writeUInt8(VERSION | count, 0);
  packet.writeUInt8(type, 1);
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  return packet;
}

function writeSenderInformation(sender: SenderState, unixTime: number): Buffer {
  const information = Buffer.alloc(SENDER_INFO_LENGTH);
  const seconds = Math.floor(unixTime / 1000);
  information.writeUInt32BE((seconds + NTP_EPOCH_OFFSET) >>> 0, 0);
  information.writeUInt32BE(Math.floor(((unixTime - seconds * 1000) / 1000) * 2 ** 32) >>> 0, 4);
  information.writeUInt32BE(sender.timestamp, 8);
  information.writeUInt32BE(sender.packets >>> 0, 12);
  information.writeUInt32BE(sender.octets >>> 0, 16);
  return information;
}

/** RFC 3550 section 6.4.1; on loopback jitter is far below one sample and there is no last SR worth a round trip. */
function writeReportBlock(reception: Reception): Buffer {
  const block = Buffer.alloc(REPORT_BLOCK_LENGTH);
  block.writeUInt32BE(reception.ssrc, 0);
  block.writeUInt32BE(Math.max(reception.highest, 0) >>> 0, 8);
  block.writeUInt32BE(SAMPLES_PER_PACKET / 100, 12);
  return block;
}

function writeSourceDescription(ssrc: number, cname: string): Buffer {
  const text = Buffer.from(cname);
  const itemLength = 2 + text.length;
  // At least one null octet ends the chunk, and the chunk ends on a 32-bit border: RFC 3550 section 6.5.
  const chunk = Buffer.alloc(itemLength + 4 - (itemLength % 4));
  chunk.writeUInt8(CNAME_ITEM, 0);
  chunk.writeUInt8(text.length, 1);
  chunk.set(text, 2);
  return writeHeaded(1, SOURCE_DESCRIPTION, ssrc, [chunk]);
}
