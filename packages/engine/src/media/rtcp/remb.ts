import { writeUint24, writeUint32 } from '../big-endian.js';
import { MAX_COUNT, writePacketHeader } from './packet-header.js';
import { RTCP_PAYLOAD_SPECIFIC_FEEDBACK } from './packet-types.js';

/** Format (FMT) of application layer feedback within the packet type PSFB, RFC 4585 section 6.4. */
export const FMT_APPLICATION_FEEDBACK = 15;
/** Greatest number of SSRCs that one estimate is written for. */
export const MAX_ESTIMATED_SOURCES = MAX_COUNT;
/** Octets without the SSRCs. */
const REMB_LENGTH = 20;
/** "REMB" in ASCII. */
const REMB_IDENTIFIER = 0x52454d42;
const MANTISSA_BITS = 18;
/** Octets of the longest one. */
export const MAX_REMB_LENGTH = REMB_LENGTH + MAX_ESTIMATED_SOURCES * 4;

/**
 * Writes a receiver estimated maximum bitrate, draft-alvestrand-rmcat-remb-03 section 2.2:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  FMT=15 |    PT=206     |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC of packet sender                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  SSRC of media source: 0                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    'R'  'E'  'M'  'B'                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |number of SSRCs| exponent  |             mantissa              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                SSRCs that it holds for …                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @param offset where to write; MAX_REMB_LENGTH octets have to be there
 * @param senderSsrc of the engine on that transport
 * @param bitrate of all these sources together, bits per second, below 2^32; what the mantissa cannot hold is cut off
 * @param sources their SSRCs; those behind `count` are left alone
 * @param count 0…MAX_ESTIMATED_SOURCES
 * @returns octets written
 */
export function writeReceiverEstimate(
  bytes: Uint8Array,
  offset: number,
  senderSsrc: number,
  bitrate: number,
  sources: Readonly<Uint32Array>,
  count: number,
): number {
  const exponent = Math.max(0, 32 - Math.clz32(bitrate) - MANTISSA_BITS);
  const length = REMB_LENGTH + count * 4;
  writePacketHeader(bytes, offset, FMT_APPLICATION_FEEDBACK, RTCP_PAYLOAD_SPECIFIC_FEEDBACK, length);
  writeUint32(bytes, offset + 4, senderSsrc);
  writeUint32(bytes, offset + 8, 0);
  writeUint32(bytes, offset + 12, REMB_IDENTIFIER);
  bytes[offset + 16] = count;
  writeUint24(bytes, offset + 17, (exponent << MANTISSA_BITS) | (bitrate >>> exponent));
  for (let i = 0; i < count; i++) writeUint32(bytes, offset + REMB_LENGTH + i * 4, sources[i] ?? 0);
  return length;
}
