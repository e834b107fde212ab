import type { OpenPublication, TransportId } from '../../contract/messages.js';
import type { WorkerMemory } from '../memory.js';
import type { RelaySender } from '../relay/relay-sender.js';
import {
  type MissingPackets,
  type MissingVerdict,
  NOT_MISSING,
  OPUS_CLOCK_RATE,
  ReceptionStatistics,
} from '../rtp/index.js';
import { type Claim, NO_CLAIM, SPEECH_CLAIM, UNTOLD_CLAIM } from '../speakers/seats.js';
import { SpeechDetector } from '../speech/speech-detector.js';
import { PacketRecovery } from './packet-recovery.js';
import { SourceIndex } from './source-index.js';
import type { SourcePacket } from './source-packet.js';
import { SourceStream } from './source-stream.js';

/** Milliseconds without a packet after which another SSRC may take over a publication. */
export const SOURCE_CHANGE_SILENCE = 200;

/**
 * From so many groups on, other workers are shown a packet before it is protected here, and not after the turn: that
 * takes longer than waking them, and they can protect it for their subscribers meanwhile.
 */
export const EARLY_RELAY_GROUPS = 16;

/** Milliseconds without a packet after which one that cannot be told to speak claims no seat. */
const UNTOLD_TIMEOUT = 1_000;

/** As many as have room in the record of a relayed packet. */
export const STRETCHES = 256;

/** A stream that a participant of this worker publishes. */
export class Publication extends SourceStream {
  readonly transportId: TransportId;
  readonly payloadType: number;
  /** Payload type of RED in the publisher's SDP, or null. */
  readonly redPayloadType: number | null;
  /** Ids of the header extensions in the publisher's SDP, 0 for none. */
  readonly audioLevelExtension: number;
  readonly midExtension: number;
  readonly transportSequenceExtension: number;
  readonly mid: Uint8Array;
  /** What the publisher takes, by its SDP. */
  readonly feedback: OpenPublication['feedback'];
  /** The SSRCs that SDP names, int32. */
  readonly ssrcs: readonly number[];

  statistics: ReceptionStatistics | null = null;
  /** Whether its publisher speaks, and how loud. */
  readonly speech = new SpeechDetector();
  /** Of the sources that it had before. */
  #earlierExpected = 0;
  #earlierLost = 0;
  /** Finds what was lost in the copies that later packets bring; null before the first packet that has some. */
  recovery: PacketRecovery | null = null;
  /** When the last sender report went on, ms. */
  reportedAt = Number.NEGATIVE_INFINITY;
  /** When its publisher's last goodbye went on, ms. */
  goodbyeAt = Number.NEGATIVE_INFINITY;
  /** Workers that have subscribers of their own. */
  readonly relays: RelaySender[] = [];
  /** That of the newest packet that was handed on to other workers. */
  #relayedIndex = 0;
  /** Whether its packets tell if there is speech in them: one had a level, or what it begins with tells, or was speech. */
  isTold = false;
  /** Whether packets have stopped. */
  #isSilent = false;
  /** Whether the operator lets nobody hear it. */
  #silenced = false;
  /** Whether its publisher may be heard. */
  #permitted = true;
  /** Counts the stretches in which it is forwarded, modulo STRETCHES. */
  #stretch = 0;
  readonly #source = new SourceIndex();
  /** What is missing of it; null where its publisher takes no requests. */
  missing: MissingPackets | null = null;
  /** How its publisher sends packets again (RFC 4588), or null: as they were. */
  readonly retransmission: OpenPublication['retransmission'];

  constructor(message: OpenPublication, memory: WorkerMemory) {
    super(message.publicationId, memory);
    this.transportId = message.transportId;
    this.payloadType = message.payloadType;
    this.redPayloadType = message.redPayloadType;
    this.audioLevelExtension = message.extensions.audioLevel ?? 0;
    this.midExtension = message.extensions.mid ?? 0;
    this.transportSequenceExtension = message.extensions.transportSequence ?? 0;
    this.feedback = message.feedback;
    this.mid = new TextEncoder().encode(message.mid);
    this.ssrcs = message.ssrcs.map((ssrc) => ssrc | 0);
    this.retransmission = message.retransmission;
    // SRTP takes a packet and its retransmission in a stream of its own for two.
    if (message.retransmission !== null) this.recovery = new PacketRecovery();
  }

  /** Whether nothing of it is forwarded: the operator has silenced it, or its publisher may not be heard. */
  get withheld(): boolean {
    return this.#silenced || !this.#permitted;
  }

  /** What it puts forward for a seat: what is withheld claims none. */
  get claim(): Claim {
    if (this.withheld) return NO_CLAIM;
    if (this.speech.speaking) return SPEECH_CLAIM;
    return this.isTold || this.#isSilent || this.arrivedAt === 0 ? NO_CLAIM : UNTOLD_CLAIM;
  }

