import net from 'node:net';
import type { TcpLimits } from '../../contract/worker-options.js';
import type { Counters } from '../counters.js';
import type { WorkerMemory } from '../memory.js';
import { MESSAGE_NAME, MESSAGE_SIZE, MESSAGE_VECTOR, VECTOR_BASE, VECTOR_LENGTH } from '../srtp/layout.js';
import { TokenBucket } from '../token-bucket.js';
import { SOCKADDR_IN6_LENGTH, writeSocketAddress } from '../udp/socket-address.js';
import { SocketError } from '../udp/sockets.js';
import { FRAME_HEADER_SIZE, FrameDecoder, writeFrameHeader } from './framing.js';
import { DEFAULT_TCP_LIMITS, FRAME_BURST, FRAMES_PER_SECOND } from './limits.js';

/** Milliseconds that a connection may stay without having carried a valid connectivity check. */
export const UNVALIDATED_TIMEOUT = 10_000;
/** Bytes that may wait for a slow connection before its packets are dropped instead: about a second of a large room. */
const MAX_WRITE_BACKLOG = 512 << 10;

/** Where they stand in a `sockaddr_in` and in a `sockaddr_in6`, octets. */
const IPV4_ADDRESS = [4, 8] as const;
const IPV6_NETWORK = [8, 16] as const;

/** What becomes of the frames; the connection's number names it in every call. */
export interface ConnectionEvents {
  onFrame(connection: number, bytes: Uint8Array, offset: number, length: number): void;
  onClosed(connection: number): void;
}

interface Connection {
  readonly socket: net.Socket;
  /** A `sockaddr_in` or `sockaddr_in6`. */
  readonly remoteAddress: Uint8Array;
  readonly openedAt: number;
  /** Address, or network of IPv6, with which it is counted until it is validated. */
  readonly owner: string;
  validated: boolean;
}

/**
 * ICE-TCP passive candidates (RFC 6544): peers connect here when UDP is blocked, and send the same packets framed
 * by RFC 4571. A connection takes part like a remote address: its number stands where a socket address would.
 */
export class TcpConnections {
  readonly #memory: WorkerMemory;
  readonly #drops: Counters;
  readonly #events: ConnectionEvents;
  readonly #limits: TcpLimits;
  /** Connections that are not validated, by owner. */
  readonly #unvalidated = new Map<string, number>();
  readonly #servers: net.Server[] = [];
  readonly #connections = new Map<number, Connection>();
  #nextConnection = 1;

  constructor(memory: WorkerMemory, drops: Counters, events: ConnectionEvents, limits = DEFAULT_TCP_LIMITS) {
    this.#memory = memory;
    this.#limits = limits;
    this.#drops = drops;
    this.#events = events;
  }

