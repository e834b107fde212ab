import { randomBytes, randomInt } from 'node:crypto';
import type { ProtectedHeader } from '../srtp-receiver.js';

export interface PacketFields {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly csrcs: number;
  /** Element and level octet of the one header extension of the canonical form, or null without it. */
  readonly audioLevel: { readonly element: number; readonly level: number } | null;
  readonly payloadLength: number;
}

export interface Packet {
  readonly octets: Buffer;
  readonly header: ProtectedHeader;
}

export function randomFields(fields: Partial<PacketFields> = {}): PacketFields {
  return {
    ssrc: randomBytes(4).readUInt32BE(),
    sequenceNumber: randomInt(0x10000),
    timestamp: randomBytes(4).readUInt32BE(),
    payloadType: randomInt(128),
    marker: randomInt(2) === 1,
    csrcs: randomInt(4) === 0 ? randomInt(16) : 0,
    audioLevel: randomInt(2) === 1 ? { element: 0x10, level: randomInt(256) } : null,
    payloadLength: randomInt(8) === 0 ? randomInt(1, 1401) : randomInt(1, 200),
    ...fields,
  };
}

/** Writes a packet in canonical form (RFC 3550, section 5.1; RFC 8285, section 4.2) with a random payload. */
export function writePacket(fields: PacketFields): Packet {
  const headerLength = 12 + 4 * fields.csrcs + (fields.audioLevel === null ? 0 : 8);
  const octets = randomBytes(headerLength + fields.payloadLength);
  octets[0] = 0x80 | (fields.audioLevel === null ? 0 : 0x10) | fields.csrcs;
  octets[1] = (fields.marker ? 0x80 : 0) | fields.payloadType;
  octets.writeUInt16BE(fields.sequenceNumber, 2);
  octets.writeUInt32BE(fields.timestamp, 4);
  octets.writeUInt32BE(fields.ssrc, 8);
  if (fields.audioLevel !== null) {
    const { element, level } = fields.audioLevel;
    octets.set([0xbe, 0xde, 0, 1, element, level, 0, 0], headerLength - 8);
  }
  return { octets, header: { ssrc: fields.ssrc, sequenceNumber: fields.sequenceNumber, headerLength } };
}
