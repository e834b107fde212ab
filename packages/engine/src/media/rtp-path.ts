import { writeUint16, writeUint32 } from './big-endian.js';
import type { CongestionPath } from './congestion-path.js';
import type { DropReason } from './drop-reason.js';
import type { FanOut } from './fan-out.js';
import { PacketRecovery } from './forward/packet-recovery.js';
import type { Publication } from './forward/publication.js';
import type { WorkerMemory } from './memory.js';
import {
  addToSequenceNumber,
  checkPadding,
  findHeaderExtension,
  HeaderExtensionElement,
  hasMid,
  NO_EXTENSION,
  parseRedundantPayload,
  parseRtpHeader,
  RedundantPayload,
  RTP_ACCEPTED,
  RTP_DROP_NAMES,
  RTP_FIXED_HEADER_LENGTH,
  RtpHeader,
  readAudioLevel,
  rewriteCanonicalHeader,
} from './rtp/index.js';
import { INPUT_SPARE, MAX_HEADER_LENGTH, MAX_PAYLOAD_LENGTH, SRTP_DROP_NAMES } from './srtp/index.js';
import type { Transport } from './transport.js';

/**
 * From so many groups on, other workers are shown a packet before it is protected here, and not after the turn: that
 * takes longer than waking them, and they can protect it for their subscribers meanwhile.
 */
export const EARLY_RELAY_GROUPS = 16;

/** First octet of a packet that has neither padding nor extension nor CSRCs: version 2. */
const PLAIN_FIRST_OCTET = 0x80;
/** Room for one packet in canonical form. */
const SLOT_SIZE = MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE;

/** What the packets of publications tell beyond their sound. */
export interface RtpEvents {
  /** The first packet has come. */
  readonly onStarted: (publication: Publication) => void;
  /** Its publisher begins to speak, or ceases. */
  readonly onSpeech: (publication: Publication) => void;
}

/** From a publisher's SRTP packet to its subscribers' SRTP packets. Nothing here allocates per packet. */
export class RtpPath {
  readonly #memory: WorkerMemory;
  readonly #fanOut: FanOut;
  readonly #congestion: CongestionPath;
  readonly #events: RtpEvents;
  readonly #repairs: boolean;
  readonly #header = new RtpHeader();
  readonly #element = new HeaderExtensionElement();
  readonly #redundancy = new RedundantPayload();
  /** Where lost packets are put together from their copies. */
  readonly #recoverySlot: number;
  /** Lost packets that were recovered from redundancy. */
  packetsRecovered = 0;

  /** @param repairs whether lost packets are recovered from the redundancy of later ones */
  constructor(
    memory: WorkerMemory,
    fanOut: FanOut,
    congestion: CongestionPath,
    repairs: boolean,
    events: RtpEvents,
  ) {
    this.#memory = memory;
    this.#fanOut = fanOut;
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
    let payloadLength = plainLength - header.headerLength;
    transport.packetsIn++;
    transport.octetsIn += payloadLength;
    this.#congestion.receive(transport, header, length, now);
    const publication = this.#publicationOf(transport);
    if (publication === null) return 'rtp-no-publication';
    const unfit = this.#findUnfit(publication, offset, payloadLength);
    if (unfit !== null) {
      publication.skip(header.ssrc, header.sequenceNumber);
      return unfit;
    }
    if (!publication.acceptSource(header.ssrc, header.sequenceNumber, now)) return 'rtp-ssrc-conflict';
    transport.mediaAt = now;
    if (this.#hasRedundancy(publication)) {
      this.#recover(publication, now);
      payloadLength = this.#unwrap(offset, plainLength);
    }
    const withheld = this.#admit(publication, now);
    const level = this.#listen(publication, now);
    if (withheld !== null) return withheld;
    return this.#forward(publication, offset, payloadLength, level);
  }

  /** @returns why an authentic packet of a publication is not forwarded, or null */
  #findUnfit(publication: Publication, offset: number, payloadLength: number): DropReason | null {
    const header = this.#header;
    if (payloadLength > MAX_PAYLOAD_LENGTH) return 'rtp-payload-too-long';
    if (header.padding) {
      const padding = checkPadding(this.#memory.bytes, offset + header.headerLength, payloadLength);
      if (padding !== RTP_ACCEPTED) return RTP_DROP_NAMES[padding];
    }
    if (this.#hasRedundancy(publication)) return this.#parseRedundancy(publication, offset, payloadLength);
    return header.payloadType === publication.payloadType ? null : 'rtp-other-payload-type';
  }

  #hasRedundancy({ redPayloadType }: Publication): boolean {
    return redPayloadType !== null && this.#header.payloadType === redPayloadType;
  }

