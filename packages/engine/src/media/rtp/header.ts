import { readInt32, readUint8, readUint16 } from '../big-endian.js';
import {
  RTP_ACCEPTED,
  RTP_CSRC_BEYOND_END,
  RTP_EXTENSION_BEYOND_END,
  RTP_PADDING_BEYOND_PAYLOAD,
  RTP_PADDING_EMPTY,
  RTP_TOO_SHORT,
  RTP_WRONG_VERSION,
  type RtpDropReason,
} from './drop-reasons.js';

/** The only version there is, RFC 3550 section 5.1. */
const RTP_VERSION = 2;
/** Octets before the CSRC list. */
export const RTP_FIXED_HEADER_LENGTH = 12;
/** Octets of one SSRC or CSRC. */
export const SSRC_LENGTH = 4;
/** Octets that go before the data of a header extension: profile and length. */
const EXTENSION_PREAMBLE_LENGTH = 4;
/** The P bit of the first octet. */
export const PADDING_BIT = 0x20;
/** The X bit of the first octet. */
export const EXTENSION_BIT = 0x10;
/** The M bit of the second octet. */
export const MARKER_BIT = 0x80;

/**
 * What the header of one packet says. Made once and filled again for every packet.
 *
 * Timestamp and SSRC are int32: the same 32 bits, signed. As such they are small integers to V8; unsigned, it would
 * box those of 2^31 and more each time that they are handed on. `>>> 0` makes them unsigned, `| 0` the reverse.
 */
export class RtpHeader {
  /** Always 2 after a successful parse. */
  version = 0;
  /** The P bit: the last octet of the payload counts the padding. */
  padding = false;
  /** The X bit. */
  extension = false;
  /** Number of CSRCs, 0…15. */
  csrcCount = 0;
  marker = false;
  /** 0…127. */
  payloadType = 0;
  /** 0…65535. */
  sequenceNumber = 0;
  /** In units of the payload's clock rate, modulo 2^32; int32. */
  timestamp = 0;
  /** int32. */
  ssrc = 0;
  /** "Defined by profile": 0xBEDE, 0x100x, or whatever the sender likes. 0 without an extension. */
  extensionProfile = 0;
  /** Offset in the parsed array of the extension's data, behind its preamble. 0 without an extension. */
  extensionOffset = 0;
  /** Octets of the extension's data, a multiple of 4; may be 0. */
  extensionLength = 0;
  /** Octets from the start of the packet to its payload. */
  headerLength = 0;
  /** Octets behind the header, padding included (and the authentication tag, where `length` includes it). */
  payloadLength = 0;
}

/**
 * Parses the header of a RTP packet, RFC 3550 section 5.1. SRTP leaves all of it in clear, so this works on
 * protected packets too; for the same reason the padding, which is encrypted, is left to {@link checkPadding}.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                             SSRC                              |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                        CSRC, CC times                         |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+  \
 * |      defined by profile       |  length in words of the data  |   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   | if X
 * |                   data of the header extension                |   |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+  /
 * |             payload … (padding …, padding count if P)         |
 * ```
 *
 * @param bytes the array that holds the packet
 * @param offset where the packet begins
 * @param length octets of the packet
 * @param header is filled; after a drop its fields mean nothing
 * @returns 0, or why the packet is dropped
 */
export function parseRtpHeader(
  bytes: Uint8Array,
  offset: number,
  length: number,
  header: RtpHeader,
): typeof RTP_ACCEPTED | RtpDropReason {
  if (length < RTP_FIXED_HEADER_LENGTH) return RTP_TOO_SHORT;
  const first = readUint8(bytes, offset);
  if (first >>> 6 !== RTP_VERSION) return RTP_WRONG_VERSION;
  const csrcCount = first & 0x0f;
  let headerLength = RTP_FIXED_HEADER_LENGTH + csrcCount * SSRC_LENGTH;
  if (headerLength > length) return RTP_CSRC_BEYOND_END;

  const extension = (first & EXTENSION_BIT) !== 0;
  header.extension = extension;
  header.extensionProfile = 0;
  header.extensionOffset = 0;
  header.extensionLength = 0;
  if (extension) {
    const preamble = offset + headerLength;
    headerLength += EXTENSION_PREAMBLE_LENGTH;
    if (headerLength > length) return RTP_EXTENSION_BEYOND_END;
    const extensionLength = readUint16(bytes, preamble + 2) * 4;
    headerLength += extensionLength;
    if (headerLength > length) return RTP_EXTENSION_BEYOND_END;
    header.extensionProfile = readUint16(bytes, preamble);
    header.extensionOffset = preamble + EXTENSION_PREAMBLE_LENGTH;
    header.extensionLength = extensionLength;
  }

  const second = readUint8(bytes, offset + 1);
  header.version = RTP_VERSION;
  header.padding = (first & PADDING_BIT) !== 0;
  header.csrcCount = csrcCount;
  header.marker = (second & MARKER_BIT) !== 0;
  header.payloadType = second & 0x7f;
  header.sequenceNumber = readUint16(bytes, offset + 2);
  header.timestamp = readInt32(bytes, offset + 4);
  header.ssrc = readInt32(bytes, offset + 8);
  header.headerLength = headerLength;
  header.payloadLength = length - headerLength;
  return RTP_ACCEPTED;
}

/**
 * Checks the padding of a decrypted packet whose P bit is set, RFC 3550 section 5.1: its last octet counts the
 * padding octets, itself included. A payload that is nothing but padding is valid.
 *
 * @param bytes the array that holds the packet
 * @param offset where the payload begins
 * @param length octets of the payload, padding included, authentication tag left out
 * @returns 0, or why the packet is dropped
 */
export function checkPadding(
  bytes: Uint8Array,
  offset: number,
  length: number,
): typeof RTP_ACCEPTED | RtpDropReason {
  const padding = length > 0 ? readUint8(bytes, offset + length - 1) : 0;
  if (padding === 0) return RTP_PADDING_EMPTY;
  return padding > length ? RTP_PADDING_BEYOND_PAYLOAD : RTP_ACCEPTED;
}
