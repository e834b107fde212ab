import type { SrtpKeys } from '../dtls/index.js';
import { RTP_LABELS, SRTCP_TRAILER_LENGTH, TAG_LENGTH } from '../srtp/index.js';
import {
  deriveSessionKeys,
  protectRtcp,
  protectRtpWith,
  type SessionKeys,
} from '../srtp/testing/reference.js';
import { rtpHeaderLength } from './rtp-packets.js';

const SEQUENCE_NUMBERS = 0x1_0000;
const ENCRYPTED = 0x8000_0000;

export interface Unprotected {
  readonly plain: Buffer;
  /** 48 bits of SRTP, 31 of SRTCP. */
  readonly index: number;
}

/**
 * A peer's end of SRTP by node:crypto. It is the judge of what is sent to the peer as well: every packet has to be
 * authentic, and no pair of SSRC and index may come twice, for that would use a keystream twice (RFC 3711, 9.1); but
 * for the same packet octet for octet, which is the same keystream for the same octets.
 */
export class PeerSrtp {
  readonly #keys: SrtpKeys;
  readonly #outgoing: SessionKeys;
  readonly #incoming: SessionKeys;
  readonly #highest = new Map<number, number>();
  readonly #usedRtp = new Map<string, Buffer>();
  readonly #usedRtcp = new Map<string, Buffer>();
  #rtcpIndex = 0;

  /** @param keys as the peer's DTLS session gave them */
  constructor(keys: SrtpKeys) {
    this.#keys = keys;
    this.#outgoing = deriveSessionKeys(keys.local, RTP_LABELS);
    this.#incoming = deriveSessionKeys(keys.remote, RTP_LABELS);
  }

  protectRtp(packet: Buffer, rolloverCounter: number): Buffer {
    return protectRtpWith(this.#outgoing, packet, rtpHeaderLength(packet), rolloverCounter);
  }

  protectRtcp(packet: Buffer, encrypted = true): Buffer {
    return protectRtcp(this.#keys.local, packet, this.#rtcpIndex++, encrypted);
  }

  /** @throws Error when the packet is not authentic, or its keystream was used before */
  unprotectRtp(packet: Buffer): Unprotected {
    const headerLength = rtpHeaderLength(packet);
    const ssrc = packet.readUInt32BE(8);
    const body = packet.subarray(0, packet.length - TAG_LENGTH);
    for (const roc of this.#rolloverCounters(ssrc, packet.readUInt16BE(2))) {
      // Counter mode: what encrypts decrypts as well.
      const plain = withoutTag(protectRtpWith(this.#incoming, body, headerLength, roc), TAG_LENGTH);
      if (!protectRtpWith(this.#incoming, plain, headerLength, roc).equals(packet)) continue;
      const index = roc * SEQUENCE_NUMBERS + packet.readUInt16BE(2);
      this.#highest.set(ssrc, Math.max(index, this.#highest.get(ssrc) ?? 0));
      useOnce(this.#usedRtp, ssrc, index, packet);
      return { plain, index };
    }
    throw new Error(`a RTP packet of SSRC ${ssrc} is not authentic`);
  }

  /** @throws Error when the packet is not authentic, or its keystream was used before */
  unprotectRtcp(packet: Buffer): Unprotected {
    const trailer = packet.readUInt32BE(packet.length - SRTCP_TRAILER_LENGTH);
    if (trailer < ENCRYPTED) throw new Error('a RTCP packet is not encrypted');
    const index = trailer - ENCRYPTED;
    const body = withoutTag(packet, SRTCP_TRAILER_LENGTH);
    const plain = withoutTag(protectRtcp(this.#keys.remote, body, index), SRTCP_TRAILER_LENGTH);
    const ssrc = packet.readUInt32BE(4);
    if (!protectRtcp(this.#keys.remote, plain, index).equals(packet))
      throw new Error(`a RTCP packet of SSRC ${ssrc} is not authentic`);
    useOnce(this.#usedRtcp, ssrc, index, packet);
    return { plain, index };
  }

  /** The likeliest first: RFC 3711, section 3.3.1. A new stream begins at 0. */
  #rolloverCounters(ssrc: number, sequenceNumber: number): number[] {
    const highest = this.#highest.get(ssrc);
    if (highest === undefined) return [0];
    const nearest = Math.round((highest - sequenceNumber) / SEQUENCE_NUMBERS);
    return [nearest, nearest - 1, nearest + 1].filter((roc) => roc >= 0);
  }
}

function withoutTag(packet: Buffer, length: number): Buffer {
  return packet.subarray(0, packet.length - length);
}

function useOnce(used: Map<string, Buffer>, ssrc: number, index: number, packet: Buffer): void {
  const pair = `${ssrc}/${index}`;
  const before = used.get(pair);
  if (before !== undefined && !before.equals(packet))
    throw new Error(`the keystream of SSRC ${ssrc} and index ${index} is used twice`);
  used.set(pair, Buffer.from(packet));
}
