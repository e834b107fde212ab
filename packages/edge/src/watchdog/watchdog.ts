/**
 * Sees when a thread of the process stands still: in an endless loop, or in a system call that does not return. Reports it,
 * while it lasts, from a thread of its own.
 */
import { Worker } from 'node:worker_threads';
import { CHECK_INTERVAL, HOPELESS_AFTER } from './block-detector.js';
import { Heartbeats } from './heartbeats.js';
import type { WatchdogOptions } from './watchdog-thread.js';

/** The thread that makes the watchdog. */
const MAIN = 0;
/** How often the main thread shows that it turns, in milliseconds. */
const BEAT_INTERVAL = CHECK_INTERVAL;
/** Of the watchdog's heap, in MiB: it does next to nothing. */
const HEAP = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 } as const;

export interface WatchOptions {
  /** What the main thread is called in logs and metrics. */
  readonly main: string;
  /** Others that can be watched, by their names. */
  readonly others: readonly string[];
  /** Where the watchdog's lines go. */
  readonly descriptor: number;
  /** pino's number of the lowest level that is logged. */
  readonly lowestLevel: number;
  /** Called when nobody watches any more. */
  readonly onFailure: (error: unknown) => void;
  /** A thread that has stood still for so long ends the process, in milliseconds. */
  readonly hopelessAfter?: number;
}

/** How a thread has fared. */
export interface ThreadHealth {
  readonly name: string;
  /** How often it has stood still. */
  readonly blocks: number;
  /** How long altogether, in milliseconds. */
  readonly blockedFor: number;
}

export class Watchdog {
  readonly #heartbeats: Heartbeats;
  readonly #names: readonly string[];
  readonly #options: WatchOptions;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#names = [options.main, ...options.others];
    this.#heartbeats = Heartbeats.allocate(this.#names.length);
  }

  /** From here on, until the process ends, the main thread is watched, and others while they are said to be. */
  start(): void {
    const { descriptor, lowestLevel, onFailure, hopelessAfter = HOPELESS_AFTER } = this.#options;
    const heartbeats = this.#heartbeats;
    heartbeats.watch(MAIN, true);
    setInterval(() => heartbeats.beat(MAIN), BEAT_INTERVAL).unref();
    const workerData: WatchdogOptions = {
      buffer: heartbeats.buffer,
      names: this.#names,
      descriptor,
      lowestLevel,
      hopelessAfter,
    };
    const thread = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
      workerData,
      // What the process was started with is not for it: code to run first, or to take for its own.
      execArgv: [],
      resourceLimits: HEAP,
      name: 'watchdog',
    });
    // Without it the service goes on as it would with it.
    thread.on('error', onFailure);
    thread.unref();
  }

  /** What a thread needs to be watched. */
  place(name: string): WatchedPlace {
    const thread = this.#names.indexOf(name);
    if (thread < 0) throw new Error(`no place was reserved for the thread ${name}`);
    return new WatchedPlace(this.#heartbeats, thread);
  }

  /** How each thread has fared so far. */
  health(): readonly ThreadHealth[] {
    return this.#names.map((name, thread) => ({
      name,
      blocks: this.#heartbeats.blocks(thread),
      blockedFor: this.#heartbeats.blockedTotal(thread),
    }));
  }
}

/** Where one thread is watched. */
export class WatchedPlace {
  readonly #heartbeats: Heartbeats;
  readonly #thread: number;

  constructor(heartbeats: Heartbeats, thread: number) {
    this.#heartbeats = heartbeats;
    this.#thread = thread;
  }

  /** The 32-bit word in which the thread counts its turns, plain data. */
  get word(): { readonly buffer: SharedArrayBuffer; readonly index: number } {
    return { buffer: this.#heartbeats.buffer, index: Heartbeats.wordOf(this.#thread) };
  }

  /** The thread turns from here on, or need not any more. */
  watch(isWatched: boolean): void {
    this.#heartbeats.watch(this.#thread, isWatched);
  }

  /** How long the thread has stood still, in milliseconds; 0 when it turns. */
  get blockedFor(): number {
    return this.#heartbeats.blockedFor(this.#thread);
  }
}
