import type {
  ControlToMedia,
  MediaAddress,
  MediaToControl,
  TransportId,
} from '../../src/contract/messages.js';
import type { MediaWorkerPort } from '../../src/room/media-worker-port.js';
import { LONGEST_REST, RESTART_INTERVAL } from '../../src/worker-handle.js';
import type { Counts } from './counts.js';
import { type ThreadSurroundings, WorkerThread } from './worker-thread.js';

/** Milliseconds that a message takes from thread to thread. */
const MESSAGE_DELAY = { least: 0.05, most: 3 };
/** The same while a thread is behind its work. */
const SLOW_MESSAGE_DELAY = 400;
/** Milliseconds until the main thread knows that another one has ended. */
const EXIT_DELAY = 20;
/** Share of the threads that do not come up, where there are others: their port is taken, or memory is short. */
const STILLBORN = 0.1;

export type WorkerSurroundings = Omit<ThreadSurroundings, 'wakeDescriptor' | 'post'> & {
  readonly counts: Counts;
  /** Whether there is another worker that can be had. */
  hasOther(index: number): boolean;
  onEvent(event: MediaToControl): void;
};

/**
 * A media worker with its end in the main thread. Messages come in order, some time later; a thread that dies is
 * followed by another one as WorkerHandle has it: its transports are told to be closed, what was sent to it before that
 * is lost, and one that dies again soon rests, for twice as long each time.
 */
export class SimulatedWorker implements MediaWorkerPort {
  readonly addresses: readonly MediaAddress[];
  readonly busy = 0;
  readonly packetsPerSecond = 0;
  isAvailable = true;
  generation = 0;
  /** Whether messages take long. */
  isSlow = false;
  thread: WorkerThread;
  readonly #surroundings: WorkerSurroundings;
  readonly #transports = new Set<TransportId>();
  #arrivesAt = 0;
  #tellsAt = 0;
  #rest = RESTART_INTERVAL;

  constructor(
    readonly index: number,
    surroundings: WorkerSurroundings,
  ) {
    this.addresses = [{ transport: 'udp', family: 'IPv4', address: `192.0.2.${index + 1}`, port: 40_000 }];
    this.#surroundings = surroundings;
    this.thread = this.#start();
  }

  get transports(): number {
    return this.#transports.size;
  }

  send(message: ControlToMedia): void {
    if (message.type === 'open-transport') this.#transports.add(message.transportId);
    else if (message.type === 'close-transport') this.#transports.delete(message.transportId);
    const { timeline } = this.#surroundings;
    const { thread } = this;
    this.#arrivesAt = Math.max(this.#arrivesAt, timeline.now + this.#delay());
    timeline.after(this.#arrivesAt - timeline.now, () => {
      if (!thread.isDead) thread.handle(message);
    });
  }

  /** Has the thread die where it is. */
  crash(): void {
    const { timeline } = this.#surroundings;
    this.thread.isDead = true;
    this.#tellsAt = Math.max(this.#tellsAt, timeline.now + EXIT_DELAY);
    timeline.after(this.#tellsAt - timeline.now, () => this.#bury());
  }

  #start(): WorkerThread {
    const { timeline } = this.#surroundings;
    const thread: WorkerThread = new WorkerThread({
      ...this.#surroundings,
      wakeDescriptor: this.index + 1,
      post: (event) => {
        this.#tellsAt = Math.max(this.#tellsAt, timeline.now + this.#delay());
        timeline.after(this.#tellsAt - timeline.now, () => this.#told(event));
      },
    });
    return thread;
  }

  #delay(): number {
    const { random } = this.#surroundings;
    const { least, most } = MESSAGE_DELAY;
    return random.between(least, this.isSlow ? SLOW_MESSAGE_DELAY : most);
  }

  #told(event: MediaToControl): void {
    if (event.type === 'transport-closed') this.#transports.delete(event.transportId);
    this.#surroundings.onEvent(event);
  }

  #bury(): void {
    for (const transportId of [...this.#transports]) {
      this.#transports.delete(transportId);
      const detail = 'the thread ended';
      this.#surroundings.onEvent({ type: 'transport-closed', transportId, reason: 'no-resources', detail });
    }
    const age = this.#surroundings.timeline.now - this.thread.startedAt;
    if (age < RESTART_INTERVAL) this.#letRest();
    else {
      this.#rest = RESTART_INTERVAL;
      this.#restart();
    }
  }

  #letRest(): void {
    const { timeline, counts } = this.#surroundings;
    counts.count('rests of workers');
    this.isAvailable = false;
    timeline.after(this.#rest, () => this.#restart());
    this.#rest = Math.min(2 * this.#rest, LONGEST_REST);
  }

  #restart(): void {
    const { random, counts, hasOther } = this.#surroundings;
    counts.count('restarts of workers');
    this.generation++;
    this.isAvailable = true;
    this.thread = this.#start();
    if (hasOther(this.index) && random.chance(STILLBORN)) this.crash();
  }
}
