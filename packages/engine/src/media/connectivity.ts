import type { IceCredentials, OpenTransport } from '../contract/messages.js';
import type { DropReason } from './drop-reason.js';
import {
  type CheckAccepted,
  type HmacSha1,
  IceLiteAgent,
  MAX_RESPONSE_LENGTH,
  parseStunMessage,
  readLocalUfrag,
  StunMessage,
} from './ice/index.js';
import { kernelHmacSha1 } from './kernel-hmac.js';
import type { WorkerMemory } from './memory.js';
import {
  DESTINATION_ADDRESS,
  DESTINATION_ADDRESS_LENGTH,
  DESTINATION_RING,
  DESTINATION_SIZE,
  type Kernel,
} from './srtp/index.js';
import type { TcpConnections } from './tcp/connections.js';
import type { Transport, Tuple } from './transport.js';
import type { Tuples } from './tuples.js';
import { SocketAddressView, socketAddressLength } from './udp/socket-address.js';
import type { Transmitter } from './udp/transmitter.js';

/** Where a packet came from, before it is known whose it is. */
export interface Source {
  /** Index of the UDP socket, or -1. */
  readonly socketIndex: number;
  /** Offset of the datagram's source address in worker memory. */
  readonly address: number;
  /** Number of the TCP connection, or 0. */
  readonly connection: number;
  /** Offset of the transmit ring that leads back. */
  readonly ring: number;
}

export interface ConnectivityEvents {
  /** The transport has its first way to the participant. */
  onReachable(transport: Transport): void;
  /** `transport.selected` is another tuple now. */
  onSelected(transport: Transport): void;
}

/** Connectivity checks of all transports: who may send from where, and where packets to whom go. */
export class Connectivity {
  readonly #memory: WorkerMemory;
  readonly #hmac: HmacSha1;
  readonly #tuples: Tuples;
  readonly #transmitter: Transmitter;
  readonly #tcp: TcpConnections | null;
  readonly #events: ConnectivityEvents;
  readonly #message = new StunMessage();
  readonly #remote = new SocketAddressView();
  readonly #byUfrag = new Map<string, Transport>();
  /** Destination for answers to sources that are no tuple, and for answers over any source alike. */
  readonly #replyDestination: number;

  constructor(
    memory: WorkerMemory,
    kernel: Kernel,
    tuples: Tuples,
    transmitter: Transmitter,
    tcp: TcpConnections | null,
    events: ConnectivityEvents,
  ) {
    this.#memory = memory;
    this.#hmac = kernelHmacSha1(kernel, memory);
    this.#tuples = tuples;
    this.#transmitter = transmitter;
    this.#tcp = tcp;
    this.#events = events;
    this.#replyDestination = memory.reserve(DESTINATION_SIZE);
  }

