import type { PublicationId, RoomId, WorkerIndex } from '../contract/messages.js';
import { readInt32, readUint8 } from './big-endian.js';
import type { Counters } from './counters.js';
import { RelayedStream } from './forward/relayed-stream.js';
import { SourcePacket } from './forward/source-packet.js';
import type { ForwardPath } from './forward-path.js';
import type { WorkerMemory } from './memory.js';
import { PACKET_PREFACE, RELAYED_GOODBYE, RELAYED_PACKET, RELAYED_SENDER_REPORT } from './relay/records.js';
import { RelaySender, type Waker } from './relay/relay-sender.js';
import { RingReader, RingWriter, recordKind } from './relay/ring.js';
import { SenderReport } from './rtcp/index.js';
import type { RtcpPath } from './rtcp-path.js';
import { MARKER_BIT } from './rtp/index.js';
import { CLAIM_BITS, claimOf } from './speakers/seats.js';
import type { SpeakerSelection } from './speakers/speaker-selection.js';
import { INPUT_SPARE, MAX_HEADER_LENGTH, MAX_PAYLOAD_LENGTH } from './srtp/index.js';

const CLAIM_MASK = (1 << CLAIM_BITS) - 1;

/**
 * What goes from worker to worker: a room that is on several has each publisher's packets, decrypted, brought to the
 * others through a ring in shared memory, and each worker protects them for its own subscribers.
 */
export class RelayPath {
  readonly #memory: WorkerMemory;
  readonly #forwarding: ForwardPath;
  readonly #rtcp: RtcpPath;
  readonly #selection: SpeakerSelection;
  readonly #drops: Counters;
  readonly #waker: Waker;
  readonly #streams = new Map<PublicationId, RelayedStream>();
  readonly #senders = new Map<WorkerIndex, RelaySender>();
  readonly #readers = new Map<WorkerIndex, RingReader>();
  /** The values of the maps, to go through without allocation. */
  #outgoing: readonly RelaySender[] = [];
  #incoming: readonly RingReader[] = [];
  /** Where a packet is brought before it is protected: WebAssembly reads no memory but its own. */
  readonly #slot: number;
  readonly #packet = new SourcePacket();
  readonly #senderReport = new SenderReport();

  constructor(
    memory: WorkerMemory,
    forwarding: ForwardPath,
    rtcp: RtcpPath,
    selection: SpeakerSelection,
    drops: Counters,
    waker: Waker,
  ) {
    this.#memory = memory;
    this.#forwarding = forwarding;
    this.#rtcp = rtcp;
    this.#selection = selection;
    this.#drops = drops;
    this.#waker = waker;
    this.#slot = memory.reserve(MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE);
  }

  /** Takes a ring into use, in the place of an earlier one to or from that worker, which is dead. */
  openLink(worker: WorkerIndex, direction: 'to' | 'from', ring: SharedArrayBuffer): void {
    if (direction === 'to') {
      this.#senders.set(
        worker,
        new RelaySender(worker, new RingWriter(ring), this.#memory, this.#drops, this.#waker),
      );
      this.#outgoing = [...this.#senders.values()];
    } else {
      this.#readers.set(worker, new RingReader(ring));
      this.#incoming = [...this.#readers.values()];
    }
  }

  /** @throws Error when there is no link to that worker */
  senderTo(worker: WorkerIndex): RelaySender {
    const sender = this.#senders.get(worker);
    if (sender === undefined) throw new Error(`there is no link to worker ${worker}`);
    return sender;
  }

  openStream(id: PublicationId, roomId: RoomId): void {
    const stream = new RelayedStream(id, this.#memory);
    this.#streams.set(id, stream);
    this.#selection.add(roomId, stream, null);
  }

  /** How many publications of other workers it holds. */
  get streamCount(): number {
    return this.#streams.size;
  }

  stream(id: PublicationId): RelayedStream | undefined {
    return this.#streams.get(id);
  }

  /** Its subscriptions stay, idle, until control closes them or feeds them from elsewhere. */
  closeStream(id: PublicationId): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#selection.remove(stream);
    this.#rtcp.sayGoodbye(stream);
    stream.close();
    this.#streams.delete(id);
  }

