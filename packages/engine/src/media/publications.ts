import type {
  MediaToControl,
  OpenPublication,
  PublicationId,
  TransportId,
  WorkerIndex,
} from '../contract/messages.js';
import type { CongestionPath } from './congestion-path.js';
import { Publication } from './forward/publication.js';
import type { WorkerMemory } from './memory.js';
import type { RelayPath } from './relay-path.js';
import type { RtcpPath } from './rtcp-path.js';
import { MissingPackets } from './rtp/index.js';
import type { SpeakerSelection } from './speakers/speaker-selection.js';
import type { Transport } from './transport.js';

/** Those who have to know of publications that begin, change and end. */
export interface PublicationsParts {
  readonly memory: WorkerMemory;
  readonly selection: SpeakerSelection;
  readonly congestion: CongestionPath;
  readonly rtcp: RtcpPath;
  readonly relay: RelayPath;
  /** Whether publishers are asked for what is missing. */
  readonly retransmission: boolean;
  /** Finds the publisher's; undefined for one that is closed. */
  readonly transportOf: (id: TransportId) => Transport | undefined;
  /** Sends an event to the control plane. */
  readonly post: (event: MediaToControl) => void;
}

/** What the participants of this worker publish. Messages about one that is closed meanwhile are passed over. */
export class Publications {
  readonly #parts: PublicationsParts;
  readonly #byId = new Map<PublicationId, Publication>();

  constructor(parts: PublicationsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: PublicationId): Publication | undefined {
    return this.#byId.get(id);
  }

  /** @param now ms */
  open(transport: Transport, message: OpenPublication, now: number): void {
    const { memory, congestion, selection } = this.#parts;
    const publication = new Publication(message, memory);
    publication.permit(transport.permissions.publish);
    if (message.feedback.nack) this.#requestFrom(publication);
    this.#byId.set(publication.id, publication);
    transport.publications.push(publication);
    congestion.open(transport, publication, now);
    selection.add(transport.roomId, publication, transport);
  }

  /** Its subscriptions stay, idle, until control closes them or feeds them from elsewhere. */
  close(id: PublicationId): void {
    const publication = this.#byId.get(id);
    if (publication !== undefined) this.#remove(publication);
  }

  closeAllOf(transport: Transport): void {
    for (const publication of [...transport.publications]) this.#remove(publication);
  }

  /** From here on the publisher is asked for what is missing. */
  requestRetransmissions(id: PublicationId): void {
    const publication = this.#byId.get(id);
    if (publication !== undefined) this.#requestFrom(publication);
  }

  /** @param now ms */
  silence(id: PublicationId, silenced: boolean, now: number): void {
    const publication = this.#byId.get(id);
    if (publication === undefined) return;
    publication.silence(silenced);
    this.#parts.selection.hear(publication, now);
  }

  /**
   * Holds what a participant publishes to what its transport permits by now.
   * @param now ms
   */
  permit(transport: Transport, now: number): void {
    for (const publication of transport.publications) {
      publication.permit(transport.permissions.publish);
      this.#parts.selection.hear(publication, now);
    }
  }

  /** @throws Error when there is no link to that worker */
  openRelay(id: PublicationId, worker: WorkerIndex): void {
    this.#byId.get(id)?.relays.push(this.#parts.relay.senderTo(worker));
  }

  closeRelay(id: PublicationId, worker: WorkerIndex): void {
    const relays = this.#byId.get(id)?.relays ?? [];
    const relay = relays.findIndex((sender) => sender.worker === worker);
    if (relay >= 0) relays.splice(relay, 1);
  }

  /**
   * Its first packet has come.
   * @param now ms
   */
  started(publication: Publication, now: number): void {
    const { id, transportId } = publication;
    this.#parts.post({ type: 'publication-started', publicationId: id, transportId });
    this.#parts.selection.hear(publication, now);
  }

  /**
   * Tells control whether it is speech by now.
   * @param now ms
   */
  tellSpeech(publication: Publication, now: number): void {
    const { id, transportId, speech } = publication;
    this.#parts.post({ type: 'speech', publicationId: id, transportId, speaking: speech.speaking });
    publication.isTold = true;
    this.#parts.selection.hear(publication, now);
  }

  #requestFrom(publication: Publication): void {
    if (this.#parts.retransmission) publication.missing ??= new MissingPackets();
  }

  #remove(publication: Publication): void {
    const { rtcp, selection, transportOf } = this.#parts;
    rtcp.endStream(publication);
    selection.remove(publication);
    publication.close();
    this.#byId.delete(publication.id);
    const transport = transportOf(publication.transportId);
    if (transport === undefined) return;
    transport.endedUplink.expected += publication.expected;
    transport.endedUplink.lost += publication.lost;
    transport.publications.splice(transport.publications.indexOf(publication), 1);
    // Who publishes nothing any longer is a listener, whom checks alone keep.
    if (transport.publications.length === 0) transport.mediaAt = 0;
  }
}
