import { readUint8, writeUint32 } from './big-endian.js';
import type { CongestionPath } from './congestion-path.js';
import type { DropReason } from './drop-reason.js';
import { PacketRecovery } from './forward/packet-recovery.js';
import type { Publication } from './forward/publication.js';
import { SourcePacket } from './forward/source-packet.js';
import type { ForwardPath } from './forward-path.js';
import type { WorkerMemory } from './memory.js';
import {
  addToSequenceNumber,
  checkPadding,
  findHeaderExtension,
  HeaderExtensionElement,
  hasMid,
  NO_EXTENSION,
  ORIGINAL_SEQUENCE_NUMBER_LENGTH,
  parseRedundantPayload,
  parseRtpHeader,
  RECOVERED,
  RedundantPayload,
  RTP_ACCEPTED,
  RTP_DROP_NAMES,
  RTP_FIXED_HEADER_LENGTH,
  RtpHeader,
  readAudioLevel,
  readOriginalSequenceNumber,
  rewriteCanonicalHeader,
  unwrapRetransmission,
} from './rtp/index.js';
import type { SpeechDetector } from './speech/speech-detector.js';
import { INPUT_SPARE, MAX_HEADER_LENGTH, MAX_PAYLOAD_LENGTH, SRTP_DROP_NAMES } from './srtp/index.js';
import type { Transport } from './transport.js';

/** First octet of a packet that has neither padding nor extension nor CSRCs: version 2. */
const PLAIN_FIRST_OCTET = 0x80;
/** Room for one packet in canonical form. */
const SLOT_SIZE = MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE;

/** What the packets of publications tell beyond their sound. */
export interface RtpEvents {
  /** The first packet has come. */
  readonly onStarted: (publication: Publication, now: number) => void;
  /** Its publisher begins to speak, or ceases. */
  readonly onSpeech: (publication: Publication, now: number) => void;
  /** From here on it is known that its packets tell whether there is speech in them. */
  readonly onTold: (publication: Publication, now: number) => void;
  /** Packets are missing that it may be time to ask for. */
  readonly onMissing: (transport: Transport, publication: Publication, now: number) => void;
  /** A packet has come that was asked for. */
  readonly onRecovered: (publication: Publication) => void;
}

/** From a publisher's SRTP packet to its subscribers' SRTP packets. Nothing here allocates per packet. */
export class RtpPath {
  readonly #memory: WorkerMemory;
  readonly #forwarding: ForwardPath;
  readonly #congestion: CongestionPath;
  readonly #events: RtpEvents;
  readonly #repairs: boolean;
  readonly #header = new RtpHeader();
  readonly #element = new HeaderExtensionElement();
  readonly #redundancy = new RedundantPayload();
  readonly #packet = new SourcePacket();
  /** Whether the packet has redundancy, and whether it holds nothing but padding. */
  #isRedundant = false;
  #isPadding = false;
  /** Where lost packets are put together from their copies. */
  readonly #recoverySlot: number;
  /** Lost packets that were recovered from redundancy. */
  packetsRecovered = 0;

  /** @param repairs whether lost packets are recovered from the redundancy of later ones */
  constructor(
    memory: WorkerMemory,
    forwarding: ForwardPath,
    congestion: CongestionPath,
    repairs: boolean,
    events: RtpEvents,
  ) {
    this.#memory = memory;
    this.#forwarding = forwarding;
    this.#congestion = congestion;
    this.#repairs = repairs;
    this.#recoverySlot = memory.reserve(SLOT_SIZE);
    this.#events = events;
  }