  tick(now: number): boolean {
    const isSilent = now - this.arrivedAt >= UNTOLD_TIMEOUT;
    if (isSilent === this.#isSilent) return false;
    this.#isSilent = isSilent;
    return !this.isTold;
  }

  get dueAt(): number {
    return this.#isSilent ? Number.POSITIVE_INFINITY : this.arrivedAt + UNTOLD_TIMEOUT;
  }

  get score(): number {
    return this.speech.score;
  }

  override get isNeeded(): boolean {
    return super.isNeeded || this.relays.length > 0;
  }

  /** Forwards nothing from here on, or goes on: numbers then continue with the first packet that comes. */
  silence(silenced: boolean): void {
    if (silenced === this.#silenced) return;
    this.#silenced = silenced;
    this.#interrupt(silenced);
  }

  /** The same by what its publisher may do. */
  permit(permitted: boolean): void {
    if (permitted === this.#permitted) return;
    this.#permitted = permitted;
    this.#interrupt(!permitted);
  }

  #interrupt(ends: boolean): void {
    this.recovery?.restart();
    if (ends) this.leaveOut();
  }

  /** From stretch to stretch other workers see that packets were left out in between. */
  override pause(): void {
    super.pause();
    this.#stretch = (this.#stretch + 1) % STRETCHES;
  }

  override relay(packet: SourcePacket): void {
    if (packet.index > this.#relayedIndex) this.#relayedIndex = packet.index;
    for (let i = 0; i < this.relays.length; i++) {
      this.relays[i]?.sendPacket(this, this.#stretch, packet);
      if (this.groupCount >= EARLY_RELAY_GROUPS) this.relays[i]?.publish();
    }
  }

  override isNewToRelays(index: number): boolean {
    return index > this.#relayedIndex;
  }

  /** Packets that the sequence numbers of its sources announced. */
  get expected(): number {
    return this.#earlierExpected + (this.statistics?.expected ?? 0);
  }

  /** Those of them that did not come. */
  get lost(): number {
    return this.#earlierLost + (this.statistics?.lost ?? 0);
  }

  /**
   * Decides whether a packet of this SSRC is of the stream. A source that changes its SSRC (RFC 3550 section 8) is
   * followed; this packet continues the numbers.
   * @param ssrc int32
   * @param now ms
   * @returns false when the packet belongs to nobody: the SSRC is not the current one, which is still heard
   */
  acceptSource(ssrc: number, sequenceNumber: number, now: number): boolean {
    if (ssrc === this.ssrc) return true;
    if (this.ssrc !== null && now - this.arrivedAt < SOURCE_CHANGE_SILENCE) return false;
    this.#earlierExpected = this.expected;
    this.#earlierLost = this.lost;
    this.statistics = new ReceptionStatistics(ssrc >>> 0, OPUS_CLOCK_RATE);
    this.#source.start(sequenceNumber);
    this.missing?.reset();
    this.recovery?.restart();
    this.changeSource(ssrc);
    return true;
  }

  /**
   * Takes note of a packet of the source.
   * @param now ms
   * @returns whether it was missing
   */
  receive(sequenceNumber: number, now: number): MissingVerdict {
    this.arrived(this.#source.extend(sequenceNumber), now);
    return this.#look(this.index, sequenceNumber, now);
  }

  /** Whether a packet of the source is asked for. */
  isMissing(sequenceNumber: number): boolean {
    return this.missing?.isMissing(this.locate(sequenceNumber)) ?? false;
  }

  /** @returns the index that a packet has, before it is admitted */
  locate(sequenceNumber: number): number {
    return this.#source.locate(sequenceNumber);
  }

  /**
   * A packet came that is not forwarded; if it is of the source, its sequence number is used up all the same.
   * @param ssrc int32
   * @param now ms
   */
  skip(ssrc: number, sequenceNumber: number, now: number): void {
    if (ssrc === this.ssrc) this.#look(this.#source.extend(sequenceNumber), sequenceNumber, now);
  }

  /**
   * A packet of a publisher came that may not be heard: if it is of the source, it counts as received and not as lost,
   * and its sequence number is used up, so that those behind it are still told from older ones.
   * @param ssrc int32
   * @param now ms
   */
  passOver(ssrc: number, sequenceNumber: number, timestamp: number, now: number): void {
    this.skip(ssrc, sequenceNumber, now);
    if (ssrc === this.ssrc) this.statistics?.packetReceived(sequenceNumber, timestamp, now);
  }

  /** Looks for what is missing before a packet, while there is somebody who hears it. */
  #look(index: number, sequenceNumber: number, now: number): MissingVerdict {
    const { missing } = this;
    if (missing === null) return NOT_MISSING;
    if (this.#isHeard) return missing.received(index, sequenceNumber, now);
    missing.reset();
    return NOT_MISSING;
  }

  get #isHeard(): boolean {
    if (this.withheld) return false;
    return this.slot !== null || (!this.suppressed && (this.groupCount > 0 || this.relays.length > 0));
  }
}
