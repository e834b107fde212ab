/**
 * Tells what a datagram is by its first byte, and RTCP from RTP by its second.
 *
 *   first byte    0..3  STUN      16..19  ZRTP     20..63  DTLS     64..79  TURN channel     128..191  RTP or RTCP
 *   (RFC 7983 section 7; RFC 9443 gives 80..127 and 192..255 to QUIC, which nobody here speaks)
 *
 *   second byte   192..223  RTCP, everything else RTP   (RFC 5761 section 4: RTCP's packet types 192 to 223 are
 *   payload types 64 to 95 with the marker bit set, which RTP does not use beside RTCP on one port)
 */
export const DatagramKind = {
  /** No protocol that is spoken here: dropped. */
  UNKNOWN: 0,
  /** Shorter than the least header of the protocol that its first byte names: dropped. */
  TOO_SHORT: 1,
  STUN: 2,
  DTLS: 3,
  RTP: 4,
  RTCP: 5,
  ZRTP: 6,
  TURN_CHANNEL: 7,
} as const;
export type DatagramKind = (typeof DatagramKind)[keyof typeof DatagramKind];

/** STUN header, RFC 8489 section 5. */
const MIN_STUN_LENGTH = 20;
/** DTLS record header, RFC 6347 section 4.1. */
const MIN_DTLS_LENGTH = 13;
/** RTP header without CSRCs, RFC 3550 section 5.1. */
const MIN_RTP_LENGTH = 12;
/** RTCP header and sender's SSRC, without which SRTCP cannot be unprotected (RFC 3711 section 3.4). */
const MIN_RTCP_LENGTH = 8;

const minLengths = new Uint16Array(8);
minLengths[DatagramKind.STUN] = MIN_STUN_LENGTH;
minLengths[DatagramKind.DTLS] = MIN_DTLS_LENGTH;
minLengths[DatagramKind.RTP] = MIN_RTP_LENGTH;
minLengths[DatagramKind.RTCP] = MIN_RTCP_LENGTH;

/** By first byte; RTP stands for both RTP and RTCP. */
const kindByFirstByte = new Uint8Array(256)
  .fill(DatagramKind.STUN, 0, 4)
  .fill(DatagramKind.ZRTP, 16, 20)
  .fill(DatagramKind.DTLS, 20, 64)
  .fill(DatagramKind.TURN_CHANNEL, 64, 80)
  .fill(DatagramKind.RTP, 128, 192);

/** By second byte, where the first one says RTP. */
const kindBySecondByte = new Uint8Array(256).fill(DatagramKind.RTP).fill(DatagramKind.RTCP, 192, 224);

/**
 * @param bytes holds the datagram of `length` bytes at `offset`
 * @returns its kind, a member of DatagramKind
 */
export function demultiplex(bytes: Uint8Array, offset: number, length: number): number {
  if (length < 2) return DatagramKind.TOO_SHORT;
  let kind = kindByFirstByte[bytes[offset] ?? 0] ?? 0;
  if (kind === DatagramKind.RTP) kind = kindBySecondByte[bytes[offset + 1] ?? 0] ?? 0;
  return length < (minLengths[kind] ?? 0) ? DatagramKind.TOO_SHORT : kind;
}
