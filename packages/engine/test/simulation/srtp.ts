import { createHmac } from 'node:crypto';
import type { SrtpKeys } from '../../src/media/dtls/index.js';
import { RTP_LABELS, TAG_LENGTH } from '../../src/media/srtp/index.js';
import {
  deriveSessionKeys,
  protectRtpWith,
  type SessionKeys,
} from '../../src/media/srtp/testing/reference.js';
import { rtpHeaderLength } from '../../src/media/testing/rtp-packets.js';

const SEQUENCE_NUMBERS = 0x1_0000;

export interface OpenedPacket {
  readonly ssrc: number;
  /** 48 bits: rollover counter and sequence number. */
  readonly index: number;
  readonly payload: Buffer;
}

/** A participant's end of SRTP. */
export class ParticipantSrtp {
  readonly #outgoing: SessionKeys;
  readonly #incoming: SessionKeys;
  readonly #highest = new Map<number, number>();

  /** @param keys as the participant's side of the handshake has them */
  constructor(keys: SrtpKeys) {
    this.#outgoing = deriveSessionKeys(keys.local, RTP_LABELS);
    this.#incoming = deriveSessionKeys(keys.remote, RTP_LABELS);
  }

  /** @param index 48 bits */
  protect(packet: Buffer, index: number): Buffer {
    const roc = Math.floor(index / SEQUENCE_NUMBERS);
    return protectRtpWith(this.#outgoing, packet, rtpHeaderLength(packet), roc);
  }

  /** @returns the packet, or null when it is not under these keys */
  open(packet: Buffer): OpenedPacket | null {
    const ssrc = packet.readUInt32BE(8);
    const sequenceNumber = packet.readUInt16BE(2);
    const roc = this.#rolloverCounterOf(ssrc, sequenceNumber);
    if (!this.#isAuthentic(packet, roc)) return null;
    const index = roc * SEQUENCE_NUMBERS + sequenceNumber;
    this.#highest.set(ssrc, Math.max(index, this.#highest.get(ssrc) ?? 0));
    const headerLength = rtpHeaderLength(packet);
    // Counter mode: what encrypts decrypts as well.
    const body = packet.subarray(0, packet.length - TAG_LENGTH);
    const plain = protectRtpWith(this.#incoming, body, headerLength, roc);
    return { ssrc, index, payload: plain.subarray(headerLength, plain.length - TAG_LENGTH) };
  }

  #isAuthentic(packet: Buffer, roc: number): boolean {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(roc);
    const end = packet.length - TAG_LENGTH;
    const tag = createHmac('sha1', this.#incoming.authenticationKey)
      .update(packet.subarray(0, end))
      .update(counter)
      .digest();
    return tag.compare(packet, end, packet.length, 0, TAG_LENGTH) === 0;
  }

  /** RFC 3711, section 3.3.1: the nearest; a new stream begins at 0. */
  #rolloverCounterOf(ssrc: number, sequenceNumber: number): number {
    const highest = this.#highest.get(ssrc);
    return highest === undefined ? 0 : Math.max(0, Math.round((highest - sequenceNumber) / SEQUENCE_NUMBERS));
  }
}