  /**
   * Takes what other workers have published.
   * @param now ms
   * @returns how many records that was
   */
  receive(now: number): number {
    const readers = this.#incoming;
    let count = 0;
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i];
      if (reader !== undefined) count += this.#drain(reader, now);
    }
    return count;
  }

  /** Shows the other workers what there is for them, and wakes those that sleep. */
  flush(): void {
    const senders = this.#outgoing;
    for (let i = 0; i < senders.length; i++) senders[i]?.publish();
  }

  /** @returns whether the worker may sleep now: whatever comes wakes it */
  sleep(): boolean {
    const readers = this.#incoming;
    let nothing = true;
    for (let i = 0; i < readers.length; i++) {
      if (readers[i]?.sleep(this.#waker.wakeDescriptor) === false) nothing = false;
    }
    return nothing;
  }

  awake(): void {
    const readers = this.#incoming;
    for (let i = 0; i < readers.length; i++) readers[i]?.awake();
  }

  #drain(reader: RingReader, now: number): number {
    reader.refresh();
    const { words } = reader;
    let count = 0;
    for (let at = reader.next(); at >= 0; at = reader.next()) {
      count++;
      const stream = this.#streams.get(words[at + 1] ?? 0);
      if (stream !== undefined) this.#take(stream, words, at, now);
      // Opened a moment later, or closed a moment ago: messages go another way than packets.
      else if (recordKind(words[at] ?? 0) === RELAYED_PACKET) this.#drops.count('relay-unknown-publication');
    }
    if (count > 0) reader.release();
    return count;
  }

  #take(stream: RelayedStream, words: Int32Array, at: number, now: number): void {
    switch (recordKind(words[at] ?? 0)) {
      case RELAYED_PACKET:
        this.#takePacket(stream, words, at, now);
        break;
      case RELAYED_SENDER_REPORT:
        this.#takeSenderReport(stream, words, at, now);
        break;
      case RELAYED_GOODBYE:
        this.#rtcp.sayGoodbye(stream);
        break;
    }
  }

  #takePacket(stream: RelayedStream, words: Int32Array, at: number, now: number): void {
    const index = words[at + 2] ?? 0;
    const standing = words[at + 4] ?? 0;
    const lengths = words[at + 3] ?? 0;
    const headerLength = lengths & 0xff;
    const stretch = (lengths >> 8) & 0xff;
    const payloadLength = lengths >> 16;
    const count = (headerLength + payloadLength + 3) >> 2;
    const { bytes, words: memory } = this.#memory;
    const slot = this.#slot;
    for (let i = 0; i < count; i++) memory[(slot >> 2) + i] = words[at + PACKET_PREFACE + i] ?? 0;
    stream.receive(readInt32(bytes, slot + 8), stretch, index, now);
    this.#hear(stream, standing, now);
    const packet = this.#packet;
    packet.index = stream.index;
    packet.timestamp = readInt32(bytes, slot + 4);
    packet.marker = (readUint8(bytes, slot + 1) & MARKER_BIT) !== 0;
    packet.offset = slot;
    packet.headerLength = headerLength;
    packet.payloadLength = payloadLength;
    const dropped = stream.isNeeded ? this.#forwarding.forward(stream, packet, now) : null;
    if (dropped !== null) this.#drops.count(dropped);
  }

  /** What is claimed for the stream on its own worker counts here as well. */
  #hear(stream: RelayedStream, standing: number, now: number): void {
    const claim = claimOf(standing & CLAIM_MASK);
    stream.score = standing >> CLAIM_BITS;
    if (claim === stream.claim) return;
    stream.claim = claim;
    this.#selection.hear(stream, now);
  }

  #takeSenderReport(stream: RelayedStream, words: Int32Array, at: number, now: number): void {
    const report = this.#senderReport;
    report.ntpSeconds = (words[at + 2] ?? 0) >>> 0;
    report.ntpFraction = (words[at + 3] ?? 0) >>> 0;
    report.rtpTimestamp = (words[at + 4] ?? 0) >>> 0;
    this.#rtcp.forwardSenderReport(stream, report, now);
  }
}
