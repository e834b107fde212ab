import { randomBytes } from 'node:crypto';
import type {
  ControlToMedia,
  DtlsRole,
  Fingerprint,
  IceCredentials,
  MediaPermissions,
  MediaToControl,
  OpenSlot,
  OpenSubscription,
} from '../../contract/messages.js';
import type { ParticipantStatistics, WorkerStatistics } from '../../contract/statistics.js';
import type { WorkerOptions } from '../../contract/worker-options.js';
import { Counters } from '../counters.js';
import { DataPath } from '../datapath.js';
import { DtlsContext, DtlsSession, type GeneratedCertificate, generateCertificate } from '../dtls/index.js';
import { WorkerMemory } from '../memory.js';
import { compileKernel, instantiateKernel, type Kernel } from '../srtp/index.js';
import { kernelBytes } from '../srtp/testing/kernel-fixture.js';
import { TcpConnections } from '../tcp/connections.js';
import { Tuples } from '../tuples.js';
import { ADDRESS_TABLE_SEED_LENGTH } from '../udp/address-table.js';
import { writeSocketAddress } from '../udp/socket-address.js';
import { Transmitter } from '../udp/transmitter.js';
import { type CapturedDatagram, countDatagrams, readMessages } from './captured-messages.js';
import {
  openPublication,
  openSlot,
  openSubscription,
  type PublishOptions,
  type SubscribeOptions,
} from './open-messages.js';
import { newIceCredentials, TestPeer } from './test-peer.js';
import { TestStream } from './test-stream.js';

/** Where the memory pretends to be: pointers have to be made with it, and lead nowhere without. */
const BASE_ADDRESS = 0x7f12_3450_0000;
/** 16 MiB: transmit arena, receive slots and some hundred transports. */
const PAGES = 256;
/** Milliseconds between two rounds of timers, as in the worker. */
const TICK_INTERVAL = 50;
/** Milliseconds between two checks of a live peer. */
const CHECK_INTERVAL = 2_500;
/** By which others would wake it. */
const WAKE_DESCRIPTOR = 9;
/** With which no budget is ever spent. */
const FROZEN_CLOCK = () => 0;
const SLOT = 16_384;
const ADDRESS_SLOT = 32;

/** What the benches of one test file share, since it takes long to make. */
export interface BenchParts {
  readonly module: WebAssembly.Module;
  readonly engine: DtlsContext;
  readonly peers: DtlsContext;
  readonly engineCertificate: GeneratedCertificate;
  readonly peerCertificate: GeneratedCertificate;
  /** All of it when left out. */
  readonly recovery?: WorkerOptions['recovery'];
}

export async function prepareBenches(): Promise<BenchParts> {
  const engineCertificate = await generateCertificate();
  const peerCertificate = await generateCertificate();
  return {
    module: compileKernel(await kernelBytes()),
    engine: new DtlsContext(engineCertificate),
    peers: new DtlsContext(peerCertificate),
    engineCertificate,
    peerCertificate,
  };
}

export interface JoinOptions {
  readonly roomId?: number;
  readonly dtlsRole?: DtlsRole;
  readonly address?: string;
  readonly fingerprints?: readonly Fingerprint[];
  /** Everything when left out. */
  readonly permissions?: MediaPermissions;
}

/** A datagram's fate: itself, nothing, several. */
export type Link = (bytes: Buffer, peer: TestPeer) => readonly Buffer[];

interface Uplink {
  readonly from: string;
  readonly bytes: Buffer;
}

