import fc from 'fast-check';

/** For tests: RTP packets, well-formed and broken. */

export interface ElementParts {
  readonly id: number;
  readonly data: Uint8Array;
}

export interface PacketParts {
  readonly padding: boolean;
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  /** Profile and data of the header extension; the data is filled up to whole words with zeros. */
  readonly extension: { readonly profile: number; readonly data: Uint8Array } | null;
  readonly payload: Uint8Array;
}

/** Builds a packet by DataView, independently of the code under test. */
export function buildPacket(parts: PacketParts): Uint8Array {
  const words = parts.extension === null ? 0 : Math.ceil(parts.extension.data.length / 4);
  const extensionLength = parts.extension === null ? 0 : 4 + words * 4;
  const headerLength = 12 + parts.csrcs.length * 4 + extensionLength;
  const bytes = new Uint8Array(headerLength + parts.payload.length);
  const view = new DataView(bytes.buffer);
  const flags = (parts.padding ? 0x20 : 0) | (parts.extension === null ? 0 : 0x10);
  view.setUint8(0, 0x80 | flags | parts.csrcs.length);
  view.setUint8(1, (parts.marker ? 0x80 : 0) | parts.payloadType);
  view.setUint16(2, parts.sequenceNumber);
  view.setUint32(4, parts.timestamp);
  view.setUint32(8, parts.ssrc);
  for (const [index, csrc] of parts.csrcs.entries()) view.setUint32(12 + index * 4, csrc);
  if (parts.extension !== null) {
    const preamble = 12 + parts.csrcs.length * 4;
    view.setUint16(preamble, parts.extension.profile);
    view.setUint16(preamble + 2, words);
    bytes.set(parts.extension.data, preamble + 4);
  }
  bytes.set(parts.payload, headerLength);
  return bytes;
}

/** Elements in the one-byte form of RFC 8285. */
export function oneByteElements(elements: readonly ElementParts[]): Uint8Array {
  return Uint8Array.from(elements.flatMap(({ id, data }) => [(id << 4) | (data.length - 1), ...data]));
}

/** Elements in the two-byte form of RFC 8285. */
export function twoByteElements(elements: readonly ElementParts[]): Uint8Array {
  return Uint8Array.from(elements.flatMap(({ id, data }) => [id, data.length, ...data]));
}

/** A packet with neither CSRCs nor extension, with some fields changed. */
export function packetParts(changes: Partial<PacketParts> = {}): PacketParts {
  return {
    padding: false,
    marker: false,
    payloadType: 111,
    sequenceNumber: 0x1234,
    timestamp: 0x89abcdef,
    ssrc: 0xdeadbeef,
    csrcs: [],
    extension: null,
    payload: Uint8Array.of(1, 2, 3, 4, 5),
    ...changes,
  };
}

const uint32 = fc.integer({ min: 0, max: 0xffffffff });

const oneByteExtension = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 14 }),
      data: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    }),
    { selector: (element) => element.id, maxLength: 6 },
  )
  .map((elements) => ({ profile: 0xbede, data: oneByteElements(elements), elements }));

const twoByteExtension = fc
  .tuple(
    fc.uniqueArray(
      fc.record({ id: fc.integer({ min: 1, max: 255 }), data: fc.uint8Array({ maxLength: 40 }) }),
      { selector: (element) => element.id, maxLength: 6 },
    ),
    fc.integer({ min: 0, max: 15 }),
  )
  .map(([elements, appBits]) => ({ profile: 0x1000 | appBits, data: twoByteElements(elements), elements }));

/** Header extensions of both forms, with the elements that are in them. */
export const arbitraryExtension = fc.oneof(oneByteExtension, twoByteExtension);

/** Well-formed packets, the header extension possibly of no known form. */
export const arbitraryParts: fc.Arbitrary<PacketParts> = fc.record({
  padding: fc.boolean(),
  marker: fc.boolean(),
  payloadType: fc.integer({ min: 0, max: 127 }),
  sequenceNumber: fc.integer({ min: 0, max: 0xffff }),
  timestamp: uint32,
  ssrc: uint32,
  csrcs: fc.array(uint32, { maxLength: 15 }),
  extension: fc.oneof(
    fc.constant(null),
    arbitraryExtension,
    fc.record({ profile: fc.integer({ min: 0, max: 0xffff }), data: fc.uint8Array({ maxLength: 64 }) }),
  ),
  payload: fc.uint8Array({ maxLength: 120 }),
});

/** A few octets changed, and cut somewhere. */
export function mutated(packets: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat({ max: 1499 }), fc.integer({ min: 0, max: 255 }));
  return fc
    .tuple(packets, fc.array(change, { maxLength: 4 }), fc.option(fc.nat({ max: 1499 })))
    .map(([packet, changes, cut]) => {
      const copy = Uint8Array.from(packet);
      for (const [position, octet] of changes) if (copy.length > 0) copy[position % copy.length] = octet;
      return cut === null ? copy : copy.slice(0, cut % (copy.length + 1));
    });
}

/** Random bytes, and packets with a few octets changed. */
export const hostilePacket: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  mutated(arbitraryParts.map(buildPacket)),
);
