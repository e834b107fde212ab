import { buildRedundancy } from '../../src/media/testing/redundancy-packets.js';
import type { ClientRepair } from '../../src/room/testing/simulated-client.js';
import { writePayload } from './payload.js';
import type { ParticipantSrtp } from './srtp.js';

const OPUS = 111;
/** Fields before the extension and before the payload. */
const FIXED_LENGTH = 12;
const HEADER_LENGTH = FIXED_LENGTH + 8;
/** Version 2, and the same with an extension. */
const VERSION = 0x80;
const VERSION_WITH_EXTENSION = VERSION | 0x10;
/** The audio level under identifier 1, with the level in the second octet: RFC 8285 section 4.2, RFC 6464. */
const EXTENSION = Buffer.of(0xbe, 0xde, 0, 1, 0x10, 0, 0, 0);
const LEVEL_OFFSET = FIXED_LENGTH + 5;
const TICKS_PER_MILLISECOND = 48;
/** Packets that are kept to be sent again, and those before a packet of which RED has copies. */
const KEPT = 16;
const COPIES = 2;
/** What lies further back is too old for RED, ms. */
const COPIED_WITHIN = 100;
const SEQUENCE_NUMBERS = 0x1_0000;

/** A protected packet, and whose contents are in it: the numbers of packets of this participant. */
export interface SentPacket {
  readonly bytes: Buffer;
  readonly contents: readonly number[];
}

interface Sent extends SentPacket {
  readonly index: number;
  /** Its own number. */
  readonly n: number;
  readonly at: number;
  readonly payload: Buffer;
}

export interface MicrophoneOptions {
  /** Of the session, which is in every packet. */
  readonly serial: number;
  readonly ssrc: number;
  readonly retransmissionSsrc: number;
  readonly repair: ClientRepair | null;
  readonly srtp: ParticipantSrtp;
  /** Of the first packet, and of the first that is sent again. */
  readonly firstIndex: number;
}

/** The stream that a participant sends, with redundancy and retransmissions where it knows them. */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #sent: Sent[] = [];
  #index: number;
  #retransmissionIndex: number;
  #n = 0;

  constructor(options: MicrophoneOptions) {
    this.#options = options;
    this.#index = options.firstIndex;
    this.#retransmissionIndex = options.firstIndex;
  }

  /**
   * @param level RFC 6464
   * @param now ms
   * @returns the next packet
   */
  next(level: number, now: number): SentPacket {
    const { serial, ssrc, repair, srtp } = this.#options;
    const n = this.#n++;
    const index = this.#index++;
    const payload = writePayload({ serial, n });
    const copies = this.#copiesAt(now);
    const red = repair?.redPayloadType ?? null;
    const isRedundant = red !== null && copies.length > 0;
    const body = isRedundant ? redundancyOf(copies, payload, now) : payload;
    const packet = Buffer.allocUnsafe(HEADER_LENGTH + body.length);
    packet[0] = VERSION_WITH_EXTENSION;
    writeFixedFields(packet, isRedundant ? red : OPUS, index, now, ssrc);
    packet.set(EXTENSION, FIXED_LENGTH);
    packet[LEVEL_OFFSET] = level;
    packet.set(body, HEADER_LENGTH);
    const bytes = srtp.protect(packet, index);
    const contents = isRedundant ? [...copies.map((copy) => copy.n), n] : [n];
    const sent = { index, n, at: now, payload, bytes, contents };
    this.#sent.push(sent);
    if (this.#sent.length > KEPT) this.#sent.shift();
    return sent;
  }

  /** @returns the packet that is asked for, or null when it is forgotten */
  again(sequenceNumber: number): SentPacket | null {
    const { retransmissionSsrc, repair, srtp } = this.#options;
    const sent = this.#sent.find(({ index }) => index % SEQUENCE_NUMBERS === sequenceNumber);
    if (sent === undefined) return null;
    const rtx = repair?.rtxPayloadType ?? null;
    if (rtx === null) return sent;
    const index = this.#retransmissionIndex++;
    const packet = Buffer.allocUnsafe(FIXED_LENGTH + 2 + sent.payload.length);
    packet[0] = VERSION;
    writeFixedFields(packet, rtx, index, sent.at, retransmissionSsrc);
    packet.writeUInt16BE(sequenceNumber, FIXED_LENGTH);
    packet.set(sent.payload, FIXED_LENGTH + 2);
    return { bytes: srtp.protect(packet, index), contents: [sent.n] };
  }

  #copiesAt(now: number): Sent[] {
    return this.#sent.slice(-COPIES).filter(({ at }) => now - at < COPIED_WITHIN);
  }
}

/** RFC 3550 section 5.1, behind the first octet. */
function writeFixedFields(
  packet: Buffer,
  payloadType: number,
  index: number,
  now: number,
  ssrc: number,
): void {
  packet[1] = payloadType;
  packet.writeUInt16BE(index % SEQUENCE_NUMBERS, 2);
  packet.writeUInt32BE(timestampAt(now), 4);
  packet.writeUInt32BE(ssrc, 8);
}

function redundancyOf(copies: readonly Sent[], primary: Buffer, now: number): Buffer {
  const blocks = copies.map(({ payload, at }) => ({
    payloadType: OPUS,
    timestampOffset: (timestampAt(now) - timestampAt(at)) >>> 0,
    data: payload,
  }));
  return buildRedundancy({ blocks, payloadType: OPUS, primary });
}

/** Modulo 2^32. */
function timestampAt(now: number): number {
  return Math.round(now * TICKS_PER_MILLISECOND) % 2 ** 32;
}
