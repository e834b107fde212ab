import type { PublicationId, WorkerIndex } from '../../contract/messages.js';
import type { Counters } from '../counters.js';
import type { SourcePacket } from '../forward/source-packet.js';
import type { WorkerMemory } from '../memory.js';
import type { SenderReport } from '../rtcp/index.js';
import { type Candidate, CLAIM_BITS } from '../speakers/seats.js';
import {
  GOODBYE_RECORD,
  PACKET_PREFACE,
  RELAYED_GOODBYE,
  RELAYED_PACKET,
  RELAYED_SENDER_REPORT,
  SENDER_REPORT_RECORD,
} from './records.js';
import type { RingWriter } from './ring.js';

/** What a packet is of. */
export interface RelayedSource extends Candidate {
  readonly id: PublicationId;
}

/** How a worker that sleeps is woken by the others. */
export interface Waker {
  /** By which the others wake this worker; 0 for one that never sleeps. */
  readonly wakeDescriptor: number;
  /** Wakes another worker by its descriptor. */
  wake(descriptor: number): void;
}

/** Hands what publishers of this worker send to one other worker. What finds the ring full is dropped and counted. */
export class RelaySender {
  /** The other worker. */
  readonly worker: WorkerIndex;
  readonly #ring: RingWriter;
  readonly #memory: WorkerMemory;
  readonly #drops: Counters;
  readonly #waker: Waker;

  constructor(worker: WorkerIndex, ring: RingWriter, memory: WorkerMemory, drops: Counters, waker: Waker) {
    this.worker = worker;
    this.#ring = ring;
    this.#memory = memory;
    this.#drops = drops;
    this.#waker = waker;
  }

  /** Shows the other worker what there is for it, and wakes it if it sleeps. */
  publish(): void {
    const descriptor = this.#ring.publish();
    if (descriptor !== 0) this.#waker.wake(descriptor);
  }

  /**
   * @param stretch of the publication
   * @param packet a word behind it may be read
   */
  sendPacket(publication: RelayedSource, stretch: number, packet: SourcePacket): void {
    const { index, offset, headerLength, payloadLength } = packet;
    const words = (headerLength + payloadLength + 3) >> 2;
    const at = this.#ring.begin(RELAYED_PACKET, PACKET_PREFACE + words);
    if (at < 0) {
      this.#drops.count('relay-full');
      return;
    }
    const record = this.#ring.words;
    record[at + 1] = publication.id;
    record[at + 2] = index | 0;
    record[at + 3] = headerLength | (stretch << 8) | (payloadLength << 16);
    record[at + 4] = publication.claim | (publication.score << CLAIM_BITS);
    const { view } = this.#memory;
    const first = at + PACKET_PREFACE;
    for (let i = 0; i < words; i++) record[first + i] = view.getInt32(offset + 4 * i, true);
  }

  sendSenderReport(id: PublicationId, report: SenderReport): void {
    const at = this.#begin(RELAYED_SENDER_REPORT, SENDER_REPORT_RECORD, id);
    if (at < 0) return;
    const record = this.#ring.words;
    record[at + 2] = report.ntpSeconds;
    record[at + 3] = report.ntpFraction;
    record[at + 4] = report.rtpTimestamp;
  }

  sendGoodbye(id: PublicationId): void {
    this.#begin(RELAYED_GOODBYE, GOODBYE_RECORD, id);
  }

  #begin(kind: number, length: number, id: PublicationId): number {
    const at = this.#ring.begin(kind, length);
    if (at < 0) this.#drops.count('relay-full');
    else this.#ring.words[at + 1] = id;
    return at;
  }
}
