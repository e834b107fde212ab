import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import type { DtlsRole, Fingerprint } from '../../../contract/messages.js';
import type { DtlsContext } from '../context.js';
import { DtlsSession } from '../session.js';
import type { SrtpKeys } from '../srtp-profile.js';

export interface UdpEndpointOptions {
  readonly context: DtlsContext;
  readonly role: DtlsRole;
  readonly fingerprints: readonly Fingerprint[];
  /** Where the peer is; without, it is where the first datagram comes from. */
  readonly peer?: { readonly address: string; readonly port: number };
}

/** One session on a loopback socket, driven as its owner has to drive it. */
export class UdpEndpoint {
  readonly session: DtlsSession;
  readonly connected: Promise<SrtpKeys>;
  readonly closed: Promise<string>;
  /** Application data has arrived and was dropped. */
  readonly ignoredData: Promise<void>;
  readonly #socket: Socket;
  #peer: { address: string; port: number } | null;
  #timer: NodeJS.Timeout | undefined;

  /** Binds the socket first. */
  static async open(options: UdpEndpointOptions): Promise<UdpEndpoint> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpEndpoint(socket, options);
  }

  private constructor(socket: Socket, { context, role, fingerprints, peer }: UdpEndpointOptions) {
    this.#socket = socket;
    this.#peer = peer ?? null;
    const events = new EventEmitter<{ connected: [SrtpKeys]; closed: [string]; ignored: [] }>();
    this.connected = new Promise((resolve) => events.once('connected', resolve));
    this.closed = new Promise((resolve) => events.once('closed', resolve));
    this.ignoredData = new Promise((resolve) => events.once('ignored', resolve));
    this.session = new DtlsSession(context, {
      role,
      fingerprints,
      send: (bytes, offset, length) => {
        const datagram = bytes.slice(offset, offset + length);
        if (this.#peer !== null) socket.send(datagram, this.#peer.port, this.#peer.address);
      },
      onConnected: (keys) => events.emit('connected', keys),
      onClosed: (reason, detail) => events.emit('closed', `${reason}: ${detail}`),
    });
    socket.on('message', (bytes: Buffer, remote: RemoteInfo) => {
      this.#peer ??= remote;
      const dropped = this.session.receive(bytes, 0, bytes.length);
      if (dropped === 'dtls-application-data') events.emit('ignored');
      this.#armTimer();
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  start(): void {
    this.session.start();
    this.#armTimer();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.session.close();
    this.#socket.close();
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    const timeout = this.session.timeout();
    if (timeout === null) return;
    this.#timer = setTimeout(() => {
      this.session.handleTimeout();
      this.#armTimer();
    }, timeout);
  }
}
