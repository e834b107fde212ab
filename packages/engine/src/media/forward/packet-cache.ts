import type { WorkerMemory } from '../memory.js';
import { INPUT_SPARE, MAX_HEADER_LENGTH, MAX_PAYLOAD_LENGTH } from '../srtp/index.js';

/** Packets that a cache remembers: more than a second of 10 ms each. A power of two. */
export const CACHED_PACKETS = 128;
/** Octets that they have together, a power of two: a second of speech at 64 kbit/s takes 10,000. */
export const CACHED_OCTETS = 16_384;

/** Where the next packet begins: a multiple, so that copies are aligned. */
const ALIGNMENT = 16;
const PLACE_MASK = CACHED_PACKETS - 1;
const OCTET_MASK = CACHED_OCTETS - 1;
const SIZE = CACHED_OCTETS + INPUT_SPARE;

/**
 * The last packets of a stream as they came: decrypted, with the canonical header and the source's own numbers. They lie
 * in a ring of octets in worker memory, in which each new packet takes the room of the oldest ones; that is allocated with
 * the first packet. Nothing here allocates per packet.
 */
export class PacketCache {
  readonly #memory: WorkerMemory;
  /** Offset of the ring; 0 before the first packet. */
  #ring = 0;
  /**
   * Octets that the ring has taken so far, those included that were left over at its end: it begins at multiples. Like
   * indices this is kept modulo 2^32, as int32, which V8 need not box.
   */
  #taken = 0;
  /** By place, which is the index modulo CACHED_PACKETS. */
  readonly #indices = new Int32Array(CACHED_PACKETS);
  /** What the ring had taken when the packet was put there: later ones are in its room once that is a ring ago. */
  readonly #starts = new Int32Array(CACHED_PACKETS);
  /** 0 where there is no packet. */
  readonly #headerLengths = new Uint8Array(CACHED_PACKETS);
  readonly #payloadLengths = new Uint16Array(CACHED_PACKETS);
  readonly #times = new Float64Array(CACHED_PACKETS);
  /** Place of the packet that was found last. */
  #found = 0;

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
  }

  /**
   * Keeps a copy of a packet. One that is older than what its place holds, or finds no memory, is not kept.
   *
   * @param index as {@link SourceIndex} gives it
   * @param packet offset of the decrypted packet in canonical form
   * @param headerLength octets, at most MAX_HEADER_LENGTH
   * @param payloadLength octets, at most MAX_PAYLOAD_LENGTH
   * @param now ms
   * @throws RangeError when it is longer than that
   */
  store(index: number, packet: number, headerLength: number, payloadLength: number, now: number): void {
    if (headerLength > MAX_HEADER_LENGTH || payloadLength > MAX_PAYLOAD_LENGTH) {
      throw new RangeError(`a packet of ${headerLength} and ${payloadLength} octets is too long`);
    }
    const place = index & PLACE_MASK;
    const isTaken = (this.#headerLengths[place] ?? 0) > 0;
    if (isTaken && ((index - (this.#indices[place] ?? 0)) | 0) < 0) return;
    if (!this.#prepare()) return;
    const start = this.#take(headerLength + payloadLength);
    const target = this.#offsetOf(start);
    this.#copy(packet, target, headerLength + payloadLength);
    this.#indices[place] = index;
    this.#starts[place] = start;
    this.#headerLengths[place] = headerLength;
    this.#payloadLengths[place] = payloadLength;
    this.#times[place] = now;
  }

  /**
   * Looks for a packet, which the properties below then describe, till the next call of any method.
   * @returns whether it is there
   */
  find(index: number): boolean {
    const place = index & PLACE_MASK;
    if (this.#headerLengths[place] === 0 || this.#indices[place] !== (index | 0)) return false;
    if (((this.#taken - (this.#starts[place] ?? 0)) | 0) > CACHED_OCTETS) return false;
    this.#found = place;
    return true;
  }

  /** Offset of the packet in worker memory; INPUT_SPARE octets behind it may be read. */
  get packet(): number {
    return this.#offsetOf(this.#starts[this.#found] ?? 0);
  }

  /** Octets. */
  get headerLength(): number {
    return this.#headerLengths[this.#found] ?? 0;
  }

  /** Octets. */
  get payloadLength(): number {
    return this.#payloadLengths[this.#found] ?? 0;
  }

  /** When it was stored, ms. */
  get storedAt(): number {
    return this.#times[this.#found] ?? 0;
  }

  /** Forgets all and gives the memory back; the next packet that is stored takes it again. */
  release(): void {
    if (this.#ring === 0) return;
    this.#memory.free(this.#ring, SIZE);
    this.#ring = 0;
    this.#taken = 0;
    this.#headerLengths.fill(0);
  }

  /** @returns whether there is a ring */
  #prepare(): boolean {
    if (this.#ring === 0) this.#ring = this.#memory.allocate(SIZE);
    return this.#ring !== 0;
  }

  /** Takes room for a packet in one piece. @returns where that begins */
  #take(length: number): number {
    const rounded = (length + ALIGNMENT - 1) & -ALIGNMENT;
    const left = CACHED_OCTETS - (this.#taken & OCTET_MASK);
    const start = rounded <= left ? this.#taken : (this.#taken + left) | 0;
    this.#taken = (start + rounded) | 0;
    return start;
  }

  /** Word by word: copyWithin() allocates. */
  #copy(packet: number, target: number, length: number): void {
    const { view, words } = this.#memory;
    const first = target >> 2;
    const count = (length + 3) >> 2;
    for (let i = 0; i < count; i++) words[first + i] = view.getInt32(packet + 4 * i, true);
  }

  #offsetOf(start: number): number {
    return this.#ring + (start & OCTET_MASK);
  }
}
