/**
 * The control plane's end of one media worker: starts its thread, talks to it in the contract's messages and stops
 * it. A thread that dies is started again in its place, on the same addresses; its participants are told to be
 * closed and rejoin.
 */
import { Worker } from 'node:worker_threads';
import { StartError } from '@kraken/edge/config/start-error';
import type { WatchedPlace } from '@kraken/edge/watchdog/watchdog';
import type { Logger } from 'pino';
import type {
  ControlToMedia,
  MediaAddress,
  MediaToControl,
  PublicationStarted,
  Speakers,
  Speech,
  TransportClosed,
  TransportConnected,
  TransportId,
  WorkerLoad,
  WorkerReady,
} from './contract/messages.js';
import type { ParticipantStatistics, WorkerStatistics } from './contract/statistics.js';
import type { WorkerDescriptors, WorkerOptions } from './contract/worker-options.js';
import { WorkerQueries } from './worker-queries.js';

/** How long a thread may take until it listens, in milliseconds. */
const START_TIMEOUT = 10_000;
/** How long a thread may take to stop in order before it is terminated, in milliseconds. */
const STOP_TIMEOUT = 3_000;
/**
 * Of the young part of a thread's heap, in MiB. Packets allocate nothing, only joins do: kept small it is collected in a
 * short time, where V8 would let it grow to 32 MiB.
 */
const YOUNG_GENERATION_SIZE = 6;
/** A thread is not started again sooner than this after its last start, in milliseconds. */
export const RESTART_INTERVAL = 10_000;
/** One that dies again and again rests for twice as long each time, up to this, in milliseconds. */
export const LONGEST_REST = 320_000;
/** A thread that has stood still for so long is terminated, and started again, in milliseconds. */
export const STUCK_AFTER = 10_000;
/** How often it is looked whether it has, in milliseconds. */
const STUCK_CHECK_INTERVAL = 1_000;

const NO_LOAD = { busy: 0, packetsPerSecond: 0 } as const;

/** What a worker reports of its own accord. */
export type MediaEvent = TransportConnected | TransportClosed | PublicationStarted | Speech | Speakers;

/** Starts a thread that speaks the contract, with these options as its `workerData`. */
export type SpawnWorker = (options: WorkerOptions) => Worker;

export const spawnMediaWorker: SpawnWorker = (options) =>
  new Worker(new URL('./media/worker.js', import.meta.url), {
    workerData: options,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_SIZE },
    name: `media-${options.index}`,
  });

export interface WorkerHandleOptions {
  readonly worker: Omit<WorkerOptions, 'heartbeat'>;
  /** Where its thread is watched, or null. */
  readonly place: WatchedPlace | null;
  readonly logger: Logger;
  /** Called for each event of the worker. */
  readonly onEvent: (event: MediaEvent) => void;
  /** Called when the worker cannot be had for a while, which it tries to end; `message` is one line. */
  readonly onFailure: (message: string) => void;
  /** Starts the thread. */
  readonly spawn: SpawnWorker;
}

export class WorkerHandle {
  readonly #options: WorkerHandleOptions;
  readonly #transports = new Set<TransportId>();
  readonly #statistics = new WorkerQueries<WorkerStatistics>();
  readonly #participants = new WorkerQueries<readonly ParticipantStatistics[]>();
  readonly #addresses: readonly MediaAddress[];
  /** What the thread leaves open when it dies. */
  #descriptors: WorkerDescriptors | null;
  #load: Pick<WorkerLoad, 'busy' | 'packetsPerSecond'> = NO_LOAD;
  #generation = 0;
  #worker: Worker;
  #startedAt = performance.now();
  #stopping = false;
  #isAvailable = true;
  /** How long the thread rests when it dies soon after its start, in milliseconds. */
  #rest = RESTART_INTERVAL;
  #retry: NodeJS.Timeout | undefined;
  /** Settles when the present thread has ended. */
  #ended: Promise<void>;
  /** Settles when the present thread listens, or never will. */
  #replaced: Promise<void> = Promise.resolve();

