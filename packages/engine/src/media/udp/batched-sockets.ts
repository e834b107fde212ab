import type { CappedBuffer } from '../../contract/messages.js';
import type { WorkerDescriptors } from '../../contract/worker-options.js';
import type { WorkerMemory } from '../memory.js';
import {
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from '../srtp/layout.js';
import { eventLoopDescriptor } from './event-loop.js';
import * as libc from './libc.js';
import { findCappedBuffers, openSocket, readReceiveDrops } from './media-socket.js';
import { MessageSender } from './message-sender.js';
import {
  type BoundAddress,
  type DatagramSockets,
  MAX_DATAGRAM,
  RECEIVE_BATCH,
  ReceiveBatch,
} from './sockets.js';
import { WakeEvent } from './wake-event.js';

/** Longest sleep, in ms, where the event loop cannot end it: what a control message may be late. */
const BLIND_SLEEP = 2;
/** sizeof(sockaddr_in6), the longest address that comes in. */
const ADDRESS_LENGTH = 28;
const MSG_TRUNC = 0x20;

/** UDP by recvmmsg(2) and sendmmsg(2), sleep by poll(2). */
export class BatchedSockets implements DatagramSockets {
  readonly addresses: readonly BoundAddress[];
  readonly batch: ReceiveBatch;
  readonly #calls: libc.LibC;
  readonly #memory: WorkerMemory;
  readonly #descriptors: number[] = [];
  readonly #wakeEvent: WakeEvent;
  readonly #senders: readonly MessageSender[];
  readonly #loopDescriptor: number | null;
  readonly #messages: number;
  readonly #pollfds: number;
  readonly #pollCount: number;
  /** Messages of the last receive call. */
  #filled = RECEIVE_BATCH;

  /**
   * Binds one socket per address, all on the same port.
   * @param inheritedWake wake descriptor of the dead thread that this one replaces, or null
   * @throws SocketError when one cannot be bound; none stays open then
   */
  constructor(
    calls: libc.LibC,
    memory: WorkerMemory,
    bind: readonly { readonly family: 'IPv4' | 'IPv6'; readonly address: string }[],
    port: number,
    inheritedWake: number | null = null,
  ) {
    this.#calls = calls;
    this.#memory = memory;
    try {
      for (const { family, address } of bind)
        this.#descriptors.push(openSocket(calls, family, address, port));
    } catch (error) {
      this.#closeDescriptors();
      throw error;
    }
    this.addresses = bind.map(({ family, address }) => ({ family, address, port }));
    this.#senders = this.#descriptors.map((descriptor) => new MessageSender(calls, memory, descriptor));
    this.batch = new ReceiveBatch(memory);
    this.#messages = prepareMessages(memory, this.batch);
    this.#wakeEvent = new WakeEvent(calls, memory, inheritedWake);
    this.#loopDescriptor = eventLoopDescriptor();
    const polled = [...this.#descriptors, this.#wakeEvent.descriptor];
    if (this.#loopDescriptor !== null) polled.push(this.#loopDescriptor);
    this.#pollCount = polled.length;
    this.#pollfds = memory.reserve(polled.length * libc.POLLFD_SIZE);
    polled.forEach((descriptor, i) => {
      memory.view.setInt32(this.#pollfds + i * libc.POLLFD_SIZE, descriptor, true);
      memory.view.setInt16(this.#pollfds + i * libc.POLLFD_SIZE + 4, libc.POLLIN, true);
    });
  }

  receive(socketIndex: number): number {
    const { view } = this.#memory;
    const descriptor = this.#descriptors[socketIndex] ?? -1;
    // The kernel wrote the length of each address that it filled in.
    for (let i = 0; i < this.#filled; i++) {
      view.setUint32(this.#messages + i * MESSAGE_SIZE + MESSAGE_NAME_LENGTH, ADDRESS_LENGTH, true);
    }
    const first = this.#memory.baseAddress + this.#messages;
    const count = this.#calls.recvmmsg(descriptor, first, RECEIVE_BATCH, libc.MSG_DONTWAIT, 0);
    if (count < 0) this.#expectOpen();
    for (let i = 0; i < count; i++) {
      const message = this.#messages + i * MESSAGE_SIZE;
      const cut = (view.getInt32(message + libc.MESSAGE_FLAGS, true) & MSG_TRUNC) !== 0;
      this.batch.lengths[i] = cut ? MAX_DATAGRAM + 1 : view.getUint32(message + libc.MESSAGE_LENGTH, true);
    }
    this.#filled = Math.max(count, 0);
    return this.#filled;
  }

  send(socketIndex: number, messages: number, count: number): number {
    return this.#senders[socketIndex]?.send(messages, count) ?? 0;
  }

  takesMerged(socketIndex: number): boolean {
    return this.#senders[socketIndex]?.takesMerged ?? false;
  }

  get cappedBuffers(): readonly CappedBuffer[] {
    const [first] = this.#descriptors;
    return first === undefined ? [] : findCappedBuffers(this.#calls, first);
  }

  get datagramsLost(): number {
    let lost = 0;
    for (const descriptor of this.#descriptors) lost += readReceiveDrops(this.#calls, descriptor);
    return lost;
  }

  wait(timeout: number): boolean {
    const bounded = this.#loopDescriptor === null ? Math.min(timeout, BLIND_SLEEP) : timeout;
    const ready = this.#calls.poll(this.#memory.baseAddress + this.#pollfds, this.#pollCount, bounded);
    if (ready < 0) this.#clearReadiness();
    if (ready > 0) this.#expectValid();
    if (this.#returnedEvents(this.#descriptors.length) !== 0) this.#wakeEvent.clear();
    if (this.#loopDescriptor === null) return true;
    return this.#returnedEvents(this.#pollCount - 1) !== 0;
  }

  pause(time: number): void {
    this.#calls.usleep(time);
  }

  isReadable(socketIndex: number): boolean {
    return this.#returnedEvents(socketIndex) !== 0;
  }

  get wakeDescriptor(): number {
    return this.#wakeEvent.descriptor;
  }

  wake(descriptor: number): void {
    this.#wakeEvent.wake(descriptor);
  }

  get descriptors(): WorkerDescriptors {
    return { sockets: [...this.#descriptors], wake: this.wakeDescriptor };
  }

  close(): void {
    this.#wakeEvent.close();
    this.#closeDescriptors();
  }

  #returnedEvents(index: number): number {
    return this.#memory.view.getInt16(this.#pollfds + index * libc.POLLFD_SIZE + 6, true);
  }

  /**
   * A descriptor that somebody else has closed is readable for ever and delivers nothing.
   * @throws Error then: a new thread with new sockets takes this one's place
   */
  #expectValid(): void {
    for (let i = 0; i < this.#pollCount; i++) {
      if ((this.#returnedEvents(i) & libc.POLLNVAL) !== 0) {
        throw new Error(`descriptor ${i} of those that are polled is closed`);
      }
    }
  }

  /** The number may have become something else's meanwhile. @throws Error when it is no socket any more */
  #expectOpen(): void {
    const error = this.#calls.errno();
    if (error === libc.EBADF || error === libc.ENOTSOCK)
      throw new Error(`a media socket is gone: error ${error}`);
  }

  #clearReadiness(): void {
    for (let i = 0; i < this.#pollCount; i++) {
      this.#memory.view.setInt16(this.#pollfds + i * libc.POLLFD_SIZE + 6, 0, true);
    }
  }

  #closeDescriptors(): void {
    for (const descriptor of this.#descriptors) this.#calls.close(descriptor);
    this.#descriptors.length = 0;
  }
}

/** Lays out the receive batch's message headers once; only lengths change from call to call. */
function prepareMessages(memory: WorkerMemory, batch: ReceiveBatch): number {
  const messages = memory.reserve(RECEIVE_BATCH * MESSAGE_SIZE);
  const vectors = memory.reserve(RECEIVE_BATCH * VECTOR_SIZE);
  for (let i = 0; i < RECEIVE_BATCH; i++) {
    const message = messages + i * MESSAGE_SIZE;
    const vector = vectors + i * VECTOR_SIZE;
    setPointer(memory, message + MESSAGE_NAME, batch.address(i));
    setPointer(memory, message + MESSAGE_VECTOR, vector);
    memory.view.setUint32(message + MESSAGE_VECTOR_COUNT, 1, true);
    setPointer(memory, vector + VECTOR_BASE, batch.datagram(i));
    memory.view.setUint32(vector + VECTOR_LENGTH, MAX_DATAGRAM, true);
  }
  return messages;
}

/** Writes the absolute address of `target` as a 64-bit pointer. */
export function setPointer(memory: WorkerMemory, at: number, target: number): void {
  memory.view.setBigUint64(at, BigInt(memory.baseAddress + target), true);
}
