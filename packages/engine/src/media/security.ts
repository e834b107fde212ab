import type { TransportCloseReason } from '../contract/messages.js';
import type { DropReason } from './drop-reason.js';
import type { OpenDtls, SrtpKeys } from './dtls/index.js';
import type { KeyGroups, Lane } from './forward/key-group.js';
import { HandshakeQueue } from './handshake-queue.js';
import type { WorkerMemory } from './memory.js';
import {
  clearLane,
  createSrtpState,
  freeSrtpState,
  type Kernel,
  setLaneDestination,
  setLaneKeys,
} from './srtp/index.js';
import type { Transport } from './transport.js';
import type { Transmitter } from './udp/transmitter.js';

/** Destination of a lane that sends nowhere. */
const NOWHERE = 0;

export interface SecurityEvents {
  /** DTLS has finished: the transport has its keys and its lane. */
  onConnected(transport: Transport): void;
  onClosed(transport: Transport, reason: TransportCloseReason, detail: string): void;
  /** A part of a datagram that had waited was of no use. */
  onDropped(reason: DropReason): void;
}

/** DTLS of all transports, and what follows from it: SRTP keys, and where the kernel sends. */
export class Security {
  readonly #memory: WorkerMemory;
  readonly #kernel: Kernel;
  readonly #keyGroups: KeyGroups;
  readonly #transmitter: Transmitter;
  readonly #openDtls: OpenDtls;
  readonly #events: SecurityEvents;
  readonly #queue = new HandshakeQueue<Transport>();

  constructor(
    memory: WorkerMemory,
    kernel: Kernel,
    keyGroups: KeyGroups,
    transmitter: Transmitter,
    openDtls: OpenDtls,
    events: SecurityEvents,
  ) {
    this.#memory = memory;
    this.#kernel = kernel;
    this.#keyGroups = keyGroups;
    this.#transmitter = transmitter;
    this.#openDtls = openDtls;
    this.#events = events;
  }

  /** Begins the handshake; the transport has just become reachable. */
  start(transport: Transport): void {
    if (transport.dtls !== null) return;
    const { dtlsRole, fingerprints } = transport.description;
    transport.dtls = this.#openDtls({
      role: dtlsRole,
      fingerprints,
      send: (bytes, offset, length) => this.#send(transport, bytes, offset, length),
      onConnected: (keys) => this.#connect(transport, keys),
      onClosed: (reason, detail) => this.#events.onClosed(transport, reason, detail),
    });
    transport.dtls.start();
    transport.retransmitAt = 0;
  }

  /**
   * Takes one datagram of DTLS records. One of a handshake waits for shakeHands(); what comes later costs little.
   * @param offset in worker memory
   * @param now ms
   * @returns why it, or a part of it, was dropped, or null
   */
  receive(transport: Transport, offset: number, length: number, now: number): DropReason | null {
    const { dtls } = transport;
    if (dtls === null) return 'dtls-before-check';
    const { bytes } = this.#memory;
    if (dtls.state !== 'handshaking') {
      if (!transport.dtlsAllowance.take(now)) return 'dtls-too-frequent';
      return dtls.receive(bytes, offset, length);
    }
    if (!this.#queue.hasRoomFor(transport)) return 'dtls-queue-full';
    if (!transport.handshakeAllowance.take(now)) return 'dtls-too-frequent';
    const datagram = bytes.slice(offset, offset + length);
    this.#queue.push(transport, datagram, dtls.hasBegun);
    return null;
  }

  /** Whether handshakes wait for shakeHands(). */
  get hasHandshakes(): boolean {
    return !this.#queue.isEmpty;
  }

  /**
   * Goes on with the handshakes that wait, for a bounded time.
   * @param clock ms
   */
  shakeHands(clock: () => number): void {
    this.#queue.run(clock, ({ transport, datagram }) => {
      const { dtls } = transport;
      if (dtls === null) return;
      if (datagram === null) dtls.handleTimeout();
      else {
        const dropped = dtls.receive(datagram, 0, datagram.length);
        if (dropped !== null) this.#events.onDropped(dropped);
      }
      this.#arm(transport, clock());
    });
  }

  /** Has a flight sent again when it is due; stops sending media without consent (RFC 7675 section 5.1). */
  tick(transport: Transport, now: number): void {
    // While something of the peer's waits it need not be asked again.
    if (transport.dtls !== null && now >= transport.retransmitAt && transport.waitingSteps === 0) {
      const waits = this.#queue.push(transport, null, true);
      if (waits) transport.retransmitAt = Number.POSITIVE_INFINITY;
    }
    if (transport.lane !== null && !transport.muted && transport.agent.isExpired(now)) {
      transport.muted = true;
      this.#setDestination(transport.lane, NOWHERE);
    }
  }

  /** @returns when tick() has something to do next for the transport, ms; infinite when nothing waits for time to pass */
  dueAt({ retransmitAt, waitingSteps, lane, muted, agent, dtls }: Transport): number {
    // What waits sets the time anew when its turn has come.
    if (waitingSteps > 0) return 0;
    const handshakeDueAt = dtls === null ? Number.POSITIVE_INFINITY : retransmitAt;
    return lane === null || muted ? handshakeDueAt : Math.min(handshakeDueAt, agent.expiresAt);
  }

  /** The transport is reached another way, or again: the kernel has to send there from now on. */
  redirect(transport: Transport): void {
    if (transport.lane === null) return;
    transport.muted = transport.selected === null;
    this.#setDestination(transport.lane, transport.selected?.destination ?? NOWHERE);
  }

  /** Ends DTLS with close_notify and wipes the keys. */
  stop(transport: Transport): void {
    const { dtls, lane, srtp } = transport;
    transport.dtls = null;
    transport.lane = null;
    transport.srtp = null;
    dtls?.close();
    if (srtp !== null) freeSrtpState(this.#memory, srtp);
    if (lane === null) return;
    clearLane(this.#kernel, lane.group.offset, lane.index);
    this.#keyGroups.release(transport.roomId, lane);
  }

  #connect(transport: Transport, keys: SrtpKeys): void {
    const lane = this.#keyGroups.take(transport.roomId);
    const srtp = lane === null ? null : createSrtpState(this.#kernel, this.#memory, keys);
    if (lane === null || srtp === null) {
      if (lane !== null) this.#keyGroups.release(transport.roomId, lane);
      this.#events.onClosed(transport, 'no-resources', 'worker memory is full');
      return;
    }
    transport.lane = lane;
    transport.srtp = srtp;
    setLaneKeys(this.#kernel, this.#memory, lane.group.offset, lane.index, keys.local);
    this.redirect(transport);
    this.#events.onConnected(transport);
  }

  #send(transport: Transport, bytes: Uint8Array, offset: number, length: number): void {
    if (transport.selected === null) return;
    const room = this.#transmitter.room(length, 1);
    this.#memory.bytes.set(bytes.subarray(offset, offset + length), room);
    this.#transmitter.commit(transport.selected.destination, room, length);
  }

  #arm(transport: Transport, now: number): void {
    const timeout = transport.dtls?.timeout() ?? null;
    transport.retransmitAt = timeout === null ? Number.POSITIVE_INFINITY : now + timeout;
  }

  #setDestination(lane: Lane, destination: number): void {
    setLaneDestination(this.#memory, lane.group.offset, lane.index, destination);
  }
}
