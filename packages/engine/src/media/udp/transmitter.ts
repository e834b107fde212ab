import type { WorkerMemory } from '../memory.js';
import {
  DESTINATION_ADDRESS,
  DESTINATION_ADDRESS_LENGTH,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  TRANSMIT_RING_CAPACITY,
  TRANSMIT_RING_COUNT,
  TRANSMIT_RING_MESSAGES,
  TRANSMIT_RING_SIZE,
  TRANSMIT_RING_VECTORS,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from '../srtp/layout.js';
import { setPointer } from './batched-sockets.js';
import { MergeArea } from './merge-area.js';

/** Messages that one ring holds between two flushes. */
export const RING_CAPACITY = 4096;
/** Bytes of packets that wait between two flushes, over all rings. */
export const ARENA_SIZE = 4 << 20;

/** Sends messages; the result is how many packets went out, of which a merged message carries several. */
export type SendMessages = (messages: number, count: number) => number;

/** How messages of a ring are merged before they are sent. */
export interface Merging {
  /** Whether what sends them takes merged ones, asked at each flush. */
  readonly isPossible: () => boolean;
  /** See KernelFunctions. */
  readonly mergeMessages: (ring: number, area: number) => number;
}

interface Ring {
  readonly control: number;
  readonly messages: number;
  readonly send: SendMessages;
  readonly merging: Merging | null;
}

/**
 * What is to be sent: packets wait in one arena, and for each socket a ring of message headers points at them.
 * The kernel fills both for media; write() and commit() do for everything else. A flush sends all and empties all.
 */
export class Transmitter {
  readonly #memory: WorkerMemory;
  readonly #arena: number;
  readonly #mergeArea: MergeArea;
  readonly #rings: Ring[] = [];
  #cursor = 0;
  /** Packets and octets handed to the sockets since the start. */
  packetsSent = 0;
  octetsSent = 0;
  /** Packets that a full socket buffer or a socket error refused. */
  packetsRefused = 0;

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
    this.#arena = memory.reserve(ARENA_SIZE);
    this.#mergeArea = new MergeArea(memory, RING_CAPACITY);
  }

  /**
   * @param merging null when each packet has to be a message of its own
   * @returns offset of the new ring's control block, as destinations name it
   */
  addRing(send: SendMessages, merging: Merging | null = null): number {
    const memory = this.#memory;
    const control = memory.reserve(TRANSMIT_RING_SIZE);
    const messages = memory.reserve(RING_CAPACITY * MESSAGE_SIZE);
    const vectors = memory.reserve(RING_CAPACITY * VECTOR_SIZE);
    memory.view.setUint32(control + TRANSMIT_RING_CAPACITY, RING_CAPACITY, true);
    memory.view.setUint32(control + TRANSMIT_RING_MESSAGES, messages, true);
    memory.view.setUint32(control + TRANSMIT_RING_VECTORS, vectors, true);
    for (let i = 0; i < RING_CAPACITY; i++) {
      setPointer(memory, messages + i * MESSAGE_SIZE + MESSAGE_VECTOR, vectors + i * VECTOR_SIZE);
      memory.view.setUint32(messages + i * MESSAGE_SIZE + MESSAGE_VECTOR_COUNT, 1, true);
    }
    this.#rings.push({ control, messages, send, merging });
    return control;
  }

  /**
   * Makes room in the arena, flushing first when it has to.
   * @param size bytes, at most ARENA_SIZE
   * @param messages that one ring may get before the next call
   * @returns offset of the room; it is taken only by advance() or commit()
   */
  room(size: number, messages: number): number {
    if (this.#cursor + size > ARENA_SIZE || this.#fullestRing() + messages > RING_CAPACITY) this.flush();
    return this.#arena + this.#cursor;
  }

  /** Takes `size` bytes of the room for packets whose message headers stand in the rings already. */
  advance(size: number): void {
    this.#cursor += (size + 15) & ~15;
  }

  /**
   * Queues one packet that was written into the room.
   * @param destination offset of a Destination record
   * @param packet offset as room() returned it
   * @param length bytes
   */
  commit(destination: number, packet: number, length: number): void {
    const { words } = this.#memory;
    const ring = words[destination >> 2] ?? 0;
    const count = words[ring >> 2] ?? 0;
    if (ring === 0 || count >= RING_CAPACITY) {
      this.packetsRefused++;
      return;
    }
    const message = (words[(ring + TRANSMIT_RING_MESSAGES) >> 2] ?? 0) + count * MESSAGE_SIZE;
    const vector = (words[(ring + TRANSMIT_RING_VECTORS) >> 2] ?? 0) + count * VECTOR_SIZE;
    setPointer(this.#memory, message + MESSAGE_NAME, destination + DESTINATION_ADDRESS);
    words[(message + MESSAGE_NAME_LENGTH) >> 2] = words[(destination + DESTINATION_ADDRESS_LENGTH) >> 2] ?? 0;
    setPointer(this.#memory, vector + VECTOR_BASE, packet);
    words[(vector + VECTOR_LENGTH) >> 2] = length;
    words[ring >> 2] = count + 1;
    this.advance(length);
  }

  /** Sends everything and empties the arena. */
  flush(): void {
    const { words } = this.#memory;
    for (const ring of this.#rings) {
      const count = words[(ring.control + TRANSMIT_RING_COUNT) >> 2] ?? 0;
      if (count === 0) continue;
      const sent = this.#send(ring, count);
      this.packetsSent += sent;
      this.packetsRefused += count - sent;
      this.#countOctets(ring, count);
      words[(ring.control + TRANSMIT_RING_COUNT) >> 2] = 0;
    }
    this.#cursor = 0;
  }

  /** A single message needs no merging, and that is what most flushes of small rooms are. */
  #send(ring: Ring, count: number): number {
    const { merging } = ring;
    if (merging === null || count === 1 || !merging.isPossible()) return ring.send(ring.messages, count);
    const { offset, messages } = this.#mergeArea;
    return ring.send(messages, merging.mergeMessages(ring.control, offset));
  }

  #countOctets(ring: Ring, count: number): void {
    const { words } = this.#memory;
    const vectors = words[(ring.control + TRANSMIT_RING_VECTORS) >> 2] ?? 0;
    let octets = 0;
    for (let i = 0; i < count; i++) octets += words[(vectors + i * VECTOR_SIZE + VECTOR_LENGTH) >> 2] ?? 0;
    this.octetsSent += octets;
  }

  #fullestRing(): number {
    let fullest = 0;
    for (const ring of this.#rings) fullest = Math.max(fullest, this.#memory.words[ring.control >> 2] ?? 0);
    return fullest;
  }
}
