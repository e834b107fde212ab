/** Asks the media workers at intervals: often while somebody looks, now and then otherwise. */
import type { WatchedWorker, WorkerReading } from './reading.js';

/** While somebody looks, ms. */
export const WATCHED_INTERVAL = 2_000;
/** While nobody does, ms. */
export const UNWATCHED_INTERVAL = 5_000;
/** For how long after a question somebody counts as looking, ms. */
export const WATCH_LIFETIME = 10_000;

/** Who looks gets answers that are no older than this, ms; more often the workers are not asked, however many look. */
export const FRESHNESS = 1_500;
/** How long who looks waits for a worker that does not answer, ms: then the former answers have to do. */
const PATIENCE = 500;

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
  #underWay: Promise<void> | null = null;
  #isStopped = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** @returns when the first answers are there */
  start(): Promise<void> {
    return this.#begin();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /**
   * Somebody looks: from here on for a while the workers are asked more often.
   * @returns when there are fresh answers, if the workers give any
   */
  async watch(): Promise<void> {
    const now = this.#options.now();
    this.#watchedUntil = now + WATCH_LIFETIME;
    if (this.#isStopped) return;
    if (this.#underWay === null && now - this.#startedAt < FRESHNESS) {
      this.#schedule();
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((fulfil) => {
      timer = setTimeout(fulfil, PATIENCE);
    });
    await Promise.race([this.#underWay ?? this.#begin(), enough]);
    clearTimeout(timer);
  }

  #begin(): Promise<void> {
    clearTimeout(this.#timer);
    this.#startedAt = this.#options.now();
    this.#underWay = this.#sample();
    return this.#underWay;
  }

  async #sample(): Promise<void> {
    const { workers, take, onError, now } = this.#options;
    try {
      take(await Promise.all(workers.map((worker) => ask(worker, now))));
    } catch (error) {
      onError(error);
    }
    this.#underWay = null;
    if (!this.#isStopped) this.#schedule();
  }

  #schedule(): void {
    const now = this.#options.now();
    const interval = this.#watchedUntil > now ? WATCHED_INTERVAL : UNWATCHED_INTERVAL;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#begin(), Math.max(0, this.#startedAt + interval - now));
    this.#timer.unref();
  }
}

async function ask(worker: WatchedWorker, now: () => number): Promise<WorkerReading> {
  const [statistics, participants] = await Promise.all([worker.statistics(), worker.participants()]);
  return { index: worker.index, at: now(), statistics, participants };
}
