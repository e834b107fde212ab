import { writeUint32 } from '../big-endian.js';
import { RTCP_HEADER_LENGTH, writePacketHeader } from './packet-header.js';
import { RTCP_SOURCE_DESCRIPTION } from './packet-types.js';

/** Most octets that an item holds: its length is one octet. */
export const MAX_CNAME_LENGTH = 255;

const SSRC_LENGTH = 4;
/** Octets before the text of an item: type and length. */
const ITEM_HEADER_LENGTH = 2;
const CNAME_ITEM = 1;

/**
 * Octets of a source description with one chunk that holds just a CNAME. The list of items ends with at least
 * one zero octet and is filled up with zeros to whole words.
 *
 * @param cnameLength octets of the CNAME, 0…255
 */
export function sourceDescriptionLength(cnameLength: number): number {
  const items = ITEM_HEADER_LENGTH + cnameLength + 1;
  return RTCP_HEADER_LENGTH + SSRC_LENGTH + Math.ceil(items / 4) * 4;
}

/**
 * Writes a source description of one chunk with one CNAME, RFC 3550 sections 6.5 and 6.5.1.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  SC=1   |  PT=SDES=202  |             length            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                             SSRC                              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    CNAME=1    |     length    | text …          | zeros, 1…4  |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * ```
 *
 * @param cname in UTF-8
 * @returns octets written
 * @throws RangeError when the CNAME is longer than {@link MAX_CNAME_LENGTH}
 */
export function writeSourceDescription(
  bytes: Uint8Array,
  offset: number,
  ssrc: number,
  cname: Uint8Array,
): number {
  if (cname.length > MAX_CNAME_LENGTH) throw new RangeError(`CNAME of ${cname.length} octets`);
  const packetLength = sourceDescriptionLength(cname.length);
  const item = offset + RTCP_HEADER_LENGTH + SSRC_LENGTH;
  const text = item + ITEM_HEADER_LENGTH;
  writePacketHeader(bytes, offset, 1, RTCP_SOURCE_DESCRIPTION, packetLength);
  writeUint32(bytes, offset + RTCP_HEADER_LENGTH, ssrc);
  bytes[item] = CNAME_ITEM;
  bytes[item + 1] = cname.length;
  bytes.set(cname, text);
  bytes.fill(0, text + cname.length, offset + packetLength);
  return packetLength;
}