  /**
   * Listens on one more address.
   * @throws SocketError when it cannot be bound
   */
  async listen(family: 'IPv4' | 'IPv6', address: string, port: number): Promise<void> {
    const server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new SocketError(error.code ?? error.message, address, port));
      });
      server.listen({ port, host: address, ipv6Only: family === 'IPv6', exclusive: true }, resolve);
    });
    server.removeAllListeners('error');
    // Out of file descriptors: this connection is lost, the server goes on.
    server.on('error', () => this.#drops.count('tcp-accept-failed'));
    this.#servers.push(server);
  }

  /** @returns the remote end as a `sockaddr`, or null when the connection is gone */
  remoteAddress(connection: number): Uint8Array | null {
    return this.#connections.get(connection)?.remoteAddress ?? null;
  }

  /** Keeps the connection: a valid connectivity check came over it. */
  validate(connection: number): void {
    const entry = this.#connections.get(connection);
    if (entry === undefined || entry.validated) return;
    entry.validated = true;
    this.#release(entry.owner);
  }

  /**
   * Sends from a transmit ring; the address of each message is the number of its connection.
   * @returns how many were taken
   */
  send(messages: number, count: number): number {
    const { view, baseAddress, bytes } = this.#memory;
    let sent = 0;
    for (let i = 0; i < count; i++) {
      const message = messages + i * MESSAGE_SIZE;
      const connection = view.getUint32(
        Number(view.getBigUint64(message + MESSAGE_NAME, true)) - baseAddress,
        true,
      );
      const vector = Number(view.getBigUint64(message + MESSAGE_VECTOR, true)) - baseAddress;
      const start = Number(view.getBigUint64(vector + VECTOR_BASE, true)) - baseAddress;
      const length = view.getUint32(vector + VECTOR_LENGTH, true);
      const socket = this.#connections.get(connection)?.socket;
      if (socket === undefined || !socket.writable) continue;
      if (socket.writableLength > MAX_WRITE_BACKLOG) {
        this.#drops.count('tcp-write-backlog');
        continue;
      }
      const frame = Buffer.allocUnsafe(FRAME_HEADER_SIZE + length);
      writeFrameHeader(frame, 0, length);
      frame.set(bytes.subarray(start, start + length), FRAME_HEADER_SIZE);
      socket.write(frame);
      sent++;
    }
    return sent;
  }

  /** Ends one connection; onClosed follows. */
  close(connection: number): void {
    this.#connections.get(connection)?.socket.destroy();
  }

  /** Ends connections that never carried a valid check. */
  sweep(now: number): void {
    for (const entry of this.#connections.values()) {
      if (!entry.validated && now - entry.openedAt > UNVALIDATED_TIMEOUT) entry.socket.destroy();
    }
  }

  /** Ends all connections and stops listening. */
  async stop(): Promise<void> {
    for (const { socket } of this.#connections.values()) socket.destroy();
    await Promise.all(
      this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  #accept(socket: net.Socket): void {
    if (this.#connections.size >= this.#limits.connections) {
      this.#drops.count('tcp-too-many-connections');
      socket.destroy();
      return;
    }
    const remoteAddress = remoteAddressOf(socket);
    if (remoteAddress === null) return void socket.destroy();
    const owner = ownerOf(remoteAddress, socket.remoteFamily);
    const held = this.#unvalidated.get(owner) ?? 0;
    if (held >= this.#limits.perAddress) {
      this.#drops.count('tcp-too-many-of-address');
      socket.destroy();
      return;
    }
    this.#unvalidated.set(owner, held + 1);
    const connection = this.#nextConnection++;
    const entry: Connection = {
      socket,
      remoteAddress,
      openedAt: performance.now(),
      owner,
      validated: false,
    };
    this.#connections.set(connection, entry);
    this.#read(connection, entry);
  }

  #read(connection: number, entry: Connection): void {
    const { socket } = entry;
    const decoder = new FrameDecoder();
    const allowance = new TokenBucket(FRAMES_PER_SECOND, FRAME_BURST);
    let isFlood = false;
    socket.on('data', (chunk) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (!entry.validated && socket.bytesRead > this.#limits.octets) {
        this.#drops.count('tcp-too-much-before-check');
        socket.destroy();
        return;
      }
      const now = performance.now();
      const problem = decoder.push(bytes, (frame, offset, length) => {
        isFlood ||= !allowance.take(now);
        if (!isFlood) this.#events.onFrame(connection, frame, offset, length);
      });
      if (problem !== null) {
        this.#drops.count(`tcp-${problem}`);
        socket.destroy();
      } else if (isFlood) {
        this.#drops.count('tcp-too-frequent');
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (!entry.validated) this.#release(entry.owner);
      this.#events.onClosed(connection);
    });
  }

  #release(owner: string): void {
    const left = (this.#unvalidated.get(owner) ?? 0) - 1;
    if (left > 0) this.#unvalidated.set(owner, left);
    else this.#unvalidated.delete(owner);
  }
}

/** Whoever has one address of IPv6 has all of its network of 64 bits. */
function ownerOf(remoteAddress: Uint8Array, family: string | undefined): string {
  const [start, end] = family === 'IPv6' ? IPV6_NETWORK : IPV4_ADDRESS;
  return Buffer.from(remoteAddress.subarray(start, end)).toString('hex');
}

/** null when the peer has closed already. */
function remoteAddressOf(socket: net.Socket): Uint8Array | null {
  const { remoteFamily, remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  const bytes = new Uint8Array(SOCKADDR_IN6_LENGTH);
  const family = remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4';
  const [address = remoteAddress] = remoteAddress.split('%');
  writeSocketAddress(bytes, 0, family, address, remotePort);
  return bytes;
}
