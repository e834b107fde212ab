/**
 * Calls that come when they come, whether the server keeps up or not. A call's latency counts from when it was due: had
 * it waited for a busy generator or for a free connection, its client would have waited as well.
 */
import { arrivals } from './arrivals.js';
import type { CallPool } from './call-pool.js';
import type { Calls } from './calls.js';
import { EventLoopSleep } from './event-loop-sleep.js';
import { type LoadResult, Tally } from './tally.js';

/** Longest sleep, ms: timers run in between. */
const MAX_SLEEP = 10;
/** For how long after the last call answers may come, ms. */
const DRAIN_TIME = 10_000;

export interface OpenLoopOptions {
  /** Mean calls per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Of the moments at which calls are due; gives numbers from 0 to 1. */
  readonly random: () => number;
}

/** @throws Error when a connection breaks, or answers do not come */
export async function runOpenLoop(
  pool: CallPool,
  calls: Calls,
  options: OpenLoopOptions,
): Promise<LoadResult> {
  const startedAt = performance.now();
  const tally = await Promise.race([callWhenDue(pool, calls, options, startedAt), pool.failed]);
  return tally.result((performance.now() - startedAt) / 1000);
}

function callWhenDue(
  pool: CallPool,
  calls: Calls,
  { rate, seconds, random }: OpenLoopOptions,
  startedAt: number,
): Promise<Tally> {
  const tally = new Tally(calls);
  const sleeper = new EventLoopSleep();
  const nextArrival = arrivals(rate, random);
  const endsAt = startedAt + seconds * 1000;
  let dueAt = startedAt + nextArrival();
  let sent = 0;
  const sendDue = () => {
    for (; dueAt < endsAt && dueAt <= performance.now(); dueAt = startedAt + nextArrival()) {
      const since = dueAt;
      sent++;
      pool.call(calls.next(), (response) => tally.count(response, since));
    }
  };
  return new Promise((fulfil, reject) => {
    const turn = () => {
      if (!pool.isOpen) return;
      sendDue();
      const now = performance.now();
      if (dueAt >= endsAt && tally.answered === sent) fulfil(tally);
      else if (now > endsAt + DRAIN_TIME) reject(new Error(`${sent - tally.answered} calls got no answer`));
      else {
        sleeper.sleep(Math.min(dueAt - now, MAX_SLEEP));
        setImmediate(turn);
      }
    };
    turn();
  });
}
