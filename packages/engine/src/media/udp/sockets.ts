import type { CappedBuffer } from '../../contract/messages.js';
import type { WorkerDescriptors } from '../../contract/worker-options.js';
import type { WorkerMemory } from '../memory.js';

/**
 * What the data path needs from UDP, whichever system calls stand behind it. Datagrams are received into the
 * worker's memory and sent from it; both ends go by batch.
 */
export interface DatagramSockets {
  /** The sockets, in the order of the addresses that were bound; their place here is their index. */
  readonly addresses: readonly BoundAddress[];
  /** The batch that receive() fills. */
  readonly batch: ReceiveBatch;
  /**
   * Takes what has arrived, at most one batch, without waiting.
   * @returns how many datagrams of the batch are filled
   */
  receive(socketIndex: number): number;
  /**
   * Sends messages, without waiting. Where takesMerged() says so, a message may carry several datagrams, a vector each.
   * @param messages offset of the first `mmsghdr`
   * @param count how many messages
   * @returns how many datagrams the kernel took; the rest met a full socket buffer or an error
   */
  send(socketIndex: number, messages: number, count: number): number;
  /** Whether send() takes messages of several datagrams (UDP generic segmentation offload). */
  takesMerged(socketIndex: number): boolean;
  /**
   * Sleeps until a socket is readable, the event loop has work or the time is over.
   * @param timeout milliseconds, at least 0
   * @returns true when the event loop has to run before the next wait
   */
  wait(timeout: number): boolean;
  /**
   * Sleeps for a while, whatever comes.
   * @param time microseconds
   */
  pause(time: number): void;
  /** Whether receive() is worth a call after wait(). */
  isReadable(socketIndex: number): boolean;
  /** By which other threads end the sleep of wait(), with wake(); 0 where wait() does not sleep. */
  readonly wakeDescriptor: number;
  /** Ends the sleep of another thread. @param descriptor its wakeDescriptor */
  wake(descriptor: number): void;
  /** What stays open in the process should the thread die; null where nothing does. */
  readonly descriptors: WorkerDescriptors | null;
  /** Buffers that the system made smaller than was asked. */
  readonly cappedBuffers: readonly CappedBuffer[];
  /** Datagrams since the start that found the receive buffer full, as far as the system tells. */
  readonly datagramsLost: number;
  close(): void;
}

export interface BoundAddress {
  readonly family: 'IPv4' | 'IPv6';
  readonly address: string;
  readonly port: number;
}

/** Datagrams that one receive() takes at most. */
export const RECEIVE_BATCH = 64;
/** Bytes of a datagram that are kept; a longer one is cut and dropped: no peer that keeps to an MTU sends it. */
export const MAX_DATAGRAM = 1500;
/** Distance of the slots; what lies behind a datagram is room for vector reads past its end. */
const SLOT = 2048;
/** Room for a sockaddr_in6. */
const ADDRESS_SLOT = 32;

/** The places in memory that datagrams and their source addresses are received into. */
export class ReceiveBatch {
  readonly #slots: number;
  readonly #addresses: number;
  /** Length of each datagram; greater than MAX_DATAGRAM says that it was cut. */
  readonly lengths = new Int32Array(RECEIVE_BATCH);

  constructor(memory: WorkerMemory) {
    this.#slots = memory.reserve(RECEIVE_BATCH * SLOT);
    this.#addresses = memory.reserve(RECEIVE_BATCH * ADDRESS_SLOT);
  }

  /** @returns offset of the i-th datagram */
  datagram(i: number): number {
    return this.#slots + i * SLOT;
  }

  /** @returns offset of the i-th datagram's source, a `sockaddr_in` or `sockaddr_in6` */
  address(i: number): number {
    return this.#addresses + i * ADDRESS_SLOT;
  }
}

/** A socket that cannot be had; `code` is the system's name of the error: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export class SocketError extends Error {
  constructor(
    readonly code: string,
    address: string,
    port: number,
  ) {
    super(`${address} port ${port}: ${code}`);
    this.name = 'SocketError';
  }
}
