import {
  buildReceiverReport,
  parseCompound,
  type RtcpPacket,
  readNack,
} from '../../src/media/testing/rtcp-packets.js';
import type { Counts } from './counts.js';
import type { Density } from './density.js';
import type { Microphone, SentPacket } from './microphone.js';
import type { SeededRandom } from './random.js';
import type { Session } from './session.js';
import type { ParticipantSrtp } from './srtp.js';
import type { Timeline } from './timeline.js';

/** Packets of a spurt, and ms between them. */
const SPURT = 10;
const SPURT_INTERVAL = 20;
/** RTCP: generic NACK, RFC 4585 section 6.2.1. */
const TRANSPORT_FEEDBACK = 205;
const NACK_FORMAT = 1;
/** SSRC from which a participant reports. */
const REPORTER = 1;
/** Milliseconds behind the last packet in which the engine asks for lost ones: else its RTCP is of no use here. */
export const ASKED_WITHIN = 600;
/** Audio levels of RFC 6464. */
const SPEECH_LEVEL = 0x80 | 20;
const SILENCE_LEVEL = 127;

/** Of a packet that somebody got. */
export interface HeardPacket {
  readonly session: Session;
  /** Whom it lets hear. */
  readonly serial: number;
  readonly ssrc: number;
  readonly index: number;
  /** It brings another one again, in a stream of its own. */
  readonly isRetransmission: boolean;
}

export interface MediaSurroundings {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly density: Density;
  readonly counts: Counts;
  /** It hears a packet of somebody. */
  onHeard(): void;
  /** Whether the session has ended. */
  isOver(): boolean;
  /** @param onArrival called when the engine gets it */
  send(bytes: Buffer, onArrival: () => void): void;
}

/** The media of one session: what it sends, hears, reports, asks for again and is asked for. */
export class MediaExchange {
  readonly #session: Session;
  readonly #srtp: ParticipantSrtp;
  readonly #surroundings: MediaSurroundings;

  constructor(session: Session, srtp: ParticipantSrtp, surroundings: MediaSurroundings) {
    this.#session = session;
    this.#srtp = srtp;
    this.#surroundings = surroundings;
  }

  begin(): void {
    this.#reportOn();
    if (!this.#session.speaks) return;
    const firstIndex = this.#surroundings.random.below(0x8000);
    this.#speakOn(this.#session.openMicrophone(this.#srtp, firstIndex), 0);
  }

  /** @param packet of its own */
  hear(packet: HeardPacket): void {
    const { timeline, counts, onHeard } = this.#surroundings;
    const session = this.#session;
    onHeard();
    session.heardAt.set(packet.serial, timeline.now);
    if (packet.isRetransmission) return;
    const request = session.reception.arrived(packet.ssrc, packet.index);
    if (request === null) return;
    counts.count('NACKs of participants');
    this.#sendRtcp(Buffer.concat([buildReceiverReport(REPORTER, []), request]));
  }

  /** What the engine has missed is sent again; all else is of no use here. */
  receiveRtcp(bytes: Buffer): void {
    const { counts } = this.#surroundings;
    const { microphone } = this.#session;
    if (microphone === null) return;
    const compound = this.#srtp.openRtcp(bytes);
    if (compound === null) return;
    for (const packet of parseCompound(compound)) {
      if (!isNack(packet)) continue;
      counts.count('NACKs of the engine');
      for (const sequenceNumber of readNack(packet).missing) {
        const sent = microphone.again(sequenceNumber);
        if (sent !== null) this.#send(sent);
      }
    }
  }

  #sendRtcp(compound: Buffer): void {
    if (this.#session.isConnected) this.#surroundings.send(this.#srtp.protectRtcp(compound), () => undefined);
  }

  #reportOn(): void {
    const { timeline, density, isOver } = this.#surroundings;
    timeline.after(density.reportInterval, () => {
      if (isOver()) return;
      const report = this.#session.reception.report(REPORTER);
      if (report !== null) this.#sendRtcp(report);
      this.#reportOn();
    });
  }

  /** @param left packets of a spurt that are to come behind this one */
  #speakOn(microphone: Microphone, left: number): void {
    const { timeline, random, density, isOver } = this.#surroundings;
    if (isOver()) return;
    if (this.#session.isConnected) {
      const isLoud = left > 0 || random.chance(density.speechShare);
      this.#session.spokeAt = timeline.now;
      this.#send(microphone.next(isLoud ? SPEECH_LEVEL : SILENCE_LEVEL, timeline.now));
    }
    const interval = left > 0 ? SPURT_INTERVAL : random.between(0.9, 1.1) * density.packetInterval;
    const next = left > 0 ? left - 1 : random.chance(density.spurtShare) ? SPURT : 0;
    timeline.after(interval, () => this.#speakOn(microphone, next));
  }

  #send({ bytes, contents }: SentPacket): void {
    const { timeline, send } = this.#surroundings;
    send(bytes, () => {
      for (const n of contents) this.#session.arrived(n, timeline.now);
    });
  }
}

function isNack({ packetType, count }: RtcpPacket): boolean {
  return packetType === TRANSPORT_FEEDBACK && count === NACK_FORMAT;
}