  private constructor(options: WorkerHandleOptions, worker: Worker, ready: WorkerReady) {
    this.#options = options;
    this.#addresses = withoutDuplicates(ready.addresses);
    this.#descriptors = ready.descriptors;
    this.#worker = worker;
    this.#ended = this.#attend(worker);
    options.place?.watch(true);
    for (const buffer of ready.cappedBuffers) {
      options.logger.warn(
        { worker: options.worker.index, ...buffer },
        'socket buffer capped by the system: bursts may be lost until the sysctl is raised',
      );
    }
  }

  /**
   * @returns the handle of a worker that listens
   * @throws StartError when it cannot
   */
  static async start(options: WorkerHandleOptions): Promise<WorkerHandle> {
    const worker = options.spawn(withHeartbeat(options.worker, options.place));
    return new WorkerHandle(options, worker, await untilReady(worker, options.worker.index));
  }

  /** 0 for the first worker of the process. */
  get index(): number {
    return this.#options.worker.index;
  }

  /** Where the worker takes media, as announced; none twice. */
  get addresses(): readonly MediaAddress[] {
    return this.#addresses;
  }

  /** How many transports are open. */
  get transports(): number {
    return this.#transports.size;
  }

  get busy(): number {
    return this.#load.busy;
  }

  get packetsPerSecond(): number {
    return this.#load.packetsPerSecond;
  }

  /** False while its thread is dead and not yet started again: what is sent to it is lost. */
  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  /** How many times its thread was started again. */
  get generation(): number {
    return this.#generation;
  }

  send(message: ControlToMedia): void {
    if (message.type === 'open-transport') this.#transports.add(message.transportId);
    else if (message.type === 'close-transport') this.#transports.delete(message.transportId);
    this.#worker.postMessage(message);
  }

  /** @returns the worker's counters, or null when it does not answer in time */
  statistics(): Promise<WorkerStatistics | null> {
    return this.#statistics.ask((requestId) => this.send({ type: 'query-statistics', requestId }));
  }

  /** @returns how media goes to and from each of its participants, or null when the worker does not answer in time */
  participants(): Promise<readonly ParticipantStatistics[] | null> {
    return this.#participants.ask((requestId) => this.send({ type: 'query-participants', requestId }));
  }