  /** @returns the agent of a new transport, which register() makes reachable */
  createAgent(description: OpenTransport): IceLiteAgent {
    return new IceLiteAgent(description.ice, this.#hmac);
  }

  register(transport: Transport): void {
    for (const ufrag of transport.agent.localUfrags) this.#byUfrag.set(ufrag, transport);
  }

  restart(transport: Transport, credentials: IceCredentials): void {
    const retired = transport.agent.restart(credentials);
    if (retired !== null) this.#byUfrag.delete(retired);
    this.register(transport);
  }

  /** Forgets the transport and all of its tuples. */
  unregister(transport: Transport): void {
    for (const ufrag of transport.agent.localUfrags) this.#byUfrag.delete(ufrag);
    // What is queued still points at the tuples' addresses.
    this.#transmitter.flush();
    for (const tuple of transport.tuples) {
      if (tuple.connection !== 0) this.#tcp?.close(tuple.connection);
      this.#tuples.remove(tuple);
    }
    transport.tuples.clear();
    transport.selected = null;
  }

  /**
   * Takes one STUN message.
   * @param offset in worker memory
   * @param now ms
   * @returns why nothing came of it, or null
   */
  receive(source: Source, offset: number, length: number, now: number): DropReason | null {
    const { bytes } = this.#memory;
    const malformed = parseStunMessage(bytes, offset, length, this.#message);
    if (malformed !== null) return malformed;
    const ufrag = readLocalUfrag(this.#message, bytes);
    const transport = ufrag === null ? undefined : this.#byUfrag.get(ufrag);
    if (transport === undefined) return 'ice-unknown-ufrag';
    if (!this.#readRemote(source)) return 'ice-no-source-address';
    const known = this.#tupleOf(source);
    const isTaken = known !== null && known.transport !== transport;
    if (isTaken && known.transport.agent.holds(known.id, now)) return 'ice-address-taken';
    const tupleId = known?.transport === transport ? known.id : this.#tuples.nextId;
    const room = this.#transmitter.room(MAX_RESPONSE_LENGTH, 1);
    const result = transport.agent.handleRequest(
      this.#message,
      bytes,
      tupleId,
      this.#remote,
      now,
      bytes,
      room,
    );
    if (result.kind === 'dropped') return result.reason;
    this.#reply(source, room, result.responseLength);
    if (result.kind === 'refused') return `ice-refused-${result.errorCode}`;
    // The address has a new owner, who has just proven it: ports of NATs and of closed clients are used again. While
    // the old one is there, it would be somebody who forges the address to cut them off.
    if (isTaken) this.#forget(known);
    if (result.evictedTuple !== null) this.#remove(transport, result.evictedTuple);
    const isKept = !result.tupleValidated || this.#keep(transport, source);
    if (!isKept) transport.agent.removeTuple(tupleId);
    this.#follow(transport, result, now);
    return isKept ? null : 'ice-no-resources';
  }

  /** A TCP connection is gone, and its tuple with it. */
  connectionClosed(connection: number): void {
    const tuple = this.#tuples.ofConnection(connection);
    if (tuple !== null) this.#forget(tuple);
  }

  #tupleOf(source: Source): Tuple | null {
    if (source.connection !== 0) return this.#tuples.ofConnection(source.connection);
    return this.#tuples.ofDatagram(source.socketIndex, source.address);
  }

  #readRemote(source: Source): boolean {
    if (source.connection === 0) return this.#remote.read(this.#memory.bytes, source.address);
    const remote = this.#tcp?.remoteAddress(source.connection) ?? null;
    return remote !== null && this.#remote.read(remote, 0);
  }

  #reply(source: Source, room: number, length: number): void {
    const { view, bytes } = this.#memory;
    const destination = this.#replyDestination;
    view.setUint32(destination + DESTINATION_RING, source.ring, true);
    if (source.connection === 0) {
      const addressLength = socketAddressLength(bytes, source.address);
      bytes.copyWithin(destination + DESTINATION_ADDRESS, source.address, source.address + addressLength);
      view.setUint32(destination + DESTINATION_ADDRESS_LENGTH, addressLength, true);
    } else {
      view.setUint32(destination + DESTINATION_ADDRESS, source.connection, true);
    }
    this.#transmitter.commit(destination, room, length);
    // The one destination serves the next answer too, so this one has to be on its way.
    this.#transmitter.flush();
  }

  #keep(transport: Transport, source: Source): boolean {
    const tuple =
      source.connection === 0
        ? this.#tuples.addDatagram(transport, source.socketIndex, source.address, source.ring)
        : this.#tuples.addConnection(transport, source.connection, source.ring);
    if (tuple === null) return false;
    transport.tuples.add(tuple);
    if (source.connection !== 0) this.#tcp?.validate(source.connection);
    return true;
  }

  #follow(transport: Transport, result: CheckAccepted, now: number): void {
    if (result.retiredUfrag !== null) this.#byUfrag.delete(result.retiredUfrag);
    const wasReachable = transport.selected !== null;
    // A check after a long silence brings back consent on the tuple that was selected all the time. The copy of an
    // old one does not: it is answered, but is no sign of life.
    const isBack = transport.muted && !transport.agent.isExpired(now);
    if (result.selectedChanged || isBack) this.#select(transport);
    if (!wasReachable && transport.selected !== null) this.#events.onReachable(transport);
  }

  /** A tuple that another transport has proven to be its own by now, or whose connection is closed. */
  #forget(tuple: Tuple): void {
    const { transport } = tuple;
    const selectedChanged = transport.agent.removeTuple(tuple.id);
    this.#remove(transport, tuple.id);
    if (selectedChanged) this.#select(transport);
  }

  #remove(transport: Transport, tupleId: number): void {
    for (const tuple of transport.tuples) {
      if (tuple.id !== tupleId) continue;
      this.#transmitter.flush();
      transport.tuples.delete(tuple);
      this.#tuples.remove(tuple);
      if (tuple.connection !== 0) this.#tcp?.close(tuple.connection);
    }
  }

  #select(transport: Transport): void {
    const wanted = transport.agent.selectedTuple;
    transport.selected = null;
    for (const tuple of transport.tuples) if (tuple.id === wanted) transport.selected = tuple;
    this.#events.onSelected(transport);
  }
}
