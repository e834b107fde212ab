/**
 * One UDP socket per participant, through the C library: a receive call takes a whole
 * batch, so that the generator's cost does not hide the engine's. Batches and the send slot are shared by all
 * sockets of the process.
 */

import { toNanoseconds } from './clock.js';
import {
  AF_INET,
  CONTROL_HEADER_SIZE,
  CONTROL_TYPE,
  type LibC,
  loadLibC,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_LENGTH,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  MSG_DONTWAIT,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from './engine-modules.js';

export const RECEIVE_BATCH = 64;
export const MAX_DATAGRAM = 1500;
export const SOCKADDR_IN_LENGTH = 16;
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const LOOPBACK = '127.0.0.1';
const ANY_ADDRESS = '0.0.0.0';

/** Time stamps by the kernel: socket(7). The option and the type of its control message have the same number. */
const SO_TIMESTAMPNS = 35;
/** struct cmsghdr and struct timespec, in octets. */
const CONTROL_SIZE = 32;

/** The memory that system calls read and write. Its buffers are fields, so that they live as long as it does. */
export class SocketMemory {
  readonly libc: LibC = loadLibC();
  /** Received datagrams, MAX_DATAGRAM octets each. */
  readonly received = Buffer.allocUnsafeSlow(RECEIVE_BATCH * MAX_DATAGRAM);
  readonly receiveHeaders = Buffer.from(new ArrayBuffer(RECEIVE_BATCH * MESSAGE_SIZE));
  readonly #receiveVectors = Buffer.alloc(RECEIVE_BATCH * VECTOR_SIZE);
  readonly sent = Buffer.allocUnsafeSlow(MAX_DATAGRAM);
  readonly #sendHeader = Buffer.alloc(MESSAGE_SIZE);
  readonly #sendVector = Buffer.alloc(VECTOR_SIZE);
  readonly #destination = Buffer.alloc(SOCKADDR_IN_LENGTH);
  /** The same as 32-bit words, which are cheaper to read than octets. */
  readonly #receiveHeaderWords = new Int32Array(this.receiveHeaders.buffer);
  readonly receiveHeadersAddress: number;
  readonly #sendHeaderAddress: number;

  /** Whether the kernel stamps received datagrams with the time. */
  readonly hasTimestamps: boolean;
  /** Control messages, one to each received datagram. */
  readonly #controls = new Int32Array((RECEIVE_BATCH * CONTROL_SIZE) / 4);

  /** @param hasTimestamps costs whoever sends over loopback a little, so only where latency is measured */
  constructor(hasTimestamps = false) {
    this.hasTimestamps = hasTimestamps;
    const addressOf = (bytes: Uint8Array) => BigInt(this.libc.addressOf(bytes));
    const received = addressOf(this.received);
    const vectors = addressOf(this.#receiveVectors);
    const controls = addressOf(new Uint8Array(this.#controls.buffer));
    for (let i = 0; i < RECEIVE_BATCH; i++) {
      this.#receiveVectors.writeBigUInt64LE(
        received + BigInt(i * MAX_DATAGRAM),
        i * VECTOR_SIZE + VECTOR_BASE,
      );
      this.#receiveVectors.writeBigUInt64LE(BigInt(MAX_DATAGRAM), i * VECTOR_SIZE + VECTOR_LENGTH);
      this.receiveHeaders.writeBigUInt64LE(
        vectors + BigInt(i * VECTOR_SIZE),
        i * MESSAGE_SIZE + MESSAGE_VECTOR,
      );
      this.receiveHeaders.writeBigUInt64LE(1n, i * MESSAGE_SIZE + MESSAGE_VECTOR_COUNT);
      if (!hasTimestamps) continue;
      this.receiveHeaders.writeBigUInt64LE(
        controls + BigInt(i * CONTROL_SIZE),
        i * MESSAGE_SIZE + MESSAGE_CONTROL,
      );
    }
    this.#sendVector.writeBigUInt64LE(addressOf(this.sent), VECTOR_BASE);
    this.#sendHeader.writeBigUInt64LE(addressOf(this.#destination), MESSAGE_NAME);
    this.#sendHeader.writeUInt32LE(SOCKADDR_IN_LENGTH, MESSAGE_NAME_LENGTH);
    this.#sendHeader.writeBigUInt64LE(addressOf(this.#sendVector), MESSAGE_VECTOR);
    this.#sendHeader.writeBigUInt64LE(1n, MESSAGE_VECTOR_COUNT);
    this.receiveHeadersAddress = this.libc.addressOf(this.receiveHeaders);
    this.#sendHeaderAddress = this.libc.addressOf(this.#sendHeader);
  }

  /** @returns octets of the i-th received datagram */
  receivedLength(i: number): number {
    return this.#receiveHeaderWords[(i * MESSAGE_SIZE + MESSAGE_LENGTH) / 4] ?? 0;
  }

  /** @returns when the kernel had the i-th received datagram, ns since the process's own epoch; 0 when it does not tell */
  receivedAt(i: number): number {
    const at = (i * CONTROL_SIZE) / 4;
    if (this.#controls[at + CONTROL_TYPE / 4] !== SO_TIMESTAMPNS) return 0;
    return toNanoseconds(this.#controls, at + CONTROL_HEADER_SIZE / 4);
  }

  /** Receives a batch; recvmmsg(2). */
  receive(descriptor: number): number {
    if (this.hasTimestamps) this.#offerControls();
    return this.libc.recvmmsg(descriptor, this.receiveHeadersAddress, RECEIVE_BATCH, MSG_DONTWAIT, 0);
  }

  /** Sends the first `length` octets of `sent`. */
  send(descriptor: number, destination: Uint8Array, length: number): boolean {
    this.#destination.set(destination);
    this.#sendVector.writeUInt32LE(length, VECTOR_LENGTH);
    return this.libc.sendmmsg(descriptor, this.#sendHeaderAddress, 1, MSG_DONTWAIT) === 1;
  }

  /** The kernel writes into the headers how much it has used. */
  #offerControls(): void {
    for (let i = 0; i < RECEIVE_BATCH; i++) {
      this.#receiveHeaderWords[(i * MESSAGE_SIZE + MESSAGE_CONTROL_LENGTH) / 4] = CONTROL_SIZE;
      this.#controls[(i * CONTROL_SIZE + CONTROL_TYPE) / 4] = 0;
    }
  }
}

export class ParticipantSocket {
  /** Datagrams that the kernel did not take. */
  sendFailures = 0;
  readonly #memory: SocketMemory;
  readonly descriptor: number;
  /** The local port. */
  readonly port: number;
  readonly #destination: Buffer;

  /**
   * Opens a socket.
   * @param address IPv4 address of the engine's candidate
   * @param local the IPv4 address that it is to send from; else 127.0.0.1, or for an engine that is not on the loopback
   *   interface any
   * @throws Error when there is no socket to be had
   */
  constructor(
    memory: SocketMemory,
    address: string,
    port: number,
    local = address.startsWith('127.') ? LOOPBACK : ANY_ADDRESS,
  ) {
    this.#memory = memory;
    this.#destination = socketAddress(address, port);
    const { libc } = memory;
    this.descriptor = libc.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (this.descriptor < 0) throw new Error(`socket: errno ${libc.errno()}`);
    this.#setOption(SO_RCVBUF, RECEIVE_BUFFER);
    if (memory.hasTimestamps) this.#setOption(SO_TIMESTAMPNS, 1);
    if (libc.bind(this.descriptor, socketAddress(local, 0), SOCKADDR_IN_LENGTH) !== 0) {
      const errno = libc.errno();
      libc.close(this.descriptor);
      throw new Error(`bind ${local}: errno ${errno}`);
    }
    const name = Buffer.alloc(SOCKADDR_IN_LENGTH);
    const nameLength = Buffer.alloc(4);
    nameLength.writeInt32LE(name.length);
    libc.getsockname(this.descriptor, name, nameLength);
    this.port = name.readUInt16BE(2);
  }

  /** Sends `length` octets that stand in the memory's `sent`. */
  sendPrepared(length: number): void {
    if (!this.#memory.send(this.descriptor, this.#destination, length)) this.sendFailures++;
  }

  send(datagram: Uint8Array): void {
    this.#memory.sent.set(datagram);
    this.sendPrepared(datagram.length);
  }

  /** @returns how many datagrams of the memory's batch are filled; less than 0 or 0 when none waits */
  receive(): number {
    return this.#memory.receive(this.descriptor);
  }

  /** @returns octets of the i-th datagram of the batch; it begins at i × MAX_DATAGRAM */
  lengthOf(i: number): number {
    return this.#memory.receivedLength(i);
  }

  #setOption(name: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.#memory.libc.setsockopt(this.descriptor, SOL_SOCKET, name, bytes, bytes.length);
  }

  close(): void {
    this.#memory.libc.close(this.descriptor);
  }
}

/** struct sockaddr_in: family in the machine's order, port and address in the network's, ip(7). */
export function socketAddress(address: string, port: number): Buffer {
  const written = Buffer.alloc(SOCKADDR_IN_LENGTH);
  written.writeUInt16LE(AF_INET, 0);
  written.writeUInt16BE(port, 2);
  written.set(address.split('.').map(Number), 4);
  return written;
}
