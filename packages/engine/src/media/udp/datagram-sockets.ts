import dgram from 'node:dgram';
import type { WorkerMemory } from '../memory.js';
import { MESSAGE_NAME, MESSAGE_SIZE, MESSAGE_VECTOR, VECTOR_BASE, VECTOR_LENGTH } from '../srtp/layout.js';
import { readSocketAddress, writeSocketAddress } from './socket-address.js';
import {
  type BoundAddress,
  type DatagramSockets,
  MAX_DATAGRAM,
  RECEIVE_BATCH,
  ReceiveBatch,
  SocketError,
} from './sockets.js';

/** Datagrams that wait between two turns of the worker; more are dropped, as a full socket buffer would. */
const QUEUE_LIMIT = 4096;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/**
 * UDP by node's `dgram`, for systems without batched calls: one event and one call per packet, and copies at both
 * ends. Slower by several times, the same to the data path.
 */
export class DgramSockets implements DatagramSockets {
  readonly addresses: readonly BoundAddress[];
  readonly batch: ReceiveBatch;
  readonly cappedBuffers = [];
  datagramsLost = 0;
  readonly wakeDescriptor = 0;
  readonly descriptors = null;
  readonly #memory: WorkerMemory;
  readonly #sockets: readonly dgram.Socket[];
  readonly #queues: readonly Waiting[][];

  private constructor(
    memory: WorkerMemory,
    sockets: readonly dgram.Socket[],
    addresses: readonly BoundAddress[],
  ) {
    this.#memory = memory;
    this.#sockets = sockets;
    this.addresses = addresses;
    this.batch = new ReceiveBatch(memory);
    this.#queues = sockets.map(() => []);
    sockets.forEach((socket, i) => {
      socket.on('message', (bytes, { address, port }) => this.#enqueue(i, { bytes, address, port }));
    });
  }

  /**
   * Binds one socket per address, all on the same port.
   * @throws SocketError when one cannot be bound; none stays open then
   */
  static async open(
    memory: WorkerMemory,
    bind: readonly { readonly family: 'IPv4' | 'IPv6'; readonly address: string }[],
    port: number,
  ): Promise<DgramSockets> {
    const sockets: dgram.Socket[] = [];
    try {
      for (const { family, address } of bind) sockets.push(await openSocket(family, address, port));
    } catch (error) {
      for (const socket of sockets) socket.close();
      throw error;
    }
    return new DgramSockets(
      memory,
      sockets,
      bind.map(({ family, address }) => ({ family, address, port })),
    );
  }

  receive(socketIndex: number): number {
    const queue = this.#queues[socketIndex];
    const family = this.addresses[socketIndex]?.family;
    if (queue === undefined || family === undefined) return 0;
    const taken = queue.splice(0, RECEIVE_BATCH);
    taken.forEach(({ bytes, address, port }, i) => {
      this.#memory.bytes.set(bytes.subarray(0, MAX_DATAGRAM), this.batch.datagram(i));
      // Of a link-local address the zone is lost (fe80::1%eth0): its sender is told apart, but not reached.
      const [plain = address] = address.split('%');
      writeSocketAddress(this.#memory.bytes, this.batch.address(i), family, plain, port);
      this.batch.lengths[i] = bytes.length;
    });
    return taken.length;
  }

  send(socketIndex: number, messages: number, count: number): number {
    const { view, bytes, baseAddress } = this.#memory;
    let sent = 0;
    for (let i = 0; i < count; i++) {
      const message = messages + i * MESSAGE_SIZE;
      const vector = Number(view.getBigUint64(message + MESSAGE_VECTOR, true)) - baseAddress;
      const start = Number(view.getBigUint64(vector + VECTOR_BASE, true)) - baseAddress;
      const length = view.getUint32(vector + VECTOR_LENGTH, true);
      const target = readSocketAddress(
        bytes,
        Number(view.getBigUint64(message + MESSAGE_NAME, true)) - baseAddress,
      );
      // Nobody is at port 0, and node throws.
      if (target.port === 0) continue;
      // A failed send is a lost packet, as it is with UDP anyway; the callback keeps it from being thrown.
      this.#sockets[socketIndex]?.send(
        bytes.slice(start, start + length),
        target.port,
        target.address,
        () => {},
      );
      sent++;
    }
    return sent;
  }

  takesMerged(): boolean {
    return false;
  }

  /** The event loop does the waiting: the worker has to come back to it each time. */
  wait(): boolean {
    return true;
  }

  /** Nobody has a descriptor: no worker of this kind sleeps. */
  wake(): void {}

  /** Does not: what comes is taken in by the event loop, which would stand still. */
  pause(): void {}

  isReadable(socketIndex: number): boolean {
    return (this.#queues[socketIndex]?.length ?? 0) > 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #enqueue(socketIndex: number, datagram: Waiting): void {
    const queue = this.#queues[socketIndex];
    if (queue !== undefined && queue.length < QUEUE_LIMIT) queue.push(datagram);
    else this.datagramsLost++;
  }
}

function openSocket(family: 'IPv4' | 'IPv6', address: string, port: number): Promise<dgram.Socket> {
  const socket = dgram.createSocket({
    type: family === 'IPv4' ? 'udp4' : 'udp6',
    ipv6Only: family === 'IPv6',
  });
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      reject(new SocketError(error.code ?? error.message, address, port));
    });
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // Errors after binding concern single datagrams; losing those is what UDP does.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
