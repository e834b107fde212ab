import type { CongestionPath } from './congestion-path.js';
import type { DropReason } from './drop-reason.js';
import type { Publication } from './forward/publication.js';
import type { RouteTable } from './forward/route-table.js';
import type { WorkerMemory } from './memory.js';
import {
  checkPadding,
  findHeaderExtension,
  HeaderExtensionElement,
  hasMid,
  NO_EXTENSION,
  parseRtpHeader,
  RTP_ACCEPTED,
  RTP_DROP_NAMES,
  RtpHeader,
  readAudioLevel,
  rewriteCanonicalHeader,
} from './rtp/index.js';
import {
  type Kernel,
  LANES,
  MAX_PAYLOAD_LENGTH,
  OUTPUT_SPARE,
  PLAN_ENTRY_SIZE,
  SRTP_DROP_NAMES,
  TAG_LENGTH,
} from './srtp/index.js';
import type { Transport } from './transport.js';
import { ARENA_SIZE, RING_CAPACITY, type Transmitter } from './udp/transmitter.js';

/** Groups that one call of the kernel serves: what the transmit rings take in one go. */
const MAX_GROUPS = RING_CAPACITY / LANES;

/**
 * From so many groups on, other workers are shown a packet before it is protected here, and not after the turn: that
 * takes longer than waking them, and they can protect it for their subscribers meanwhile.
 */
export const EARLY_RELAY_GROUPS = 16;

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
  readonly #kernel: Kernel;
  readonly #transmitter: Transmitter;
  readonly #congestion: CongestionPath;
  readonly #events: RtpEvents;
  readonly #header = new RtpHeader();
  readonly #element = new HeaderExtensionElement();

  constructor(
    memory: WorkerMemory,
    kernel: Kernel,
    transmitter: Transmitter,
    congestion: CongestionPath,
    events: RtpEvents,
  ) {
    this.#memory = memory;
    this.#kernel = kernel;
    this.#transmitter = transmitter;
    this.#congestion = congestion;
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
    const payloadLength = plainLength - header.headerLength;
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
    const withheld = this.#admit(publication, now);
    const level = this.#listen(publication, now);
    if (withheld !== null) return withheld;
    this.#forward(publication, offset, payloadLength, level);
    return null;
  }

  /** @returns why an authentic packet of a publication is not forwarded, or null */
  #findUnfit(publication: Publication, offset: number, payloadLength: number): DropReason | null {
    const header = this.#header;
    if (payloadLength > MAX_PAYLOAD_LENGTH) return 'rtp-payload-too-long';
    if (header.padding) {
      const padding = checkPadding(this.#memory.bytes, offset + header.headerLength, payloadLength);
      if (padding !== RTP_ACCEPTED) return RTP_DROP_NAMES[padding];
    }
    return header.payloadType === publication.payloadType ? null : 'rtp-other-payload-type';
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
    return publication.payloadType === header.payloadType;
  }

  /** @returns why a packet of the publication's source is not forwarded, or null */
  #admit(publication: Publication, now: number): DropReason | null {
    const header = this.#header;
    const isFirst = publication.arrivedAt === 0;
    publication.statistics?.packetReceived(header.sequenceNumber, header.timestamp, now);
    const admitted = publication.admit(header.sequenceNumber, header.timestamp, now);
    if (isFirst) this.#events.onStarted(publication);
    if (publication.silenced) return 'rtp-silenced';
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

  #forward(publication: Publication, offset: number, payloadLength: number, level: number): void {
    const header = this.#header;
    const { id, index, stretch, relays } = publication;
    if (publication.routes.groups.length === 0 && relays.length === 0) return;
    const packet = rewriteCanonicalHeader(this.#memory.bytes, offset, header, level);
    const headerLength = offset + header.headerLength - packet;
    for (let i = 0; i < relays.length; i++) {
      relays[i]?.sendPacket(id, index, stretch, packet, headerLength, payloadLength);
      if (publication.routes.groups.length >= EARLY_RELAY_GROUPS) relays[i]?.publish();
    }
    publication.numbers.write(this.#memory.bytes, packet, index, header.timestamp, header.marker);
    this.fanOut(publication.routes, packet, headerLength, payloadLength);
  }

  /**
   * Protects a packet for all subscribers of a table and queues it.
   * @param packet offset of the decrypted packet in canonical form
   * @param headerLength octets
   * @param payloadLength octets
   */
  fanOut(routes: RouteTable, packet: number, headerLength: number, payloadLength: number): void {
    const groups = routes.groups.length;
    const stride = (headerLength + payloadLength + TAG_LENGTH + OUTPUT_SPARE + 15) & ~15;
    const most = Math.min(MAX_GROUPS, Math.floor(ARENA_SIZE / (LANES * stride)));
    for (let done = 0; done < groups; done += most) {
      const count = Math.min(most, groups - done);
      const size = count * LANES * stride;
      const room = this.#transmitter.room(size, count * LANES);
      const plan = routes.plan + done * PLAN_ENTRY_SIZE;
      this.#kernel.fanOut(plan, count, packet, headerLength, payloadLength, room, stride);
      this.#transmitter.advance(size);
    }
  }
}
