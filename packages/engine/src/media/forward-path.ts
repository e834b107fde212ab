import type { DropReason } from './drop-reason.js';
import type { FanOut } from './fan-out.js';
import type { ForwardedStream } from './forward/forwarded-stream.js';
import { SourcePacket } from './forward/source-packet.js';
import type { SourceStream } from './forward/source-stream.js';
import type { WorkerMemory } from './memory.js';
import { INPUT_SPARE, MAX_HEADER_LENGTH, MAX_PAYLOAD_LENGTH } from './srtp/index.js';

/**
 * From a participant's packet, decrypted and canonical, to all whom it goes to: other workers, the subscribers of the
 * stream, and those of the slot that it feeds. Nothing here allocates per packet.
 */
export class ForwardPath {
  readonly #memory: WorkerMemory;
  readonly #subscribers: FanOut;
  /** A packet from the cache, and room for it. */
  readonly #earlier = new SourcePacket();
  readonly #room: number;

  constructor(memory: WorkerMemory, subscribers: FanOut) {
    this.#memory = memory;
    this.#subscribers = subscribers;
    this.#room = memory.reserve(MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE);
  }

  /**
   * Takes a packet of a stream, into which numbers are written. Who has got a seat since the one before is heard from a
   * little earlier on.
   * @param now ms
   * @returns why it does not go to all, or null
   */
  forward(stream: SourceStream, packet: SourcePacket, now: number): DropReason | null {
    const { index, offset, headerLength, payloadLength } = packet;
    stream.cache.store(index, offset, headerLength, payloadLength, now);
    if (!stream.hasPreroll) return this.#send(stream, packet, now);
    const first = stream.takePreroll(now);
    const { receivedIndex } = stream;
    let dropped: DropReason | null = null;
    // A packet that was overtaken may be from before the pre-roll: what lies between has long been past.
    for (let i = Math.min(first, index); i <= receivedIndex; i++) {
      if (i === index) dropped = this.#send(stream, packet, now);
      else if (i >= first && stream.cache.find(i)) this.#sendEarlier(stream, i);
    }
    return dropped;
  }

  #send(stream: SourceStream, packet: SourcePacket, now: number): DropReason | null {
    const dropped = stream.suppressed ? 'rtp-not-seated' : this.#sendOwn(stream, packet, now);
    if (stream.slot === null) return dropped;
    const slotted = this.#sendTo(stream.slot, packet, now);
    stream.slotted(packet.index);
    return slotted ? null : dropped;
  }

  #sendOwn(stream: SourceStream, packet: SourcePacket, now: number): DropReason | null {
    if (!stream.admit(packet.index, packet.timestamp, now)) return 'rtp-older-than-route';
    stream.relay(packet);
    return this.#fanOut(stream, packet, now);
  }

  /** Sends a packet that came before the stream had its seat to whoever has not got it. */
  #sendEarlier(stream: SourceStream, index: number): void {
    const packet = this.#earlier;
    const arrivedAt = stream.cache.storedAt;
    packet.copyFound(this.#memory, stream.cache, index, this.#room);
    if (!stream.suppressed) {
      if (stream.isNewToRelays(index)) stream.relay(packet);
      if (stream.isNew(index)) this.#sendTo(stream, packet, arrivedAt);
    }
    if (stream.slot === null || !stream.isNewToSlot(index)) return;
    this.#sendTo(stream.slot, packet, arrivedAt);
    stream.slotted(index);
  }

  #sendTo(stream: ForwardedStream, packet: SourcePacket, now: number): boolean {
    if (!stream.admit(packet.index, packet.timestamp, now)) return false;
    this.#fanOut(stream, packet, now);
    return true;
  }

  /** @returns why it is not sent to some, or null */
  #fanOut(stream: ForwardedStream, packet: SourcePacket, now: number): DropReason | null {
    const { index, timestamp, marker, offset, headerLength, payloadLength } = packet;
    stream.numbers.write(this.#memory.bytes, offset, index, timestamp, marker);
    return this.#subscribers.send(stream, index, offset, headerLength, payloadLength, now);
  }
}