/** A data path with its control plane and its peers, on a network and a clock of its own. */
export class MediaBench {
  now = 10_000;
  readonly memory: WorkerMemory;
  readonly kernel: Kernel;
  readonly transmitter: Transmitter;
  readonly dataPath: DataPath;
  readonly drops = new Counters();
  /** Real connections; it listens nowhere unless a test has it. */
  readonly tcp: TcpConnections;
  readonly events: MediaToControl[] = [];
  /** Descriptors of the workers that it woke. */
  readonly woken: number[] = [];
  /** Datagrams to where nobody is. */
  readonly stray: CapturedDatagram[] = [];
  /** The transmit rings of the two sockets, for IPv4 and IPv6. */
  readonly rings: readonly number[];
  /** Lets what is sent vanish unseen, and without allocation. */
  isDeaf = false;
  /** Measures what handshakes and surveys take of a turn; it stands still, so that all of them get their turn at once. */
  clock = FROZEN_CLOCK;
  uplink: Link = (bytes) => [bytes];
  downlink: Link = (bytes) => [bytes];

  readonly #parts: BenchParts;

  readonly #tcpRing: number;
  readonly #slot: number;
  readonly #address: number;
  readonly #peers = new Set<TestPeer>();
  readonly #byAddress = new Map<string, TestPeer>();
  readonly #arriving: Uplink[] = [];
  readonly #leaving: (() => void)[] = [];
  #nextId: number;
  #tickAt = 0;
  /** When the last tick has told that something is due next, ms; 0 when something has come since. */
  #dueAt = 0;
  #pumping = false;

