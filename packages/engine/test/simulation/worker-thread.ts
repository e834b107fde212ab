import type { ControlToMedia, MediaToControl } from '../../src/contract/messages.js';
import { Counters } from '../../src/media/counters.js';
import { DataPath } from '../../src/media/datapath.js';
import { CONSENT_TIMEOUT } from '../../src/media/ice/ice-agent.js';
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
/** First octets of STUN messages are below this one. */
const FIRST_DTLS = 20;
export interface ThreadSurroundings {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly kernel: WebAssembly.Module;
  /** Milliseconds between two rounds of timers, at least. */
  readonly tickInterval: number;
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
  /** When the timers run next, ms; infinite when nothing is due and nothing has come. */
  #tickAt = Number.POSITIVE_INFINITY;

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
      heapUsed: () => 0,
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
    this.#tickSoon();
  }

  /** @param from `192.0.2.1:5000` */
  receive(from: string, bytes: Buffer): void {
    this.#memory.bytes.set(socketAddressOf(from), this.#address);
    this.#memory.bytes.set(bytes, this.#slot);
    const source = { socketIndex: 0, address: this.#address, connection: 0, ring: this.#ring };
    const { now } = this.#surroundings.timeline;
    this.#turn(() => this.dataPath.receive(source, this.#slot, bytes.length, now));
    // A check puts off what is due, and renews consent, which ends the sooner.
    if ((bytes[0] ?? 0) < FIRST_DTLS) this.#tickBy(now + CONSENT_TIMEOUT);
    else this.#tickSoon();
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
    if (relay.receive(timeline.now) > 0) this.#tickSoon();
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

  #tickSoon(): void {
    const { timeline, tickInterval } = this.#surroundings;
    this.#tickBy(timeline.now + tickInterval);
  }

  /** Has the timers run at a time, unless they do so earlier. */
  #tickBy(at: number): void {
    if (at >= this.#tickAt) return;
    this.#tickAt = at;
    const { timeline } = this.#surroundings;
    timeline.after(at - timeline.now, () => {
      // It may have been moved forward since, and have run.
      if (this.#tickAt === at) this.#tick();
    });
  }

  #tick(): void {
    const { timeline, tickInterval } = this.#surroundings;
    this.#tickAt = Number.POSITIVE_INFINITY;
    if (this.isDead) return;
    let dueAt = 0;
    this.#turn(() => {
      dueAt = this.dataPath.tick(timeline.now);
    });
    if (dueAt !== Number.POSITIVE_INFINITY) this.#tickBy(Math.max(dueAt, timeline.now + tickInterval));
  }

  #send(messages: number, count: number): number {
    const datagrams = readMessages(this.#memory, messages, count);
    for (const datagram of datagrams) this.#surroundings.transmit(datagram);
    return datagrams.length;
  }
}

const socketAddresses = new Map<string, Uint8Array>();

/** @param text `192.0.2.1:5000` */
function socketAddressOf(text: string): Uint8Array {
  const known = socketAddresses.get(text);
  if (known !== undefined) return known;
  const [host, port] = text.split(':');
  const bytes = new Uint8Array(ADDRESS_SLOT);
  writeSocketAddress(bytes, 0, 'IPv4', host ?? '', Number(port));
  socketAddresses.set(text, bytes);
  return bytes;
}
