/** As many calls as the server takes: on each connection the next one follows the answer to the last. */
import type { CallPool } from './call-pool.js';
import type { Calls } from './calls.js';
import { type LoadResult, Tally } from './tally.js';

/**
 * @param connections that carry calls at the same time
 * @throws Error when a connection breaks
 */
export async function runClosedLoop(
  pool: CallPool,
  calls: Calls,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const tally = new Tally(calls);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const loops = Array.from({ length: connections }, () => repeat(pool, calls, tally, endsAt));
  await Promise.race([Promise.all(loops), pool.failed]);
  return tally.result((performance.now() - startedAt) / 1000);
}

function repeat(pool: CallPool, calls: Calls, tally: Tally, endsAt: number): Promise<void> {
  return new Promise((fulfil) => {
    const callNext = () => {
      const sentAt = performance.now();
      pool.call(calls.next(), (response) => {
        tally.count(response, sentAt);
        if (performance.now() < endsAt) callNext();
        else fulfil();
      });
    };
    callNext();
  });
}
