import fc from 'fast-check';

/** For tests: RTCP packets, well-formed and broken, built independently of the code under test. */

/** One packet of a type with a count and a body of whole words. */
export function buildRtcp(packetType: number, count: number, body: Uint8Array, padding = 0): Uint8Array {
  const bytes = new Uint8Array(4 + body.length + padding);
  bytes[0] = 0x80 | (padding > 0 ? 0x20 : 0) | count;
  bytes[1] = packetType;
  new DataView(bytes.buffer).setUint16(2, bytes.length / 4 - 1);
  bytes.set(body, 4);
  if (padding > 0) bytes[bytes.length - 1] = padding;
  return bytes;
}

/** Packets one behind the other. */
export function concatenate(...packets: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(packets.flatMap((packet) => [...packet]));
}

export const arbitraryRtcp: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 200, max: 207 }), fc.integer({ min: 0, max: 255 })),
    fc.integer({ min: 0, max: 31 }),
    fc.uint8Array({ maxLength: 80 }).map((body) => body.slice(0, body.length - (body.length % 4))),
  )
  .map(([packetType, count, body]) => buildRtcp(packetType, count, body));

/** Well-formed compounds. */
export const arbitraryCompound: fc.Arbitrary<readonly Uint8Array[]> = fc.array(arbitraryRtcp, {
  minLength: 1,
  maxLength: 6,
});

/** Random bytes, and compounds with a few octets changed, possibly cut. */
export const hostileCompound: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc
    .tuple(
      arbitraryCompound.map((packets) => concatenate(...packets)),
      fc.array(fc.tuple(fc.nat({ max: 499 }), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.option(fc.nat({ max: 499 })),
    )
    .map(([compound, changes, cut]) => {
      for (const [position, octet] of changes) compound[position % compound.length] = octet;
      return cut === null ? compound : compound.slice(0, cut % (compound.length + 1));
    }),
);
