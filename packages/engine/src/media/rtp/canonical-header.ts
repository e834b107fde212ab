import { readUint8, writeUint32 } from '../big-endian.js';
import { EXTENSION_BIT, RTP_FIXED_HEADER_LENGTH, type RtpHeader, SSRC_LENGTH } from './header.js';
import { NO_EXTENSION } from './header-extensions.js';

/** Octets of the extension in a canonical header: preamble and one word. */
export const CANONICAL_EXTENSION_LENGTH = 8;
/** Local identifier of the audio level in a canonical header; each subscriber's own takes its place on the way out. */
export const CANONICAL_AUDIO_LEVEL_ID = 1;

/** One-byte form, one word of data. */
const CANONICAL_PREAMBLE = 0xbede0001;

/**
 * Rewrites the header of a decrypted packet in place into the canonical form, so that
 * whatever copies the packet to the subscribers meets one layout instead of a header extension to search:
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
 * |            0xBEDE             |               1               |   | X = 1 if the packet
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   | has an audio level,
 * | ID=1  | len=0 |V|   level     |       0       |       0       |   | else X = 0
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+  /
 * |                          payload …                            |
 * ```
 *
 * The payload stays where it is; the header is moved towards it. There is always room for that: fixed part and
 * CSRCs keep their size. Without an audio level nothing follows them, which cannot be more than was there. An
 * audio level can only have been found in an extension: a preamble of 4 octets and data, which is not empty and
 * a multiple of 4 octets, so the 8 octets of the canonical extension replace at least 8.
 *
 * @param bytes the array that holds the packet
 * @param offset where the packet begins
 * @param header what {@link parseRtpHeader} found there
 * @param audioLevel the octet that {@link readAudioLevel} found in this packet, or -1
 * @returns offset of the canonical packet, at least `offset`; its header ends where the payload always began
 * @throws RangeError when an audio level is given for a packet that has no room for one
 */
export function rewriteCanonicalHeader(
  bytes: Uint8Array,
  offset: number,
  header: RtpHeader,
  audioLevel: number,
): number {
  const withLevel = audioLevel !== NO_EXTENSION;
  const keptLength = RTP_FIXED_HEADER_LENGTH + header.csrcCount * SSRC_LENGTH;
  const newLength = withLevel ? keptLength + CANONICAL_EXTENSION_LENGTH : keptLength;
  if (newLength > header.headerLength) throw new RangeError('audio level of a packet without an extension');

  const newOffset = offset + header.headerLength - newLength;
  if (newOffset !== offset) bytes.copyWithin(newOffset, offset, offset + keptLength);
  const first = readUint8(bytes, newOffset);
  bytes[newOffset] = withLevel ? first | EXTENSION_BIT : first & ~EXTENSION_BIT;
  if (withLevel) {
    writeUint32(bytes, newOffset + keptLength, CANONICAL_PREAMBLE);
    writeUint32(
      bytes,
      newOffset + keptLength + 4,
      (CANONICAL_AUDIO_LEVEL_ID << 28) | ((audioLevel & 0xff) << 16),
    );
  }
  return newOffset;
}
