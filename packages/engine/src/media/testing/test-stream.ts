import { randomBytes, randomInt } from 'node:crypto';
import { buildRtp, type RtpFields } from './rtp-packets.js';
import type { TestPeer } from './test-peer.js';

const SEQUENCE_NUMBERS = 0x1_0000;
/** Milliseconds of a packet. */
export const PACKET_INTERVAL = 20;
/** The same at 48 kHz. */
export const PACKET_TICKS = 960;

export interface StreamOptions {
  readonly ssrc?: number;
  readonly payloadType?: number;
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
  /** Ids of the header extensions, as the publisher's SDP gives them. */
  readonly audioLevelExtension?: number | null;
  readonly midExtension?: number | null;
  readonly mid?: string;
}

export type PacketOptions = Partial<RtpFields> & {
  /** Octet of the audio level; null leaves the extension out. */
  readonly level?: number | null;
  /** Whether the MID goes along. */
  readonly withMid?: boolean;
};

/** One stream that a peer publishes: packet by packet, 20 ms each. */
export class TestStream {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly audioLevelExtension: number | null;
  readonly midExtension: number | null;
  readonly mid: string;
  readonly #peer: TestPeer;
  /** 48 bits. */
  index: number;
  timestamp: number;

  constructor(peer: TestPeer, options: StreamOptions = {}) {
    this.#peer = peer;
    this.ssrc = options.ssrc ?? randomBytes(4).readUInt32BE();
    this.payloadType = options.payloadType ?? 111;
    this.audioLevelExtension = options.audioLevelExtension === undefined ? 1 : options.audioLevelExtension;
    this.midExtension = options.midExtension === undefined ? 4 : options.midExtension;
    this.mid = options.mid ?? '0';
    this.index = options.sequenceNumber ?? randomInt(0x8000);
    this.timestamp = options.timestamp ?? randomBytes(4).readUInt32BE();
  }

  get sequenceNumber(): number {
    return this.index % SEQUENCE_NUMBERS;
  }

  /** Makes the next packet and protects it, without sending it. */
  next(options: PacketOptions = {}): Buffer {
    const packet = this.#build(options);
    const protectedPacket = this.#peer.srtp.protectRtp(packet, Math.floor(this.index / SEQUENCE_NUMBERS));
    this.index++;
    this.timestamp = (this.timestamp + PACKET_TICKS) % 2 ** 32;
    return protectedPacket;
  }

  /** Sends the next packet. @returns its payload */
  send(options: PacketOptions = {}): Buffer {
    const payload = Buffer.from(options.payload ?? randomBytes(40));
    this.#peer.send(this.next({ ...options, payload }));
    return payload;
  }

  /** Leaves packets out, as if they were lost on their way. */
  skip(packets: number): void {
    this.index += packets;
    this.timestamp = (this.timestamp + packets * PACKET_TICKS) % 2 ** 32;
  }

  #build(options: PacketOptions): Buffer {
    const level = options.level === undefined ? 0x7f : options.level;
    const extensions = new Map<number, Uint8Array>();
    if (options.withMid === true && this.midExtension !== null)
      extensions.set(this.midExtension, Buffer.from(this.mid));
    if (level !== null && this.audioLevelExtension !== null)
      extensions.set(this.audioLevelExtension, Uint8Array.of(level));
    return buildRtp({
      ssrc: this.ssrc,
      sequenceNumber: this.sequenceNumber,
      timestamp: this.timestamp,
      payloadType: this.payloadType,
      payload: randomBytes(40),
      ...(extensions.size > 0 ? { extensions } : {}),
      ...options,
    });
  }
}