  /**
   * Takes one packet in: parse, unprotect, find its publication, make the header canonical, fan out.
   * @param offset of the packet in worker memory; it is decrypted in place
   * @param now ms
   * @returns why it was dropped, or null
   */
  receive(transport: Transport, offset: number, length: number, now: number): DropReason | null {
    const { bytes } = this.#memory;
    const header = this.#header;
    if (transport.srtp === null) return 'rtp-before-keys';
    const malformed = parseRtpHeader(bytes, offset, length, header);
    if (malformed !== RTP_ACCEPTED) return RTP_DROP_NAMES[malformed];
    const plainLength = transport.srtp.rtpReceiver.unprotect(offset, length, header);
    if (plainLength < 0) return SRTP_DROP_NAMES[-plainLength] ?? 'srtp-unknown';
    // Authentic by now: nobody else can use up what the participant may send.
    const isTooMuch = !transport.packetAllowance.take(now) || !transport.octetAllowance.take(now, length);
    if (isTooMuch) return this.#skip(transport, now);
    const payloadLength = plainLength - header.headerLength;
    transport.packetsIn++;
    transport.octetsIn += payloadLength;
    this.#congestion.receive(transport, header, length, now);
    if (!transport.permissions.publish) return this.#passOver(transport, now);
    const original = this.#originalOf(transport);
    if (original !== null) return this.#receiveAgain(transport, original, offset, payloadLength, now);
    const publication = this.#publicationOf(transport);
    if (publication === null) return 'rtp-no-publication';
    const unfit = this.#findUnfit(publication, offset, payloadLength);
    if (unfit !== null) {
      publication.skip(header.ssrc, header.sequenceNumber, now);
      return unfit;
    }
    if (!publication.acceptSource(header.ssrc, header.sequenceNumber, now)) return 'rtp-ssrc-conflict';
    transport.mediaAt = now;
    const dropped = this.#receiveFrom(publication, offset, payloadLength, now);
    if (publication.missing?.isEmpty === false) this.#events.onMissing(transport, publication, now);
    return dropped;
  }

