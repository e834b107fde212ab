/**
 * Entry of a media worker's thread: makes the parts, then turns: sleep until something is readable, let a batch gather,
 * receive it, hand each packet to the data path, send what it has queued, do what is due, let the event loop run.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
// The global of that name is a getter, which costs as much as the clock.
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ControlToMedia, MediaAddress, MediaToControl } from '../contract/messages.js';
import type { WorkerOptions } from '../contract/worker-options.js';
import type { Source } from './connectivity.js';
import { Counters } from './counters.js';
import { DataPath } from './datapath.js';
import { DROP_REASONS } from './drop-reason.js';
import { DtlsContext, DtlsSession } from './dtls/index.js';
import { Gathering } from './gathering.js';
import { Heartbeat } from './heartbeat.js';
import { type Listening, listen, usesBatchedCalls } from './listen.js';
import { LoadMeter } from './load-meter.js';
import { WorkerMemory } from './memory.js';
import { compileKernel, instantiateKernel, warmUp } from './srtp/index.js';
import { TcpConnections } from './tcp/connections.js';
import { takePrecedence } from './thread-priority.js';
import { Tuples } from './tuples.js';
import { ADDRESS_TABLE_SEED_LENGTH } from './udp/address-table.js';
import { loadLibC } from './udp/libc.js';
import { MAX_DATAGRAM, RECEIVE_BATCH } from './udp/sockets.js';
import { Transmitter } from './udp/transmitter.js';

/** 256 MiB of address space; only what is used becomes memory. */
const MEMORY_PAGES = 4096;
/** Milliseconds between two rounds of timers, at least, and until the next one when something has come. */
const TICK_INTERVAL = 50;
/** The same at most, while nothing comes and nothing is due sooner; also the longest sleep. */
const IDLE_TICK_INTERVAL = 1_000;
/** Milliseconds after which the event loop runs even if nothing told that it has work. */
const YIELD_INTERVAL = 50;
/** Room for one packet that came over TCP. */
const TCP_SLOT = 2048;
/** Milliseconds. */
const CLOCK = () => performance.now();

class MediaWorker {
  readonly #port: MessagePort;
  readonly #memory: WorkerMemory;
  readonly #transmitter: Transmitter;
  readonly #listening: Listening;
  readonly #tcp: TcpConnections | null;
  readonly #dtls: DtlsContext;
  readonly #dataPath: DataPath;
  readonly #rings: readonly number[];
  readonly #tcpRing: number;
  readonly #tcpSlot: number;
  /** Filled anew for every packet. */
  readonly #source = { socketIndex: 0, address: 0, connection: 0, ring: 0 } satisfies Source;
  readonly #load = new LoadMeter(performance.now());
  readonly #gathering = new Gathering(performance.now());
  /** Whether the last turn has filled a batch, so that more datagrams may be there already. */
  #isBehind = false;
  readonly #heartbeat: Heartbeat;
  #tickAt = 0;
  #stopping = false;

