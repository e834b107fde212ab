import type { WorkerMemory } from '../memory.js';
import {
  BLOCK_HEADER_LENGTH,
  MAX_BLOCK_LENGTH,
  MAX_TIMESTAMP_OFFSET,
  PRIMARY_HEADER_LENGTH,
  type RedundantPayload,
} from '../rtp/index.js';
import { MAX_HEADER_LENGTH, TAG_LENGTH } from '../srtp/index.js';

/** Earlier packets that go along with each: a loss of two in a row is made good. */
export const COMPOSED_BLOCKS = 2;
/** The MTU that is reckoned with, which is that of IPv6 at least, and the headers of IPv6 and UDP. */
const MTU = 1280;
const NETWORK_HEADERS = 48;
/** Octets of a payload to which redundancy is added: with it the packet keeps to the MTU. */
export const MAX_COMPOSED_LENGTH = MTU - NETWORK_HEADERS - MAX_HEADER_LENGTH - TAG_LENGTH;

/** Payloads that are remembered: those before, and some that came late or were overtaken. */
const PLACES = 4;
const PLACE_SIZE = 1024;
const SIZE = PLACES * PLACE_SIZE;
const EMPTY = 0;

/** The last payloads of a stream by their timestamps, in worker memory, from which redundancy is composed. */
export class RedundancyHistory {
  readonly #memory: WorkerMemory;
  /** Offset; 0 while nothing is remembered. */
  #places = 0;
  readonly #timestamps = new Int32Array(PLACES);
  readonly #lengths = new Uint16Array(PLACES);

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
  }

  /**
   * Remembers a payload; without memory, or when it is too long for a redundant block, it does not.
   * @param timestamp int32
   * @param offset and length of the payload, without padding
   */
  store(timestamp: number, offset: number, length: number): void {
    if (length > MAX_BLOCK_LENGTH) return;
    if (this.#places === 0) this.#places = this.#memory.allocate(SIZE);
    const place = this.#places === 0 ? -1 : this.#placeFor(timestamp);
    if (place < 0) return;
    this.#timestamps[place] = timestamp;
    this.#lengths[place] = length;
    this.#memory.bytes.copyWithin(this.#places + place * PLACE_SIZE, offset, offset + length);
  }

  /**
   * Adds the payloads just before a packet to the blocks of its redundancy, oldest first, as far as limits allow.
   * @param timestamp of the packet, int32
   * @param payload with its primary block, and no redundant ones yet
   */
  addBlocks(timestamp: number, payload: RedundantPayload): void {
    let room = MAX_COMPOSED_LENGTH - PRIMARY_HEADER_LENGTH - payload.primaryLength;
    let oldest = -1;
    let second = -1;
    let age = 0;
    for (let count = 0; count < COMPOSED_BLOCKS; count++) {
      const place = this.#nextOlder(timestamp, age);
      if (place < 0) break;
      room -= BLOCK_HEADER_LENGTH + (this.#lengths[place] ?? 0);
      if (room < 0) break;
      second = oldest;
      oldest = place;
      age = this.#ageOf(place, timestamp);
    }
    if (oldest >= 0) this.#addBlock(oldest, timestamp, payload);
    if (second >= 0) this.#addBlock(second, timestamp, payload);
  }

  /** What was remembered is of another source, or from before a silence. */
  forget(): void {
    this.#lengths.fill(EMPTY);
  }

  /** Forgets all and gives the memory back. */
  release(): void {
    this.forget();
    if (this.#places !== 0) this.#memory.free(this.#places, SIZE);
    this.#places = 0;
  }

  #addBlock(place: number, timestamp: number, payload: RedundantPayload): void {
    const offset = this.#places + place * PLACE_SIZE;
    payload.add(payload.primaryPayloadType, this.#ageOf(place, timestamp), offset, this.#lengths[place] ?? 0);
  }

  /** @returns the place of the youngest payload that is older than `age` ticks before the timestamp, or -1 */
  #nextOlder(timestamp: number, age: number): number {
    let found = -1;
    let foundAge = MAX_TIMESTAMP_OFFSET + 1;
    for (let place = 0; place < PLACES; place++) {
      const candidate = this.#ageOf(place, timestamp);
      if (this.#lengths[place] === EMPTY || candidate <= age || candidate >= foundAge) continue;
      found = place;
      foundAge = candidate;
    }
    return found;
  }

  /** @returns a free place, or that of the oldest payload; -1 when this one is older or there already */
  #placeFor(timestamp: number): number {
    let oldest = -1;
    let oldestAge = 0;
    for (let place = 0; place < PLACES; place++) {
      if (this.#lengths[place] === EMPTY) return place;
      const age = this.#ageOf(place, timestamp);
      if (age === 0) return -1;
      if (age <= oldestAge) continue;
      oldest = place;
      oldestAge = age;
    }
    return oldest;
  }

  /** @returns ticks by which a payload is older than this timestamp; negative: younger */
  #ageOf(place: number, timestamp: number): number {
    return (timestamp - (this.#timestamps[place] ?? 0)) | 0;
  }
}