  /** Takes nothing of what is too much but note of its number, which SRTP has counted. @returns why it is dropped */
  #skip(transport: Transport, now: number): DropReason {
    const { ssrc, sequenceNumber } = this.#header;
    this.#publicationOf(transport)?.skip(ssrc, sequenceNumber, now);
    return 'rtp-too-frequent';
  }

  /** Takes nothing of who may not be heard but note of the packet's number. @returns why it is dropped */
  #passOver(transport: Transport, now: number): DropReason {
    const { ssrc, sequenceNumber, timestamp } = this.#header;
    this.#publicationOf(transport)?.passOver(ssrc, sequenceNumber, timestamp, now);
    return 'rtp-not-permitted';
  }

  /** Takes a packet of the publication's source, and what it has of earlier ones. @returns why it is not sent to all, or null */
  #receiveFrom(
    publication: Publication,
    offset: number,
    payloadLength: number,
    now: number,
  ): DropReason | null {
    const isFirst = publication.arrivedAt === 0;
    let length = payloadLength;
    if (this.#isRedundant) {
      this.#recover(publication, now);
      length = this.#unwrap(offset, this.#header.headerLength + payloadLength);
    }
    const withheld = this.#take(publication, now);
    const level = this.#listen(publication, offset, length, now);
    if (isFirst) this.#events.onStarted(publication, now);
    if (withheld !== null) return withheld;
    return this.#forward(publication, offset, length, level, now);
  }

  /** Takes a packet that a publisher sends again in a stream of its own (RFC 4588), if it is one that is missing. */
  #receiveAgain(
    transport: Transport,
    publication: Publication,
    offset: number,
    payloadLength: number,
    now: number,
  ): DropReason | null {
    const header = this.#header;
    const { bytes } = this.#memory;
    const { ssrc, payloadType } = publication;
    if (payloadLength < ORIGINAL_SEQUENCE_NUMBER_LENGTH || ssrc === null)
      return 'rtp-retransmission-unwanted';
    if (!publication.isMissing(readOriginalSequenceNumber(bytes, offset, header)))
      return 'rtp-retransmission-unwanted';
    const original = unwrapRetransmission(bytes, offset, header, ssrc, payloadType);
    const length = payloadLength - ORIGINAL_SEQUENCE_NUMBER_LENGTH;
    const unfit = this.#findUnfit(publication, original, length);
    if (unfit !== null) return unfit;
    transport.mediaAt = now;
    return this.#receiveFrom(publication, original, length, now);
  }

  /** @returns the publication of which the packet brings another one again, or null */
  #originalOf({ publications }: Transport): Publication | null {
    const { ssrc, payloadType } = this.#header;
    for (let i = 0; i < publications.length; i++) {
      const publication = publications[i];
      const retransmission = publication?.retransmission ?? null;
      if (publication === undefined || retransmission?.payloadType !== payloadType) continue;
      // What comes under the source's own numbers uses them up, and is not of a stream beside it.
      if (publication.ssrc === ssrc) continue;
      if (retransmission.ssrc === null || (retransmission.ssrc | 0) === ssrc) return publication;
    }
    return null;
  }

  /** @returns why an authentic packet of a publication is not forwarded, or null */
  #findUnfit(publication: Publication, offset: number, payloadLength: number): DropReason | null {
    const header = this.#header;
    if (payloadLength > MAX_PAYLOAD_LENGTH) return 'rtp-payload-too-long';
    const end = offset + header.headerLength + payloadLength;
    if (header.padding) {
      const padding = checkPadding(this.#memory.bytes, offset + header.headerLength, payloadLength);
      if (padding !== RTP_ACCEPTED) return RTP_DROP_NAMES[padding];
    }
    const paddingLength = header.padding ? readUint8(this.#memory.bytes, end - 1) : 0;
    this.#isPadding = header.padding && paddingLength === payloadLength;
    this.#isRedundant = this.#hasRedundancy(publication) && !this.#isPadding;
    if (this.#isRedundant) return this.#parseRedundancy(publication, offset, end - paddingLength);
    if (this.#hasRedundancy(publication)) return null;
    return header.payloadType === publication.payloadType ? null : 'rtp-other-payload-type';
  }

  #hasRedundancy({ redPayloadType }: Publication): boolean {
    return redPayloadType !== null && this.#header.payloadType === redPayloadType;
  }

  /** @param end of the payload, where padding begins */
  #parseRedundancy({ payloadType }: Publication, offset: number, end: number): DropReason | null {
    const { bytes } = this.#memory;
    const start = offset + this.#header.headerLength;
    const payload = this.#redundancy;
    const malformed = parseRedundantPayload(bytes, start, end - start, payload);
    if (malformed !== RTP_ACCEPTED) return RTP_DROP_NAMES[malformed];
    return payload.primaryPayloadType === payloadType ? null : 'rtp-other-payload-type';
  }

  /**
   * Takes the redundancy off a packet: its header ends where the primary block begins. What lies between is overwritten
   * when the header is made canonical.
   * @returns octets of the primary block, with the packet's padding
   */
  #unwrap(offset: number, plainLength: number): number {
    const { primaryOffset } = this.#redundancy;
    this.#header.headerLength = primaryOffset - offset;
    return plainLength - this.#header.headerLength;
  }

  /** Forwards the packets that were lost just before this one and of which it has copies. */
  #recover(publication: Publication, now: number): void {
    if (!this.#repairs || publication.withheld) return;
    const { sequenceNumber, timestamp } = this.#header;
    publication.recovery ??= new PacketRecovery();
    const { recovery, payloadType } = publication;
    const index = publication.locate(sequenceNumber);
    recovery.find(index, timestamp, this.#memory.bytes, this.#redundancy, payloadType);
    for (let i = 0; i < recovery.count; i++) {
      const block = recovery.blocks[i] ?? 0;
      const copyTimestamp = (timestamp - (this.#redundancy.timestampOffsets[block] ?? 0)) | 0;
      const copyNumber = addToSequenceNumber(sequenceNumber, (recovery.indices[i] ?? index) - index);
      recovery.remember(recovery.indices[i] ?? index, copyTimestamp, false);
      this.packetsRecovered++;
      publication.receive(copyNumber, now);
      if (publication.isNeeded) this.#forwardCopy(publication, block, copyTimestamp, now);
    }
  }

  #forwardCopy(publication: Publication, block: number, timestamp: number, now: number): void {
    const { bytes } = this.#memory;
    const packet = this.#packet;
    const slot = this.#recoverySlot;
    const offset = this.#redundancy.offsets[block] ?? 0;
    packet.index = publication.index;
    packet.timestamp = timestamp;
    packet.marker = false;
    packet.offset = slot;
    packet.headerLength = RTP_FIXED_HEADER_LENGTH;
    packet.payloadLength = this.#redundancy.lengths[block] ?? 0;
    bytes[slot] = PLAIN_FIRST_OCTET;
    bytes[slot + 1] = publication.payloadType;
    writeUint32(bytes, slot + 4, timestamp);
    writeUint32(bytes, slot + 8, this.#header.ssrc);
    bytes.copyWithin(slot + RTP_FIXED_HEADER_LENGTH, offset, offset + packet.payloadLength);
    this.#forwarding.forward(publication, packet, now);
  }

  /** RFC 8843 section 9.2: by SSRC where SDP or an earlier packet names it, else by MID, else by payload type. */
  #publicationOf(transport: Transport): Publication | null {
    const { publications } = transport;
    const { ssrc } = this.#header;
    for (let i = 0; i < publications.length; i++) {
      const publication = publications[i];
      if (publication === undefined) continue;
      if (publication.ssrc === ssrc || publication.ssrcs.includes(ssrc)) return publication;
    }
    for (let i = 0; i < publications.length; i++) {
      const publication = publications[i];
      if (publication !== undefined && this.#describes(publication)) return publication;
    }
    return null;
  }

  /** Whether a packet of an unknown SSRC is of a publication whose SDP names none. */
  #describes(publication: Publication): boolean {
    const header = this.#header;
    if (publication.ssrcs.length > 0) return false;
    const { bytes } = this.#memory;
    const found = findHeaderExtension(bytes, header, publication.midExtension, this.#element);
    if (found !== NO_EXTENSION) return hasMid(bytes, found, this.#element.length, publication.mid);
    return publication.payloadType === header.payloadType || this.#hasRedundancy(publication);
  }

  /** @returns why a packet of the publication's source is not forwarded, or null */
  #take(publication: Publication, now: number): DropReason | null {
    const { sequenceNumber, timestamp } = this.#header;
    if (publication.receive(sequenceNumber, now) === RECOVERED) {
      publication.statistics?.packetSentAgain();
      this.#events.onRecovered(publication);
    } else publication.statistics?.packetReceived(sequenceNumber, timestamp, now);
    const isNew = publication.recovery?.remember(publication.index, timestamp, this.#isPadding) ?? true;
    if (publication.withheld) return 'rtp-silenced';
    return isNew ? null : 'rtp-recovered-before';
  }

  /** @returns the octet of the audio level, or NO_EXTENSION */
  #listen(publication: Publication, offset: number, payloadLength: number, now: number): number {
    const { speech, audioLevelExtension, isTold: wasTold } = publication;
    const { timestamp } = this.#header;
    const level = readAudioLevel(this.#memory.bytes, this.#header, audioLevelExtension, this.#element);
    const changed =
      level === NO_EXTENSION
        ? this.#hearPayload(speech, offset, payloadLength, now)
        : speech.hear(level, timestamp, now);
    if (speech.isTelling) publication.isTold = true;
    if (changed) this.#events.onSpeech(publication, now);
    else if (publication.isTold && !wasTold) this.#events.onTold(publication, now);
    return level;
  }

  #hearPayload(speech: SpeechDetector, offset: number, payloadLength: number, now: number): boolean {
    const { bytes } = this.#memory;
    const { headerLength, padding, timestamp } = this.#header;
    const payload = offset + headerLength;
    const paddingLength = padding ? (bytes[payload + payloadLength - 1] ?? 0) : 0;
    return speech.hearPayload(bytes, payload, payloadLength - paddingLength, timestamp, now);
  }

  /** @returns why it is not sent to all, or null */
  #forward(
    publication: Publication,
    offset: number,
    payloadLength: number,
    level: number,
    now: number,
  ): DropReason | null {
    if (!publication.isNeeded) return null;
    const header = this.#header;
    const packet = this.#packet;
    packet.index = publication.index;
    packet.timestamp = header.timestamp;
    packet.marker = header.marker;
    packet.offset = rewriteCanonicalHeader(this.#memory.bytes, offset, header, level);
    packet.headerLength = offset + header.headerLength - packet.offset;
    packet.payloadLength = payloadLength;
    return this.#forwarding.forward(publication, packet, now);
  }
}
