/** Counts and times the calls that a monitor answers, for operators. */
import { Counter, Histogram, Registry } from 'prom-client';

/** Upper bounds of the histogram, s: calls take milliseconds, and seconds while an engine is being missed. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const MS_PER_SECOND = 1000;

/** 'engine' answered, whatever it said; 'monitor' did without an error; or the code of the monitor's error. */
export type CallOutcome = 'engine' | 'monitor' | number;

export class CallMetrics {
  readonly registry = new Registry();
  readonly #calls = new Counter({
    name: 'kraken_monitor_calls_total',
    help: 'Calls, by who answered them: an engine, the monitor, or the monitor with the code of an error.',
    labelNames: ['method', 'answer'],
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'kraken_monitor_call_duration_seconds',
    help: 'Time from when a call was read until its answer was there.',
    labelNames: ['method'],
    buckets: BUCKETS,
    registers: [this.registry],
  });

  /** @param method of a call; those that there are none of share a name @param duration ms */
  count(method: string, outcome: CallOutcome, duration: number): void {
    this.#calls.inc({ method, answer: String(outcome) });
    this.#duration.observe({ method }, duration / MS_PER_SECOND);
  }
}
