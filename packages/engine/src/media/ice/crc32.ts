/** The polynomial of ISO/IEC 3309 and ITU-T V.42, bits reflected. */
const POLYNOMIAL = 0xedb88320;

const table = new Uint32Array(256);
for (let byte = 0; byte < table.length; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  table[byte] = remainder;
}

/**
 * The CRC-32 that FINGERPRINT carries (RFC 8489 section 14.7).
 * @returns unsigned 32-bit integer
 */
export function crc32(bytes: Uint8Array, offset: number, length: number): number {
  let crc = 0xffffffff;
  for (let i = offset; i < offset + length; i++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  }
  return ~crc >>> 0;
}
