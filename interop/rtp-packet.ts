const FIXED_HEADER_OCTETS = 12;
const VERSION_BITS = 0x80;
/** With RTP and RTCP on one port, these payload types are RTCP packet types 192 to 223 (RFC 5761 section 4). */
const RTCP_PAYLOAD_TYPE_MIN = 64;
const RTCP_PAYLOAD_TYPE_MAX = 95;

export interface RtpPacket {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

/**
 * RFC 3550 section 5.1, without padding, CSRCs and header extensions:
 *
 *      0                   1                   2                   3
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |                             SSRC                              |
 */
export function writeRtp({ payloadType, sequenceNumber, timestamp, ssrc, payload }: RtpPacket): Buffer {
  const packet = Buffer.alloc(FIXED_HEADER_OCTETS + payload.length);
  packet.writeUInt8(VERSION_BITS, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(timestamp >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  payload.copy(packet, FIXED_HEADER_OCTETS);
  return packet;
}

/** @returns null for RTCP */
export function parseRtp(packet: Buffer): RtpPacket | null {
  const payloadType = packet.readUInt8(1) & 0x7f;
  if (payloadType >= RTCP_PAYLOAD_TYPE_MIN && payloadType <= RTCP_PAYLOAD_TYPE_MAX) return null;
  const first = packet.readUInt8(0);
  const extended = (first & 0x10) !== 0;
  const extension = FIXED_HEADER_OCTETS + 4 * (first & 0x0f);
  const start = extended ? extension + 4 + 4 * packet.readUInt16BE(extension + 2) : extension;
  const padding = (first & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
  return {
    payloadType,
    sequenceNumber: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start, packet.length - padding),
  };
}
