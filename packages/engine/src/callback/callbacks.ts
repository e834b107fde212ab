/** Tells applications at the URLs that `publish` names that a participant's media has arrived, and asks whether it may stay. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseUrl } from '@kraken/edge/http/parse-url';
import { Counter, Gauge, type Registry } from 'prom-client';
import { CallQueue, type QueueLimits } from './call-queue.js';
import { type PostOptions, type PostOutcome, post } from './post.js';
import { type ResolveHost, resolveByDns, resolveBySystem } from './resolve-host.js';
import { SIGNATURE_HEADER, signatureOf } from './signature.js';

/** How often a callback is tried, when no answer comes. */
export const MAX_ATTEMPTS = 3;
/** From the first attempt to the second, ms, a quarter more or less; four times as long to the next. */
const FIRST_BACK_OFF = 500;
const BACK_OFF_FACTOR = 4;
const BACK_OFF_SPREAD = 0.25;
/** How many callbacks an engine makes and remembers; of up to 3 kB each. */
const LIMITS: QueueLimits = { running: 128, runningPerHost: 64, held: 4_096, heldPerHost: 2_048 };
/** Answers that are not the application's word, but of what stands before it, and say that it is not there now. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const MS_PER_SECOND = 1_000;

/** What is posted. */
export interface CallbackBody {
  readonly rid: string;
  readonly uid: string;
  readonly cid: string;
  readonly action: 'ontrack';
}

export interface CallbackOptions {
  /** Whether hosts of the engine's own network may be called. */
  readonly allowPrivate: boolean;
  /** Signs what is posted; null for no signature. */
  readonly secret: string | null;
  /** ms since 1970. */
  readonly now: () => number;
  /** For tests: other addresses, certificates, times and limits than the real ones. */
  readonly resolve?: ResolveHost;
  readonly trusted?: string;
  readonly timeout?: number;
  readonly backOff?: number;
  readonly limits?: QueueLimits;
}

/** How callbacks ended: as the metrics name it. */
const OUTCOMES = ['welcome', 'refused', 'unanswered', 'forbidden', 'overfull', 'abandoned'] as const;
type Outcome = (typeof OUTCOMES)[number];

export class Callbacks {
  readonly #options: CallbackOptions;
  readonly #postOptions: PostOptions;
  readonly #queue: CallQueue;
  readonly #counts = new Map<Outcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
  #repetitions = 0;

  constructor(options: CallbackOptions) {
    const { allowPrivate, trusted, timeout } = options;
    this.#options = options;
    this.#queue = new CallQueue(options.limits ?? LIMITS);
    this.#postOptions = {
      allowPrivate,
      resolve: options.resolve ?? (allowPrivate ? resolveBySystem : resolveByDns),
      ...(trusted === undefined ? {} : { trusted }),
      ...(timeout === undefined ? {} : { timeout }),
    };
  }

  /**
   * @param url https
   * @param isWanted asked before each attempt: whether the answer still matters
   * @returns true when the application answered 200; never throws
   */
  async notify(url: string, body: CallbackBody, isWanted: () => boolean): Promise<boolean> {
    const outcome = await this.#outcomeOf(url, JSON.stringify(body), isWanted);
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    return outcome === 'welcome';
  }

  /** Adds what there is to tell to a scrape. */
  describeMetrics(registry: Registry): void {
    const registers = [registry];
    const ended = new Counter({
      name: 'kraken_callbacks_total',
      help: 'Callbacks that have ended, by how.',
      labelNames: ['outcome'],
      registers,
    });
    for (const [outcome, count] of this.#counts) ended.inc({ outcome }, count);
    new Counter({
      name: 'kraken_callback_repetitions_total',
      help: 'How often a callback was tried again.',
      registers,
    }).inc(this.#repetitions);
    new Gauge({
      name: 'kraken_callbacks_held',
      help: 'Callbacks that are under way or wait.',
      registers,
    }).set(this.#queue.held);
  }

  async #outcomeOf(url: string, body: string, isWanted: () => boolean): Promise<Outcome> {
    const target = parseUrl(url);
    if (target === null) return 'forbidden';
    if (!this.#queue.hold(target.host)) return 'overfull';
    try {
      return await this.#try(target, body, isWanted);
    } finally {
      this.#queue.release(target.host);
    }
  }

  async #try(target: URL, body: string, isWanted: () => boolean): Promise<Outcome> {
    let backOff = this.#options.backOff ?? FIRST_BACK_OFF;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#queue.run(target.host, async () =>
        isWanted() ? this.#post(target, body) : null,
      );
      if (outcome === null) return 'abandoned';
      if (outcome.kind === 'forbidden') return 'forbidden';
      if (outcome.kind === 'answered' && outcome.status === 200) return 'welcome';
      const isFinal = outcome.kind === 'answered' && !TRANSIENT_STATUS.has(outcome.status);
      if (isFinal) return 'refused';
      if (attempt === MAX_ATTEMPTS) return 'unanswered';
      this.#repetitions++;
      const spread = 1 + (2 * Math.random() - 1) * BACK_OFF_SPREAD;
      await delay(backOff * spread, undefined, { ref: false });
      backOff *= BACK_OFF_FACTOR;
    }
  }

  /** Each attempt is signed with its own time. */
  #post(target: URL, body: string): Promise<PostOutcome> {
    const { secret, now } = this.#options;
    const time = Math.floor(now() / MS_PER_SECOND);
    const headers = secret === null ? {} : { [SIGNATURE_HEADER]: signatureOf(secret, body, time) };
    return post(target, body, headers, this.#postOptions);
  }
}
