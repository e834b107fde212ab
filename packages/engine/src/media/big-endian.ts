/**
 * Network byte order (RFC 3550 section 4) over (bytes, offset), for RTP and RTCP alike.
 *
 * A DataView would do the same, but each packet may lie in another buffer, and making a view per packet
 * allocates. Callers check the bounds beforehand; a read beyond the array gives zeros and never throws.
 */

/** @returns the octet at `offset` */
export function readUint8(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

/** @returns the unsigned 16-bit integer at `offset` */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return (readUint8(bytes, offset) << 8) | readUint8(bytes, offset + 1);
}

/** @returns the unsigned 24-bit integer at `offset` */
export function readUint24(bytes: Uint8Array, offset: number): number {
  return (readUint8(bytes, offset) << 16) | readUint16(bytes, offset + 1);
}

/** @returns the signed 32-bit integer at `offset` */
export function readInt32(bytes: Uint8Array, offset: number): number {
  return (readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2);
}

/** @returns the unsigned 32-bit integer at `offset` */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset) >>> 0;
}

/** Writes the low 16 bits of `value` at `offset`. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes the low 24 bits of `value` at `offset`; a negative value is written in two's complement. */
export function writeUint24(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 16;
  writeUint16(bytes, offset + 1, value);
}

/** Writes `value` modulo 2^32 at `offset`; a negative value is written in two's complement. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value >>> 16);
  writeUint16(bytes, offset + 2, value);
}
