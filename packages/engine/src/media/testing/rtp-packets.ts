/** RTP packets for tests, written and read after RFC 3550 section 5.1, apart from the code under test. */

export interface RtpFields {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly marker?: boolean;
  readonly csrcs?: readonly number[];
  /** Elements of a header extension in one-byte form, RFC 8285 section 4.2, by local identifier. */
  readonly extensions?: ReadonlyMap<number, Uint8Array>;
  /** Octets of padding, which follow the payload; 0 for none. */
  readonly padding?: number;
}

export interface RtpPacket {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly csrcs: readonly number[];
  /** Octets of the header extension's data, or -1 without one. */
  readonly extensionLength: number;
  readonly extensions: ReadonlyMap<number, Buffer>;
  /** Without padding. */
  readonly payload: Buffer;
  readonly padding: number;
}

export function buildRtp(fields: RtpFields): Buffer {
  const csrcs = fields.csrcs ?? [];
  const padding = fields.padding ?? 0;
  const fixed = Buffer.alloc(12 + 4 * csrcs.length);
  const extension = fields.extensions === undefined ? Buffer.alloc(0) : buildExtension(fields.extensions);
  fixed[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension.length > 0 ? 0x10 : 0) | csrcs.length;
  fixed[1] = (fields.marker === true ? 0x80 : 0) | fields.payloadType;
  fixed.writeUInt16BE(fields.sequenceNumber, 2);
  fixed.writeUInt32BE(fields.timestamp, 4);
  fixed.writeUInt32BE(fields.ssrc, 8);
  csrcs.forEach((csrc, i) => {
    fixed.writeUInt32BE(csrc, 12 + 4 * i);
  });
  const filling = Buffer.alloc(padding, 0);
  if (padding > 0) filling[padding - 1] = padding;
  return Buffer.concat([fixed, extension, fields.payload, filling]);
}

function buildExtension(elements: ReadonlyMap<number, Uint8Array>): Buffer {
  const parts = [...elements].map(([id, data]) =>
    Buffer.concat([Uint8Array.of((id << 4) | (data.length - 1)), data]),
  );
  const data = Buffer.concat(parts);
  const extension = Buffer.alloc(4 + ((data.length + 3) & ~3));
  extension.writeUInt16BE(0xbede, 0);
  extension.writeUInt16BE((extension.length - 4) / 4, 2);
  extension.set(data, 4);
  return extension;
}

/** @returns octets before the payload */
export function rtpHeaderLength(packet: Buffer): number {
  const first = packet.readUInt8(0);
  const fixed = 12 + 4 * (first & 0x0f);
  return (first & 0x10) === 0 ? fixed : fixed + 4 + 4 * packet.readUInt16BE(fixed + 2);
}

/** @param packet plain, without the authentication tag */
export function parseRtp(packet: Buffer): RtpPacket {
  const first = packet.readUInt8(0);
  const second = packet.readUInt8(1);
  const fixed = 12 + 4 * (first & 0x0f);
  const headerLength = rtpHeaderLength(packet);
  const padding = (first & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
  const hasExtension = (first & 0x10) !== 0;
  return {
    ssrc: packet.readUInt32BE(8),
    sequenceNumber: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    csrcs: Array.from({ length: first & 0x0f }, (_, i) => packet.readUInt32BE(12 + 4 * i)),
    extensionLength: hasExtension ? headerLength - fixed - 4 : -1,
    extensions: hasExtension ? parseExtension(packet.subarray(fixed, headerLength)) : new Map(),
    payload: packet.subarray(headerLength, packet.length - padding),
    padding,
  };
}

function parseExtension(extension: Buffer): Map<number, Buffer> {
  if (extension.readUInt16BE(0) !== 0xbede) throw new Error('not the one-byte form');
  const elements = new Map<number, Buffer>();
  for (let at = 4; at < extension.length; ) {
    const octet = extension.readUInt8(at++);
    if (octet === 0) continue;
    const length = (octet & 0x0f) + 1;
    elements.set(octet >>> 4, extension.subarray(at, at + length));
    at += length;
  }
  return elements;
}