  /** Stops the thread in order, or terminates it when it takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    this.#options.place?.watch(false);
    await this.#replaced;
    this.send({ type: 'stop' });
    const timer = setTimeout(() => {
      this.#options.logger.error({ worker: this.index }, 'media worker did not stop in time, terminated');
      void this.#worker.terminate();
    }, STOP_TIMEOUT);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Listens to a thread until it ends. */
  #attend(worker: Worker): Promise<void> {
    let reason: unknown = 'the thread ended';
    worker.on('message', (message: MediaToControl) => this.#receive(message));
    worker.on('error', (error) => {
      reason = error;
    });
    const watching = this.#watch(worker, (stuck) => {
      reason = stuck;
    });
    return new Promise((fulfil) => {
      worker.once('exit', () => {
        fulfil();
        clearInterval(watching);
        // One that was given up, and took so long to end that its successor is there already.
        if (worker !== this.#worker) return;
        this.#options.place?.watch(false);
        this.#endTransports();
        if (!this.#stopping) this.#replaced = this.#replace(reason);
      });
    });
  }

  /** Ends a thread that will not turn again: an endless loop can be ended from outside. */
  #watch(worker: Worker, onStuck: (reason: string) => void): NodeJS.Timeout | undefined {
    const { place } = this.#options;
    if (place === null) return undefined;
    return setInterval(() => {
      const { blockedFor } = place;
      if (blockedFor < STUCK_AFTER) return;
      onStuck(`it stood still for ${blockedFor} ms`);
      void worker.terminate();
    }, STUCK_CHECK_INTERVAL).unref();
  }

  #receive(message: MediaToControl): void {
    switch (message.type) {
      case 'transport-closed':
        this.#transports.delete(message.transportId);
        this.#options.onEvent(message);
        break;
      case 'transport-connected':
      case 'publication-started':
      case 'speech':
      case 'speakers':
        this.#options.onEvent(message);
        break;
      case 'load':
        this.#load = message;
        break;
      case 'statistics':
        this.#statistics.answer(message.requestId, message);
        break;
      case 'participants':
        this.#participants.answer(message.requestId, message.participants);
        break;
      case 'ready':
      case 'failed':
      case 'stopped':
        break;
    }
  }

  /** With the thread all its transports and answers are gone. */
  #endTransports(): void {
    this.#load = NO_LOAD;
    this.#statistics.abandon();
    this.#participants.abandon();
    if (this.#stopping) return;
    for (const transportId of [...this.#transports]) {
      this.#transports.delete(transportId);
      const detail = `media worker ${this.index} died`;
      this.#options.onEvent({ type: 'transport-closed', transportId, reason: 'no-resources', detail });
    }
  }

  /** What is sent meanwhile waits for the new thread, so that nothing is lost but what the old one held. */
  async #replace(reason: unknown): Promise<void> {
    // It was given up before it ended, and its successor is on its way.
    if (!this.#isAvailable) return;
    const { logger } = this.#options;
    logger.fatal({ worker: this.index, err: reason }, 'media worker died, its participants have to rejoin');
    const age = performance.now() - this.#startedAt;
    if (age < RESTART_INTERVAL)
      this.#giveUp(`media worker ${this.index} died ${Math.round(age)} ms after its start`);
    else {
      this.#rest = RESTART_INTERVAL;
      await this.#restart();
    }
  }

  /** What it takes over from the dead thread makes room for it on the same port, which clients were told. */
  async #restart(): Promise<void> {
    const { worker, spawn, place } = this.#options;
    const port = this.#addresses[0]?.port ?? worker.portMin;
    const options = { ...worker, portMin: port, portMax: port, inherited: this.#descriptors };
    this.#startedAt = performance.now();
    this.#generation++;
    this.#isAvailable = true;
    try {
      this.#worker = spawn(withHeartbeat(options, place));
      this.#ended = this.#attend(this.#worker);
      const { addresses, descriptors } = await untilReady(this.#worker, worker.index);
      this.#descriptors = descriptors;
      place?.watch(true);
      if (JSON.stringify(withoutDuplicates(addresses)) !== JSON.stringify(this.#addresses)) {
        this.#giveUp(`media worker ${this.index} started again on other addresses`);
      }
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error));
    }
  }

  /** A thread that dies again and again is let rest. */
  #giveUp(message: string): void {
    if (!this.#isAvailable || this.#stopping) return;
    this.#isAvailable = false;
    void this.#worker.terminate();
    this.#options.onFailure(message);
    this.#retry = setTimeout(() => {
      this.#replaced = this.#restart();
    }, this.#rest);
    this.#rest = Math.min(2 * this.#rest, LONGEST_REST);
  }
}

/**
 * @returns what the thread tells when it listens
 * @throws StartError when the thread says that it cannot start, dies, or says nothing for too long
 */
function untilReady(worker: Worker, index: number): Promise<WorkerReady> {
  return new Promise((fulfil, reject) => {
    const settle = (outcome: WorkerReady | StartError) => {
      clearTimeout(timer);
      // The listener for errors stays: without any, a late error would end the process.
      worker.off('message', onMessage).off('exit', onExit);
      if (outcome instanceof StartError) reject(outcome);
      else fulfil(outcome);
    };
    const fail = (message: string) => {
      void worker.terminate();
      settle(new StartError(message));
    };
    const onMessage = (message: MediaToControl) => {
      if (message.type === 'ready') settle(message);
      else if (message.type === 'failed') fail(message.message);
    };
    const onError = (error: Error) =>
      fail(`media worker ${index} cannot start: ${error.message.split('\n', 1)[0]}`);
    const onExit = () => fail(`media worker ${index} ended before it listened`);
    const timer = setTimeout(() => fail(`media worker ${index} did not start in time`), START_TIMEOUT);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function withHeartbeat(options: Omit<WorkerOptions, 'heartbeat'>, place: WatchedPlace | null): WorkerOptions {
  return { ...options, heartbeat: place?.word ?? null };
}

/** Addresses behind one NAT are announced as one. */
function withoutDuplicates(addresses: readonly MediaAddress[]): readonly MediaAddress[] {
  const byText = new Map(addresses.map((address) => [JSON.stringify(address), address]));
  return [...byText.values()];
}
