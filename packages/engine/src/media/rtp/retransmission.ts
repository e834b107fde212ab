import { readUint8, readUint16, writeUint16, writeUint32 } from '../big-endian.js';
import type { RtpHeader } from './header.js';

/** Octets in front of the payload of a retransmission packet: the original sequence number (OSN), RFC 4588 section 4. */
export const ORIGINAL_SEQUENCE_NUMBER_LENGTH = 2;

const PAYLOAD_TYPE_MASK = 0x7f;

/** @returns the sequence number of the packet that a decrypted retransmission packet brings again */
export function readOriginalSequenceNumber(bytes: Uint8Array, offset: number, header: RtpHeader): number {
  return readUint16(bytes, offset + header.headerLength);
}

/**
 * Makes the original of a retransmission packet again, in place: the header is moved over the OSN.
 *
 * @param bytes the array that holds the packet, decrypted; its payload has at least two octets
 * @param offset where it begins
 * @param header of the packet; it becomes that of the original
 * @param ssrc of the original stream, int32
 * @param payloadType of the original stream
 * @returns offset of the original; its payload is two octets shorter
 */
export function unwrapRetransmission(
  bytes: Uint8Array,
  offset: number,
  header: RtpHeader,
  ssrc: number,
  payloadType: number,
): number {
  header.sequenceNumber = readOriginalSequenceNumber(bytes, offset, header);
  header.ssrc = ssrc;
  header.payloadType = payloadType;
  header.extensionOffset += header.extension ? ORIGINAL_SEQUENCE_NUMBER_LENGTH : 0;
  const original = offset + ORIGINAL_SEQUENCE_NUMBER_LENGTH;
  bytes.copyWithin(original, offset, offset + header.headerLength);
  bytes[original + 1] = (readUint8(bytes, original + 1) & ~PAYLOAD_TYPE_MASK) | payloadType;
  writeUint16(bytes, original + 2, header.sequenceNumber);
  writeUint32(bytes, original + 8, ssrc);
  return original;
}
