/**
 * One participant's end of a transport: ICE as the controlling agent toward an SFU that is ICE-lite, DTLS, and the
 * socket. Time comes in as `now` in milliseconds; the participant calls tick() often and drain() when packets may
 * wait.
 */
import { type DtlsContext, DtlsSession, type SrtpKeys } from './engine-modules.js';
import type { RemoteTransport } from './sdp.js';
import { MAX_DATAGRAM, ParticipantSocket, RECEIVE_BATCH, type SocketMemory } from './socket.js';
import { StunClient, type StunCredentials } from './stun-client.js';

/** Connectivity checks until the first response, and after it to keep consent (RFC 7675 asks for under 5 s). */
const CHECK_INTERVAL_MS = 100;
const CONSENT_INTERVAL_MS = 2500;

/** For longer than servers send to somebody whom they no longer hear. */
const VANISHED_FOR_MS = 70_000;

export type TransportState = 'checking' | 'handshaking' | 'connected' | 'closed';

/** What all transports of a process share. */
export interface TransportEnvironment {
  readonly memory: SocketMemory;
  readonly dtls: DtlsContext;
}

export interface TransportOptions {
  /** This side's ICE credentials. */
  readonly local: StunCredentials;
  readonly remote: RemoteTransport;
  /** Called once, when ICE and DTLS are through. */
  readonly onConnected: (keys: SrtpKeys) => void;
  /** Takes an SRTP or SRTCP packet; the bytes are valid during the call only. */
  readonly onMedia: (bytes: Buffer, offset: number, length: number) => void;
  /** Called once when it ends by itself. */
  readonly onClosed: (fault: string) => void;
}

export class Transport {
  state: TransportState = 'checking';
  readonly #environment: TransportEnvironment;
  readonly #options: TransportOptions;
  /** The SFU's. */
  readonly #candidate: { readonly address: string; readonly port: number };
  readonly #socket: ParticipantSocket;
  #stun: StunClient;
  #dtls: DtlsSession | null = null;
  #isSilent = false;
  #nextCheck = 0;
  #nextTimeout = Number.POSITIVE_INFINITY;

  /**
   * Begins with ICE at the next tick.
   * @throws Error when the SFU has no UDP candidate on IPv4, or there is no socket to be had
   */
  constructor(environment: TransportEnvironment, options: TransportOptions) {
    const { local, remote } = options;
    const { candidates } = remote;
    const candidate = candidates.find(({ address }) => address.startsWith('127.')) ?? candidates[0];
    if (candidate === undefined) throw new Error('the SFU names no UDP candidate on IPv4');
    this.#environment = environment;
    this.#options = options;
    this.#socket = new ParticipantSocket(environment.memory, candidate.address, candidate.port);
    this.#candidate = candidate;
    this.#stun = new StunClient(local, remote);
  }

  get sendFailures(): number {
    return this.#socket.sendFailures;
  }

  /** The local one. */
  get port(): number {
    return this.#socket.port;
  }

  send(datagram: Uint8Array): void {
    this.#socket.send(datagram);
  }

  /** Sends `length` octets that stand in the memory's `sent`. */
  sendPrepared(length: number): void {
    this.#socket.sendPrepared(length);
  }

  /** Sends what is due: connectivity checks and DTLS retransmissions. */
  tick(now: number): void {
    if (this.state === 'closed') return;
    if (now >= this.#nextCheck) {
      this.#nextCheck = now + (this.state === 'checking' ? CHECK_INTERVAL_MS : CONSENT_INTERVAL_MS);
      this.#socket.send(this.#stun.request());
    }
    if (now >= this.#nextTimeout) {
      this.#dtls?.handleTimeout();
      this.#armTimeout(now);
    }
  }

  /** Takes everything that waits in the socket. */
  drain(now: number): void {
    const { received } = this.#environment.memory;
    for (let count = RECEIVE_BATCH; count === RECEIVE_BATCH && this.state !== 'closed'; ) {
      count = this.#socket.receive();
      for (let i = 0; i < count; i++) {
        this.#receive(received, i * MAX_DATAGRAM, this.#socket.lengthOf(i), now);
      }
    }
  }

  /** Goes on under other ICE credentials of both sides; DTLS and keys stay (RFC 8445 section 2.4). */
  restartIce(local: StunCredentials, remote: StunCredentials): void {
    this.#stun = new StunClient(local, remote);
    this.#nextCheck = 0;
  }

  /** Is gone, and the other side is not told. Its address stays its own until that has given up sending to it. */
  vanish(): void {
    if (this.state === 'closed') return;
    this.#isSilent = true;
    this.state = 'closed';
    this.#dtls?.close();
    setTimeout(() => this.#socket.close(), VANISHED_FOR_MS).unref();
  }

  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#dtls?.close();
    this.#socket.close();
  }

  #fail(fault: string): void {
    if (this.state === 'closed') return;
    this.close();
    this.#options.onClosed(fault);
  }

  /** RFC 7983 section 7: the first octet tells what it is. */
  #receive(bytes: Buffer, offset: number, length: number, now: number): void {
    const first = bytes[offset] ?? 0;
    if (first >= 128 && first <= 191) {
      if (this.state === 'connected') this.#options.onMedia(bytes, offset, length);
    } else if (first >= 20 && first <= 63) this.#receiveDtls(bytes, offset, length, now);
    else if (first <= 3) this.#receiveStun(bytes, offset, length, now);
  }

  #receiveStun(bytes: Buffer, offset: number, length: number, now: number): void {
    const message = bytes.subarray(offset, offset + length);
    const answer = this.#stun.answer(message, this.#candidate.address, this.#candidate.port);
    if (answer !== null) this.#socket.send(answer);
    const response = this.#stun.receive(message);
    if (response === null || this.state !== 'checking') return;
    if (response.kind === 'error') {
      this.#fail('the SFU refused a connectivity check');
      return;
    }
    this.state = 'handshaking';
    this.#nextCheck = now + CONSENT_INTERVAL_MS;
    this.#startDtls(now);
  }

  /** RFC 8842 section 5: who is active sends the ClientHello; toward an SFU that leaves the choice, we do. */
  #startDtls(now: number): void {
    const { remote, onConnected } = this.#options;
    this.#dtls = new DtlsSession(this.#environment.dtls, {
      role: remote.setup === 'active' ? 'server' : 'client',
      fingerprints: remote.fingerprints,
      send: (record, start, length) => {
        if (!this.#isSilent) this.#socket.send(record.subarray(start, start + length));
      },
      onConnected: (keys) => {
        this.state = 'connected';
        onConnected(keys);
      },
      onClosed: (reason, detail) => this.#fail(`${reason}: ${detail}`),
    });
    this.#dtls.start();
    this.#armTimeout(now);
  }

  #receiveDtls(bytes: Buffer, offset: number, length: number, now: number): void {
    this.#dtls?.receive(bytes, offset, length);
    this.#armTimeout(now);
  }

  #armTimeout(now: number): void {
    const timeout = this.#dtls?.timeout() ?? null;
    this.#nextTimeout = timeout === null ? Number.POSITIVE_INFINITY : now + timeout;
  }
}
