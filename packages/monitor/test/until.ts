import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL = 50;
const DEFAULT_TIMEOUT = 10_000;

/** @throws Error when it does not hold in time @param within ms */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = DEFAULT_TIMEOUT,
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(POLL_INTERVAL);
  }
}