  private constructor(
    port: MessagePort,
    memory: WorkerMemory,
    listening: Listening,
    tcp: TcpConnections | null,
    dtls: DtlsContext,
    drops: Counters,
    { recovery, heartbeat }: WorkerOptions,
  ) {
    this.#port = port;
    this.#heartbeat = new Heartbeat(heartbeat);
    this.#memory = memory;
    this.#listening = listening;
    this.#tcp = tcp;
    this.#dtls = dtls;
    const kernel = instantiateKernel(compileKernel(kernelBytes()), memory.memory);
    kernel.setMemoryBase(memory.baseAddress >>> 0, Math.floor(memory.baseAddress / 2 ** 32));
    warmUp(kernel);
    const { sockets } = listening;
    const transmitter = new Transmitter(memory);
    this.#transmitter = transmitter;
    this.#rings = sockets.addresses.map((_, i) =>
      transmitter.addRing((messages, count) => sockets.send(i, messages, count), {
        isPossible: () => sockets.takesMerged(i),
        mergeMessages: kernel.mergeMessages,
      }),
    );
    this.#tcpRing = tcp === null ? 0 : transmitter.addRing((messages, count) => tcp.send(messages, count));
    this.#tcpSlot = memory.reserve(TCP_SLOT);
    const tuples = new Tuples(memory, randomBytes(ADDRESS_TABLE_SEED_LENGTH));
    const post = (event: MediaToControl) => port.postMessage(event);
    this.#dataPath = new DataPath({
      memory,
      kernel,
      transmitter,
      tuples,
      tcp,
      openDtls: (options) => new DtlsSession(dtls, options),
      drops,
      datagramsLost: () => sockets.datagramsLost,
      heapUsed: () => getHeapStatistics().used_heap_size,
      waker: sockets,
      recovery,
      post,
    });
  }

  /** @throws Error of one line when the worker cannot start */
  static async start(port: MessagePort, options: WorkerOptions): Promise<void> {
    takePrecedence();
    const calls = usesBatchedCalls(options.io) ? loadLibC() : null;
    const memory = new WorkerMemory(MEMORY_PAGES, calls === null ? null : calls.addressOf);
    const dtls = new DtlsContext(options.certificate);
    const drops = new Counters(DROP_REASONS);
    let worker: MediaWorker | null = null;
    const tcp = options.tcp
      ? new TcpConnections(
          memory,
          drops,
          {
            onFrame: (connection, bytes, offset, length) =>
              worker?.receiveFrame(connection, bytes, offset, length),
            onClosed: (connection) => worker?.connectionClosed(connection),
          },
          options.tcpLimits,
        )
      : null;
    const listening = await listen(options, memory, calls, tcp);
    worker = new MediaWorker(port, memory, listening, tcp, dtls, drops, options);
    port.on('message', (message: ControlToMedia) => worker?.handle(message));
    port.postMessage({
      type: 'ready',
      addresses: announce(options, listening.port),
      descriptors: listening.sockets.descriptors,
      cappedBuffers: listening.sockets.cappedBuffers,
    } satisfies MediaToControl);
    worker.run();
  }

  handle(message: ControlToMedia): void {
    if (message.type === 'stop') void this.#stop();
    else {
      const now = performance.now();
      this.#dataPath.handle(message, now);
      this.#flush();
      this.#tickSoon(now);
    }
  }

  receiveFrame(connection: number, bytes: Uint8Array, offset: number, length: number): void {
    const kept = Math.min(length, MAX_DATAGRAM);
    for (let i = 0; i < kept; i++) this.#memory.bytes[this.#tcpSlot + i] = bytes[offset + i] ?? 0;
    this.#source.socketIndex = -1;
    this.#source.connection = connection;
    this.#source.ring = this.#tcpRing;
    const now = performance.now();
    this.#dataPath.receive(this.#source, this.#tcpSlot, length, now);
    this.#flush();
    this.#tickSoon(now);
  }

  connectionClosed(connection: number): void {
    this.#dataPath.connectionClosed(connection);
  }

  /** Turns until the event loop has work or a while has passed, then comes back behind it. */
  run(): void {
    if (this.#stopping) return;
    const { sockets } = this.#listening;
    const { relay } = this.#dataPath;
    const yieldAt = performance.now() + YIELD_INTERVAL;
    for (;;) {
      this.#heartbeat.beat();
      const before = performance.now();
      const isIdle = !this.#dataPath.isWaiting && relay.sleep();
      const timeout = isIdle ? Math.max(0, Math.ceil(this.#tickAt - before)) : 0;
      const loopHasWork = sockets.wait(timeout);
      relay.awake();
      // What waits takes so much of a turn that packets gather meanwhile; what another worker hands over has gathered there.
      const isFree = !loopHasWork && !this.#dataPath.isWaiting && !this.#isBehind;
      if (isFree && this.#gathering.duration > 0 && this.#hasDatagrams()) {
        sockets.pause(this.#gathering.duration);
      }
      const now = performance.now();
      this.#load.slept(now - before);
      this.#isBehind = false;
      for (let i = 0; i < this.#rings.length; i++) if (sockets.isReadable(i)) this.#receive(i, now);
      this.#count(relay.receive(now), now);
      if (now >= this.#tickAt) this.#tick(now);
      this.#flush();
      this.#doWaiting();
      if (loopHasWork || now >= yieldAt) break;
    }
    setImmediate(() => this.run());
  }

  #hasDatagrams(): boolean {
    for (let i = 0; i < this.#rings.length; i++) if (this.#listening.sockets.isReadable(i)) return true;
    return false;
  }

  #receive(socketIndex: number, now: number): void {
    const { sockets } = this.#listening;
    const { batch } = sockets;
    const source = this.#source;
    source.socketIndex = socketIndex;
    source.connection = 0;
    source.ring = this.#rings[socketIndex] ?? 0;
    const count = sockets.receive(socketIndex);
    this.#count(count, now);
    for (let i = 0; i < count; i++) {
      source.address = batch.address(i);
      this.#dataPath.receive(source, batch.datagram(i), batch.lengths[i] ?? 0, now);
    }
    if (count < RECEIVE_BATCH) return;
    this.#isBehind = true;
    this.#transmitter.flush();
  }

  /** Takes note of how many packets have come, from participants or from other workers. */
  #count(packets: number, now: number): void {
    if (packets === 0) return;
    this.#gathering.count(packets);
    this.#tickSoon(now);
  }

  /** Something has come, which may have something become due. */
  #tickSoon(now: number): void {
    this.#tickAt = Math.min(this.#tickAt, now + TICK_INTERVAL);
  }

  /** Other workers first: they can work on their part while this one sends its own. */
  #flush(): void {
    this.#dataPath.relay.flush();
    this.#transmitter.flush();
  }

  /** Behind media, which has been sent by now. */
  #doWaiting(): void {
    if (!this.#dataPath.isWaiting) return;
    this.#dataPath.doWaiting(CLOCK);
    this.#flush();
  }

  #tick(now: number): void {
    const dueAt = this.#dataPath.tick(now);
    this.#tickAt = now + Math.min(IDLE_TICK_INTERVAL, Math.max(TICK_INTERVAL, dueAt - now));
    this.#gathering.adapt(this.#transmitter.packetsSent, now);
    this.#tcp?.sweep(now);
    const load = this.#load.report(this.#transmitter.packetsSent, now);
    if (load !== null) this.#port.postMessage(load satisfies MediaToControl);
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#dataPath.close();
    this.#listening.sockets.close();
    await this.#tcp?.stop();
    this.#dtls.free();
    this.#port.postMessage({ type: 'stopped' } satisfies MediaToControl);
    this.#port.close();
  }
}

/** Each bound address, UDP and TCP, as candidates name it. */
function announce(options: WorkerOptions, port: number): MediaAddress[] {
  const transports = options.tcp ? (['udp', 'tcp'] as const) : (['udp'] as const);
  return transports.flatMap((transport) =>
    options.bind.map(({ family, announced }) => ({ transport, family, address: announced, port })),
  );
}

function kernelBytes(): Uint8Array {
  return readFileSync(fileURLToPath(import.meta.resolve('@kraken/kernel/kernel.wasm')));
}

if (parentPort === null) throw new Error('the media worker runs as a worker thread only');
const port = parentPort;
MediaWorker.start(port, workerData as WorkerOptions).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  port.postMessage({ type: 'failed', message } satisfies MediaToControl);
  port.close();
});
