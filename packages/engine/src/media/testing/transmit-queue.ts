import type { WorkerMemory } from '../memory.js';
import {
  DESTINATION_ADDRESS,
  DESTINATION_ADDRESS_LENGTH,
  DESTINATION_RING,
  DESTINATION_SIZE,
} from '../srtp/index.js';
import { writeSocketAddress } from '../udp/socket-address.js';
import { type Merging, type SendMessages, Transmitter } from '../udp/transmitter.js';

/** A transmitter with one ring, for tests of what sends from it. */
export class TransmitQueue {
  readonly #memory: WorkerMemory;
  readonly transmitter: Transmitter;
  readonly ring: number;
  /** What the ring's sender said it took, flush by flush. */
  readonly taken: number[] = [];

  constructor(memory: WorkerMemory, send: SendMessages, merging: Merging | null = null) {
    this.#memory = memory;
    this.transmitter = new Transmitter(memory);
    this.ring = this.transmitter.addRing((messages, count) => {
      const taken = send(messages, count);
      this.taken.push(taken);
      return taken;
    }, merging);
  }

  /** @returns a Destination record */
  destination(family: 'IPv4' | 'IPv6', address: string, port: number): number {
    const { bytes } = this.#memory;
    const record = this.#reserve();
    const length = writeSocketAddress(bytes, record + DESTINATION_ADDRESS, family, address, port);
    this.#memory.view.setUint32(record + DESTINATION_ADDRESS_LENGTH, length, true);
    return record;
  }

  /** @returns a Destination record of a TCP connection */
  connection(number: number): number {
    const record = this.#reserve();
    this.#memory.view.setUint32(record + DESTINATION_ADDRESS_LENGTH, 4, true);
    this.#memory.view.setUint32(record + DESTINATION_ADDRESS, number, true);
    return record;
  }

  queue(destination: number, bytes: Uint8Array): void {
    const room = this.transmitter.room(bytes.length, 1);
    this.#memory.bytes.set(bytes, room);
    this.transmitter.commit(destination, room, bytes.length);
  }

  #reserve(): number {
    const record = this.#memory.reserve(DESTINATION_SIZE);
    this.#memory.view.setUint32(record + DESTINATION_RING, this.ring, true);
    return record;
  }
}
