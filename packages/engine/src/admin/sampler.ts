/** Asks the media workers at intervals: often while somebody looks, now and then otherwise. */
import type { WatchedWorker, WorkerReading } from './reading.js';

/** While somebody looks, ms. */
export const WATCHED_INTERVAL = 2_000;
/** While nobody does, ms. */
export const UNWATCHED_INTERVAL = 5_000;
/** For how long after a question somebody counts as looking, ms. */
export const WATCH_LIFETIME = 10_000;

export interface SamplerOptions {
  readonly workers: readonly WatchedWorker[];
  /** Takes what the workers have answered. */
  readonly take: (readings: readonly WorkerReading[]) => void;
  /** Told of what `take` throws. */
  readonly onError: (error: unknown) => void;
  /** ms, monotonic */
  readonly now: () => number;
}

export class Sampler {
  readonly #options: SamplerOptions;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #watchedUntil = Number.NEGATIVE_INFINITY;
  #isUnderWay = false;
  #isStopped = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** @returns when the first answers are there */
  start(): Promise<void> {
    return this.#sample();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Somebody looks: from here on for a while the workers are asked more often. */
  watch(): void {
    const now = this.#options.now();
    const wasWatched = this.#watchedUntil > now;
    this.#watchedUntil = now + WATCH_LIFETIME;
    if (!wasWatched && !this.#isUnderWay && !this.#isStopped) this.#schedule();
  }

  async #sample(): Promise<void> {
    const { workers, take, onError, now } = this.#options;
    this.#isUnderWay = true;
    this.#startedAt = now();
    try {
      take(await Promise.all(workers.map((worker) => ask(worker, now))));
    } catch (error) {
      onError(error);
    }
    this.#isUnderWay = false;
    if (!this.#isStopped) this.#schedule();
  }

  #schedule(): void {
    const now = this.#options.now();
    const interval = this.#watchedUntil > now ? WATCHED_INTERVAL : UNWATCHED_INTERVAL;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#sample(), Math.max(0, this.#startedAt + interval - now));
    this.#timer.unref();
  }
}

async function ask(worker: WatchedWorker, now: () => number): Promise<WorkerReading> {
  const [statistics, participants] = await Promise.all([worker.statistics(), worker.participants()]);
  return { index: worker.index, at: now(), statistics, participants };
}
