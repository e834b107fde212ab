/** What operators are told of the process itself, in Prometheus' terms. */
import { Counter, type Registry } from 'prom-client';
import type { ProcessVitals } from './vitals.js';

const MILLISECONDS_PER_SECOND = 1_000;

/** Adds it to a scrape. */
export function describeVitals(registry: Registry, { watchdog, lostLogLines }: ProcessVitals): void {
  const registers = [registry];
  new Counter({
    name: 'kraken_lost_log_lines_total',
    help: 'Log lines that could not be written: the disk is full, or nobody reads them.',
    registers,
  }).inc(lostLogLines());
  const blocks = new Counter({
    name: 'kraken_thread_blocks_total',
    help: 'How often a thread stood still for two seconds or longer.',
    labelNames: ['thread'],
    registers,
  });
  const blocked = new Counter({
    name: 'kraken_thread_blocked_seconds_total',
    help: 'How long a thread stood still altogether.',
    labelNames: ['thread'],
    registers,
  });
  for (const { name, blocks: count, blockedFor } of watchdog?.health() ?? []) {
    blocks.inc({ thread: name }, count);
    blocked.inc({ thread: name }, blockedFor / MILLISECONDS_PER_SECOND);
  }
}
