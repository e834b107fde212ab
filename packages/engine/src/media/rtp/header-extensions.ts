import { readUint8 } from '../big-endian.js';
import type { RtpHeader } from './header.js';

/** "Defined by profile" of the one-byte form, RFC 8285 section 4.2. */
export const ONE_BYTE_PROFILE = 0xbede;
/** "Defined by profile" of the two-byte form without its four application bits, RFC 8285 section 4.3. */
const TWO_BYTE_PROFILE = 0x1000;
const TWO_BYTE_PROFILE_MASK = 0xfff0;
/** Local identifier that stands for padding in both forms. */
const PADDING_ID = 0;
/** Local identifier of the one-byte form at which parsing has to end. */
const RESERVED_ID = 15;
/** Octets of data that an audio level has, RFC 6464 section 3. */
const AUDIO_LEVEL_LENGTH = 1;
/** There is no such element, or none that makes sense. */
export const NO_EXTENSION = -1;

/** One element of a header extension. Made once and filled by every search. */
export class HeaderExtensionElement {
  /** Octets of the element's data; 0 is possible in the two-byte form only. */
  length = 0;
}

/**
 * Finds the element with a local identifier in a packet's header extension, RFC 8285.
 *
 * ```
 * one-byte form, 0xBEDE (4.2)              two-byte form, 0x100x (4.3)
 *  0 1 2 3 4 5 6 7                          0                   1
 * +-+-+-+-+-+-+-+-+--------------------+    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 * |  ID   |  len  | data, len + 1 …    |   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+----------------+
 * +-+-+-+-+-+-+-+-+--------------------+   |      ID       |    length     | data, length … |
 *                                          +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+----------------+
 * ```
 *
 * An element that reaches beyond the end of the extension ends the search, and so does another profile.
 *
 * @param bytes the array that `header` was parsed from
 * @param header the parsed header of the packet
 * @param id the local identifier that SDP gave to the extension: 1…14, in the two-byte form 1…255
 * @param element its length is set when the element is found
 * @returns offset in `bytes` of the element's data, or {@link NO_EXTENSION}
 */
export function findHeaderExtension(
  bytes: Uint8Array,
  header: RtpHeader,
  id: number,
  element: HeaderExtensionElement,
): number {
  if (id === PADDING_ID) return NO_EXTENSION;
  if (header.extensionProfile === ONE_BYTE_PROFILE) return findOneByteElement(bytes, header, id, element);
  if ((header.extensionProfile & TWO_BYTE_PROFILE_MASK) === TWO_BYTE_PROFILE) {
    return findTwoByteElement(bytes, header, id, element);
  }
  return NO_EXTENSION;
}

function findOneByteElement(
  bytes: Uint8Array,
  header: RtpHeader,
  id: number,
  element: HeaderExtensionElement,
): number {
  const end = header.extensionOffset + header.extensionLength;
  let position = header.extensionOffset;
  while (position < end) {
    const octet = readUint8(bytes, position);
    const elementId = octet >>> 4;
    if (octet === 0) {
      position += 1;
      continue;
    }
    // Padding is one octet of zero: identifier 0 with a length ends the extension, like identifier 15 (4.2).
    if (elementId === PADDING_ID || elementId === RESERVED_ID) return NO_EXTENSION;
    const data = position + 1;
    const length = (octet & 0x0f) + 1;
    if (data + length > end) return NO_EXTENSION;
    if (elementId === id) {
      element.length = length;
      return data;
    }
    position = data + length;
  }
  return NO_EXTENSION;
}

function findTwoByteElement(
  bytes: Uint8Array,
  header: RtpHeader,
  id: number,
  element: HeaderExtensionElement,
): number {
  const end = header.extensionOffset + header.extensionLength;
  let position = header.extensionOffset;
  while (position < end) {
    const elementId = readUint8(bytes, position);
    if (elementId === PADDING_ID) {
      position += 1;
      continue;
    }
    const data = position + 2;
    if (data > end) return NO_EXTENSION;
    const length = readUint8(bytes, position + 1);
    if (data + length > end) return NO_EXTENSION;
    if (elementId === id) {
      element.length = length;
      return data;
    }
    position = data + length;
  }
  return NO_EXTENSION;
}

/**
 * Reads the client-to-mixer audio level, RFC 6464 section 3.
 *
 * ```
 *  0 1 2 3 4 5 6 7
 * +-+-+-+-+-+-+-+-+
 * |V|   level     |    V: voice activity; level: 0 (loudest) … 127 (silence), in -dBov
 * +-+-+-+-+-+-+-+-+
 * ```
 *
 * @param id the local identifier of the extension
 * @param element scratch for the search
 * @returns the octet as it stands in the packet, or {@link NO_EXTENSION}
 */
export function readAudioLevel(
  bytes: Uint8Array,
  header: RtpHeader,
  id: number,
  element: HeaderExtensionElement,
): number {
  const data = findHeaderExtension(bytes, header, id, element);
  if (data === NO_EXTENSION || element.length !== AUDIO_LEVEL_LENGTH) return NO_EXTENSION;
  return readUint8(bytes, data);
}

/**
 * Whether the data of a MID element (RFC 8843 section 15) is exactly this identification tag. The search comes
 * before: a packet with another tag and a packet without one are different things.
 *
 * @param offset of the element's data, as {@link findHeaderExtension} gave it
 * @param length octets of the element's data
 * @param mid the tag of `a=mid`, in ASCII
 */
export function hasMid(bytes: Uint8Array, offset: number, length: number, mid: Uint8Array): boolean {
  if (length !== mid.length) return false;
  for (let index = 0; index < length; index += 1) {
    if (bytes[offset + index] !== mid[index]) return false;
  }
  return true;
}
