import type { PublicationId } from '../../contract/messages.js';
import type { WorkerMemory } from '../memory.js';
import { type Candidate, type Claim, SPEECH_CLAIM } from '../speakers/seats.js';
import { ForwardedStream } from './forwarded-stream.js';
import { CACHED_PACKETS, PacketCache } from './packet-cache.js';
import type { SlotStream } from './slot-stream.js';
import type { SourcePacket } from './source-packet.js';

/**
 * Milliseconds of what a speaker has sent before the seat came that are sent first then: longer than it takes to be
 * found speaking.
 */
export const PREROLL_DURATION = 300;

/** The packet that came has index 0, and those before it none. */
const NOTHING_YET = 0;

/**
 * A stream that comes from one participant, of this worker ({@link Publication}) or of another one
 * ({@link RelayedStream}). In a room that forwards only its speakers it is a candidate for the seats: while it is
 * *suppressed*, it is received as ever and goes to none of its subscribers, and who sits on a seat feeds its slot besides.
 */
export abstract class SourceStream extends ForwardedStream implements Candidate {
  readonly id: PublicationId;
  /** The SSRC that packets come with, int32; null before the first. */
  ssrc: number | null = null;
  /** When the last packet came, ms; 0 before the first. */
  arrivedAt = 0;
  /** Index of the packet that came last. */
  index = NOTHING_YET;
  /** That of the newest packet. */
  receivedIndex = NOTHING_YET;
  /** The last packets, whether or not they were forwarded. */
  override readonly cache: PacketCache;
  /** Whether seats may be had in its room: then packets are kept for when it gets one. */
  isCandidate = false;
  /** Where who has its seat is heard besides; null without a seat, and where there are no slots. */
  slot: SlotStream | null = null;
  /** Index of the newest packet that a slot was given. */
  #slottedIndex = NOTHING_YET;
  /** Whether it has a seat since the last packet, so that what came before is to be sent first. */
  #hasPreroll = false;
  #suppressed = false;

  constructor(id: PublicationId, memory: WorkerMemory) {
    super(memory);
    this.id = id;
    this.cache = new PacketCache(memory);
  }

  abstract get claim(): Claim;
  abstract get score(): number;
  /**
   * Sees whether packets have stopped for so long that it claims less; to be called now and then.
   * @param now ms
   * @returns whether the claim may have changed
   */
  abstract tick(now: number): boolean;
  /** When {@link tick} is to be called next unless another packet comes, ms; infinite when nothing will change. */
  abstract get dueAt(): number;

  /** Whether it goes to none of its subscribers. */
  get suppressed(): boolean {
    return this.#suppressed;
  }

  /** Whether a packet of it is of use to anybody, now or later. */
  get isNeeded(): boolean {
    return this.isCandidate || this.hasRoutes;
  }

  get hasPreroll(): boolean {
    return this.#hasPreroll;
  }

  /** Goes to its subscribers no longer, or again: numbers continue without a gap, timestamps are the source's. */
  suppress(suppressed: boolean): void {
    if (suppressed === this.#suppressed) return;
    this.#suppressed = suppressed;
    if (suppressed) this.pause();
  }

  /** It has a seat from here on: who speaks is heard from a little before that. */
  sit(slot: SlotStream | null): void {
    this.slot = slot;
    this.#hasPreroll = this.claim === SPEECH_CLAIM;
  }

  /** It has its seat no longer. */
  rise(): void {
    this.slot = null;
    this.#hasPreroll = false;
  }

  /**
   * Ends the pre-roll, which the caller sends.
   * @param now ms
   * @returns index of its first packet; one beyond the newest when all that came is older
   */
  takePreroll(now: number): number {
    this.#hasPreroll = false;
    const newest = this.receivedIndex;
    let first = newest + 1;
    const end = Math.max(newest - CACHED_PACKETS, NOTHING_YET);
    for (let index = newest; index > end; index--) {
      if (!this.cache.find(index)) continue;
      if (now - this.cache.storedAt > PREROLL_DURATION) break;
      first = index;
    }
    return first;
  }

  /** Whether the slot has not got a packet yet, on this seat or an earlier one. */
  isNewToSlot(index: number): boolean {
    return this.slot?.isNew(index) === true && index > this.#slottedIndex;
  }

  slotted(index: number): void {
    if (index > this.#slottedIndex) this.#slottedIndex = index;
  }

  /** Hands a packet on to other workers; what is relayed already goes no further. */
  relay(_packet: SourcePacket): void {}

  /** Whether the other workers have not got a packet yet. */
  isNewToRelays(_index: number): boolean {
    return false;
  }

  override close(): void {
    super.close();
    this.cache.release();
  }

  /** The packet that comes now is of another source; its SSRC is an int32. */
  protected changeSource(ssrc: number): void {
    this.ssrc = ssrc;
    this.cache.release();
    this.startSource();
    this.slot?.startSource();
  }

  /** Packets are missing from here to the next one that is to leave no gap. */
  protected leaveOut(): void {
    this.cache.release();
    this.pause();
    this.slot?.pause();
  }

  /**
   * Takes note of a packet.
   * @param now ms
   */
  protected arrived(index: number, now: number): void {
    this.index = index;
    if (index > this.receivedIndex) this.receivedIndex = index;
    this.arrivedAt = now;
    this.saidGoodbye = false;
  }
}