  /**
   * @param pages of worker memory
   * @param firstId of those that name things: benches that are linked share no ids
   */
  constructor(parts: BenchParts, pages = PAGES, firstId = 1) {
    this.#parts = parts;
    this.#nextId = firstId;
    this.memory = new WorkerMemory(pages, () => BASE_ADDRESS);
    this.tcp = new TcpConnections(this.memory, this.drops, {
      onFrame: (connection, bytes, offset, length) => this.#receiveFrame(connection, bytes, offset, length),
      onClosed: (connection) => this.dataPath.connectionClosed(connection),
    });
    const kernel = instantiateKernel(parts.module, this.memory.memory);
    this.kernel = kernel;
    kernel.setMemoryBase(BASE_ADDRESS >>> 0, Math.floor(BASE_ADDRESS / 2 ** 32));
    this.transmitter = new Transmitter(this.memory);
    this.rings = [0, 1].map(() =>
      this.transmitter.addRing((messages, count) => this.#capture(messages, count), {
        isPossible: () => true,
        mergeMessages: kernel.mergeMessages,
      }),
    );
    this.#tcpRing = this.transmitter.addRing((messages, count) => this.tcp.send(messages, count));
    this.#slot = this.memory.reserve(SLOT);
    this.#address = this.memory.reserve(ADDRESS_SLOT);
    this.dataPath = new DataPath({
      memory: this.memory,
      kernel,
      transmitter: this.transmitter,
      tuples: new Tuples(this.memory, randomBytes(ADDRESS_TABLE_SEED_LENGTH)),
      tcp: this.tcp,
      openDtls: (options) => new DtlsSession(parts.engine, options),
      drops: this.drops,
      datagramsLost: () => 0,
      heapUsed: () => 0,
      waker: { wakeDescriptor: WAKE_DESCRIPTOR, wake: (descriptor) => this.woken.push(descriptor) },
      recovery: parts.recovery ?? { retransmission: true, redundancy: true },
      post: (event) => this.events.push(event),
    });
  }

  newId(): number {
    return this.#nextId++;
  }

  /** Has the data path handle a message, behind the packets that were sent before. */
  control(message: Exclude<ControlToMedia, { type: 'stop' }>): void {
    this.pump();
    this.#dueAt = 0;
    this.dataPath.handle(message, this.now);
    this.transmitter.flush();
    this.pump();
  }

  /** Opens a transport for a peer, which has not connected yet. */
  admit(options: JoinOptions = {}): TestPeer {
    const transportId = this.newId();
    const peer = new TestPeer(this.#surroundings(), {
      transportId,
      roomId: options.roomId ?? 1,
      address: options.address ?? `192.0.2.${transportId % 250}:${1024 + transportId}`,
      dtlsRole: options.dtlsRole ?? 'server',
      context: this.#parts.peers,
      engineFingerprints: [this.#parts.engineCertificate.fingerprint],
    });
    peer.nextCheckAt = this.now + CHECK_INTERVAL;
    this.#peers.add(peer);
    const { roomId, dtlsRole, ice } = peer;
    const fingerprints = options.fingerprints ?? [this.#parts.peerCertificate.fingerprint];
    const permissions = options.permissions ?? { publish: true, subscribe: true };
    this.control({ type: 'open-transport', transportId, roomId, ice, dtlsRole, fingerprints, permissions });
    return peer;
  }

  /** Opens a transport and connects its peer. */
  join(options: JoinOptions = {}): TestPeer {
    const peer = this.admit(options).connect();
    if (!peer.isConnected) throw new Error(`peer ${peer.transportId} could not connect`);
    return peer;
  }

  /** Says what the participant may do from here on. */
  permit({ transportId }: TestPeer, permissions: MediaPermissions): void {
    this.control({ type: 'permit-transport', transportId, permissions });
  }

  leave(peer: TestPeer): void {
    this.control({ type: 'close-transport', transportId: peer.transportId });
    this.#peers.delete(peer);
  }

  publish(peer: TestPeer, options: PublishOptions = {}): Published {
    const stream = new TestStream(peer, options);
    const message = openPublication(this.newId(), peer, stream, options);
    this.control(message);
    return { id: message.publicationId, peer, stream };
  }

  subscribe(
    peer: TestPeer,
    { id }: { readonly id: number },
    options: SubscribeOptions = {},
  ): OpenSubscription {
    const message = openSubscription(this.newId(), peer, id, options);
    this.control(message);
    return message;
  }

  /** Has a peer hear from one seat of its room. */
  openSlot(peer: TestPeer, slot: number, options: SubscribeOptions = {}): OpenSlot {
    const message = openSlot(this.newId(), peer, slot, options);
    this.control(message);
    return message;
  }

  switchTo(subscription: { readonly subscriptionId: number }, { id }: { readonly id: number }): void {
    const { subscriptionId } = subscription;
    this.control({ type: 'switch-subscription', subscriptionId, publicationId: id });
  }

  unsubscribe({ subscriptionId }: { readonly subscriptionId: number }): void {
    this.control({ type: 'close-subscription', subscriptionId });
  }

  restartIce(peer: TestPeer): IceCredentials {
    const old = peer.ice;
    peer.ice = newIceCredentials();
    this.control({ type: 'restart-ice', transportId: peer.transportId, ice: peer.ice });
    return old;
  }

  /** Brings one datagram in at once. */
  receive(from: string, bytes: Uint8Array): void {
    const isIpv6 = from.startsWith('[');
    const colon = from.lastIndexOf(':');
    const host = isIpv6 ? from.slice(1, colon - 1) : from.slice(0, colon);
    const port = Number(from.slice(colon + 1));
    writeSocketAddress(this.memory.bytes, this.#address, isIpv6 ? 'IPv6' : 'IPv4', host, port);
    this.memory.bytes.set(bytes, this.#slot);
    const socketIndex = isIpv6 ? 1 : 0;
    const source = {
      socketIndex,
      address: this.#address,
      connection: 0,
      ring: this.rings[socketIndex] ?? 0,
    };
    this.#dueAt = 0;
    this.dataPath.receive(source, this.#slot, bytes.length, this.now);
  }

  /** Takes what comes from linked benches and shows them what goes there. */
  exchange(): void {
    if (this.dataPath.relay.receive(this.now) > 0) this.#dueAt = 0;
    this.pump();
    this.dataPath.relay.flush();
  }

  /** Carries datagrams both ways until none is under way. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      do {
        for (const { from, bytes } of this.#arriving.splice(0)) this.receive(from, bytes);
        this.dataPath.doWaiting(this.clock);
        this.transmitter.flush();
        for (const deliver of this.#leaving.splice(0)) deliver();
      } while (this.#arriving.length > 0 || this.#leaving.length > 0);
    } finally {
      this.#pumping = false;
    }
  }

  /** Lets time pass: timers run, and live peers check their pairs. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      this.pump();
      if (this.#tickAt > until) break;
      this.now = Math.max(this.now, this.#tickAt);
      this.#tickAt = this.now + TICK_INTERVAL;
      for (const peer of this.#peers) this.#keepAlive(peer);
      this.#tick();
    }
    this.now = until;
    this.pump();
  }

  /** @throws Error when something is done of which the tick before did not tell that it was due */
  #tick(): void {
    const isDue = this.#dueAt <= this.now;
    const before = this.events.length + this.transmitter.packetsSent;
    this.#dueAt = this.dataPath.tick(this.now);
    this.dataPath.doWaiting(this.clock);
    this.transmitter.flush();
    const done = this.events.length + this.transmitter.packetsSent - before;
    if (done > 0 && !isDue) throw new Error(`at ${this.now} ms ${done} things are done that were not due`);
  }

  statistics(): WorkerStatistics {
    this.control({ type: 'query-statistics', requestId: 0 });
    const statistics = this.events.pop();
    if (statistics?.type !== 'statistics') throw new Error('the data path has no statistics');
    return statistics;
  }

  /** What the data path tells of one participant. */
  participant({ transportId }: TestPeer): ParticipantStatistics {
    this.control({ type: 'query-participants', requestId: 7 });
    const answer = this.events.pop();
    if (answer?.type !== 'participants' || answer.requestId !== 7) throw new Error('there is no answer');
    const found = answer.participants.filter((participant) => participant.transportId === transportId);
    if (found[0] === undefined || found.length > 1)
      throw new Error(`${found.length} participants of ${transportId}`);
    return found[0];
  }

  /** Why a transport was closed, or null when it was not. */
  closeReason(peer: TestPeer): string | null {
    for (const event of this.events) {
      if (event.type === 'transport-closed' && event.transportId === peer.transportId) return event.reason;
    }
    return null;
  }

  close(): void {
    this.dataPath.close();
    for (const peer of this.#peers) peer.dtls.close();
  }

  #surroundings() {
    const bench = this;
    return {
      get now(): number {
        return bench.now;
      },
      transmit: (peer: TestPeer, from: string, bytes: Uint8Array) => this.#transmit(peer, from, bytes),
      pump: () => this.pump(),
    };
  }

  #receiveFrame(connection: number, bytes: Uint8Array, offset: number, length: number): void {
    this.memory.bytes.set(bytes.subarray(offset, offset + length), this.#slot);
    const source = { socketIndex: -1, address: 0, connection, ring: this.#tcpRing };
    this.#dueAt = 0;
    this.dataPath.receive(source, this.#slot, length, this.now);
    this.pump();
  }

  #transmit(peer: TestPeer, from: string, bytes: Uint8Array): void {
    // A spoofed source address is not where answers go to the spoofer.
    if (from === peer.address || !this.#byAddress.has(from)) this.#byAddress.set(from, peer);
    for (const kept of this.uplink(Buffer.from(bytes), peer)) this.#arriving.push({ from, bytes: kept });
  }

  #capture(messages: number, count: number): number {
    if (this.isDeaf) return countDatagrams(this.memory, messages, count);
    const datagrams = readMessages(this.memory, messages, count);
    for (const datagram of datagrams) {
      const peer = this.#byAddress.get(datagram.to);
      if (peer === undefined) {
        this.stray.push(datagram);
        continue;
      }
      const deliver = peer.judge(datagram.bytes);
      const kept = this.downlink(datagram.bytes, peer);
      for (const bytes of kept)
        this.#leaving.push(bytes === datagram.bytes ? deliver : () => peer.receive(bytes));
    }
    return datagrams.length;
  }

  #keepAlive(peer: TestPeer): void {
    if (!peer.keepsAlive || this.now < peer.nextCheckAt) return;
    peer.nextCheckAt = this.now + CHECK_INTERVAL;
    if (this.closeReason(peer) === null) peer.check();
  }
}

/** A stream with the publication that it is. */
export interface Published {
  readonly id: number;
  readonly peer: TestPeer;
  readonly stream: TestStream;
}