  #parseRedundancy({ payloadType }: Publication, offset: number, payloadLength: number): DropReason | null {
    const { bytes } = this.#memory;
    const { headerLength, padding } = this.#header;
    const payload = this.#redundancy;
    const paddingLength = padding ? (bytes[offset + headerLength + payloadLength - 1] ?? 0) : 0;
    const malformed = parseRedundantPayload(
      bytes,
      offset + headerLength,
      payloadLength - paddingLength,
      payload,
    );
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
    if (!this.#repairs || publication.silenced) return;
    const { sequenceNumber, timestamp } = this.#header;
    publication.recovery ??= new PacketRecovery();
    const { recovery, payloadType } = publication;
    const index = publication.locate(sequenceNumber);
    recovery.find(index, timestamp, this.#memory.bytes, this.#redundancy, payloadType);
    for (let i = 0; i < recovery.count; i++) {
      const block = recovery.blocks[i] ?? 0;
      const copyTimestamp = (timestamp - (this.#redundancy.timestampOffsets[block] ?? 0)) | 0;
      const copyNumber = addToSequenceNumber(sequenceNumber, (recovery.indices[i] ?? index) - index);
      recovery.remember(recovery.indices[i] ?? index, copyTimestamp);
      this.packetsRecovered++;
      if (!publication.admit(copyNumber, copyTimestamp, now)) continue;
      this.#forwardCopy(publication, block, copyNumber, copyTimestamp);
    }
  }

  #forwardCopy(publication: Publication, block: number, sequenceNumber: number, timestamp: number): void {
    const { bytes } = this.#memory;
    const packet = this.#recoverySlot;
    const offset = this.#redundancy.offsets[block] ?? 0;
    const length = this.#redundancy.lengths[block] ?? 0;
    bytes[packet] = PLAIN_FIRST_OCTET;
    bytes[packet + 1] = publication.payloadType;
    writeUint16(bytes, packet + 2, sequenceNumber);
    writeUint32(bytes, packet + 4, timestamp);
    writeUint32(bytes, packet + 8, this.#header.ssrc);
    bytes.copyWithin(packet + RTP_FIXED_HEADER_LENGTH, offset, offset + length);
    this.#distribute(publication, packet, RTP_FIXED_HEADER_LENGTH, length, timestamp, false);
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
  #admit(publication: Publication, now: number): DropReason | null {
    const header = this.#header;
    const isFirst = publication.arrivedAt === 0;
    publication.statistics?.packetReceived(header.sequenceNumber, header.timestamp, now);
    const admitted = publication.admit(header.sequenceNumber, header.timestamp, now);
    const isNew = publication.recovery?.remember(publication.index, header.timestamp) ?? true;
    if (isFirst) this.#events.onStarted(publication);
    if (publication.silenced) return 'rtp-silenced';
    if (!isNew) return 'rtp-recovered-before';
    return admitted ? null : 'rtp-older-than-route';
  }

  /** @returns the octet of the audio level, or NO_EXTENSION */
  #listen(publication: Publication, now: number): number {
    const header = this.#header;
    const level = readAudioLevel(this.#memory.bytes, header, publication.audioLevelExtension, this.#element);
    if (level !== NO_EXTENSION && publication.speech.hear(level, header.timestamp, now)) {
      this.#events.onSpeech(publication);
    }
    return level;
  }

  /** @returns why it is not sent to some, or null */
  #forward(
    publication: Publication,
    offset: number,
    payloadLength: number,
    level: number,
  ): DropReason | null {
    const header = this.#header;
    if (publication.groupCount === 0 && publication.relays.length === 0) return null;
    const packet = rewriteCanonicalHeader(this.#memory.bytes, offset, header, level);
    const headerLength = offset + header.headerLength - packet;
    return this.#distribute(
      publication,
      packet,
      headerLength,
      payloadLength,
      header.timestamp,
      header.marker,
    );
  }

  /** Brings a packet in canonical form to all who get it, on all workers. */
  #distribute(
    publication: Publication,
    packet: number,
    headerLength: number,
    payloadLength: number,
    timestamp: number,
    marker: boolean,
  ): DropReason | null {
    const { id, index, stretch, relays } = publication;
    for (let i = 0; i < relays.length; i++) {
      relays[i]?.sendPacket(id, index, stretch, packet, headerLength, payloadLength);
      if (publication.groupCount >= EARLY_RELAY_GROUPS) relays[i]?.publish();
    }
    publication.numbers.write(this.#memory.bytes, packet, index, timestamp, marker);
    return this.#fanOut.send(publication, packet, headerLength, payloadLength);
  }
}
