/** Counts answers while a load runs. */
import { type LatencyFigures, LatencyHistogram } from '@kraken/load/latency-histogram';
import type { Calls } from './calls.js';
import type { HttpResponse } from './http-response.js';

const OK = 200;
const NANOSECONDS_PER_MILLISECOND = 1e6;
/** Characters of a wrong answer that are told. */
const TOLD_CHARACTERS = 200;

export interface LoadResult {
  /** From the first call to the answer of the last. */
  readonly seconds: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** Answers that were not right. */
  readonly failed: number;
  /** The first of them. */
  readonly failure: string | null;
  readonly latency: LatencyFigures;
}

export class Tally {
  readonly #histogram = new LatencyHistogram();
  readonly #calls: Calls;
  #answered = 0;
  #failed = 0;
  #failure: string | null = null;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  get answered(): number {
    return this.#answered;
  }

  /** @param since when the call began to count, ms of performance.now() */
  count({ status, body }: HttpResponse, since: number): void {
    this.#histogram.count((performance.now() - since) * NANOSECONDS_PER_MILLISECOND);
    this.#answered++;
    if (status === OK && this.#calls.isRight(body)) return;
    this.#failed++;
    this.#failure ??= `${status} ${body.slice(0, TOLD_CHARACTERS)}`;
  }

  result(seconds: number): LoadResult {
    return {
      seconds,
      calls: this.#answered,
      callsPerSecond: this.#answered / seconds,
      failed: this.#failed,
      failure: this.#failure,
      latency: this.#histogram.figures(),
    };
  }
}
