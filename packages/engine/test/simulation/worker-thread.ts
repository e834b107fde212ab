import type { ControlToMedia, MediaToControl } from '../../src/contract/messages.js';
import { Counters } from '../../src/media/counters.js';
import { DataPath } from '../../src/media/datapath.js';
import { WorkerMemory } from '../../src/media/memory.js';
import { instantiateKernel } from '../../src/media/srtp/index.js';
import { type CapturedDatagram, readMessages } from '../../src/media/testing/captured-messages.js';
import { Tuples } from '../../src/media/tuples.js';
import { ADDRESS_TABLE_SEED_LENGTH } from '../../src/media/udp/address-table.js';
import { writeSocketAddress } from '../../src/media/udp/socket-address.js';
import { Transmitter } from '../../src/media/udp/transmitter.js';
import { SimulatedHandshake } from './handshake.js';
import type { SeededRandom } from './random.js';
import type { Timeline } from './timeline.js';

/** Where the memory pretends to be. */
const BASE_ADDRESS = 0x7f12_3450_0000;
/** 16 MiB. */
const PAGES = 256;
const SLOT = 16_384;
const ADDRESS_SLOT = 32;
/** Milliseconds between two rounds of timers: sparser than the worker's own 50, as the packets are. */
const TICK_INTERVAL = 1_000;

export interface ThreadSurroundings {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly kernel: WebAssembly.Module;
  /** Of this thread, by which others wake it. */
  readonly wakeDescriptor: number;
  wake(descriptor: number): void;
  post(event: MediaToControl): void;
  transmit(datagram: CapturedDatagram): void;
}

/** A media worker's thread: the real data path in a memory of its own, under the virtual clock. */
export class WorkerThread {
  readonly startedAt: number;
  readonly dataPath: DataPath;
  isDead = false;
  readonly #surroundings: ThreadSurroundings;
  readonly #memory: WorkerMemory;
  readonly #transmitter: Transmitter;
  readonly #ring: number;
  readonly #slot: number;
  readonly #address: number;
  readonly #used: number;
  #isTicking = false;

  constructor(surroundings: ThreadSurroundings) {
    const { timeline, random, wakeDescriptor } = surroundings;
    this.#surroundings = surroundings;
    this.startedAt = timeline.now;
    this.#memory = new WorkerMemory(PAGES, () => BASE_ADDRESS);
    const kernel = instantiateKernel(surroundings.kernel, this.#memory.memory);
    kernel.setMemoryBase(BASE_ADDRESS >>> 0, Math.floor(BASE_ADDRESS / 2 ** 32));
    this.#transmitter = new Transmitter(this.#memory);
    this.#ring = this.#transmitter.addRing((messages, count) => this.#send(messages, count), {
      isPossible: () => true,
      mergeMessages: kernel.mergeMessages,
    });
    this.#slot = this.#memory.reserve(SLOT);
    this.#address = this.#memory.reserve(ADDRESS_SLOT);
    const now = () => timeline.now;
    this.dataPath = new DataPath({
      memory: this.#memory,
      kernel,
      transmitter: this.#transmitter,
      tuples: new Tuples(this.#memory, random.bytes(ADDRESS_TABLE_SEED_LENGTH)),
      tcp: null,
      openDtls: (options) => new SimulatedHandshake(options, random, now),
      drops: new Counters(),
      datagramsLost: () => 0,
      waker: { wakeDescriptor, wake: surroundings.wake },
      recovery: { retransmission: true, redundancy: true },
      post: surroundings.post,
    });
    this.#used = this.#memory.used;
  }

  /** Octets of memory that were not given back. */
  get keptMemory(): number {
    return this.#memory.used - this.#used;
  }

  handle(message: ControlToMedia): void {
    if (message.type === 'stop') return;
    this.#turn(() => this.dataPath.handle(message, this.#surroundings.timeline.now));
    if (!this.#isTicking && !this.dataPath.isIdle) this.#awaitTick();
  }

  /** @param from `192.0.2.1:5000` */
  receive(from: string, bytes: Buffer): void {
    const colon = from.lastIndexOf(':');
    writeSocketAddress(
      this.#memory.bytes,
      this.#address,
      'IPv4',
      from.slice(0, colon),
      Number(from.slice(colon + 1)),
    );
    this.#memory.bytes.set(bytes, this.#slot);
    const source = { socketIndex: 0, address: this.#address, connection: 0, ring: this.#ring };
    const { now } = this.#surroundings.timeline;
    this.#turn(() => this.dataPath.receive(source, this.#slot, bytes.length, now));
  }

  /** Another worker has something for this one. */
  awake(): void {
    this.#turn(() => undefined);
  }

  /** As the worker's loop turns; it sleeps behind it. */
  #turn(action: () => void): void {
    if (this.isDead) return;
    const { timeline } = this.#surroundings;
    const { relay } = this.dataPath;
    relay.awake();
    relay.receive(timeline.now);
    action();
    this.#flush();
    this.dataPath.doWaiting(() => timeline.now);
    this.#flush();
    if (!relay.sleep()) timeline.after(0, () => this.awake());
  }

  #flush(): void {
    this.dataPath.relay.flush();
    this.#transmitter.flush();
  }

  #awaitTick(): void {
    this.#isTicking = true;
    this.#surroundings.timeline.after(TICK_INTERVAL, () => {
      this.#turn(() => this.dataPath.tick(this.#surroundings.timeline.now));
      this.#isTicking = !this.isDead && !this.dataPath.isIdle;
      if (this.#isTicking) this.#awaitTick();
    });
  }

  #send(messages: number, count: number): number {
    const datagrams = readMessages(this.#memory, messages, count);
    for (const datagram of datagrams) this.#surroundings.transmit(datagram);
    return datagrams.length;
  }
}
