/** Waits for what heartbeats will tell, for as many callers as there is patience for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LEARNING_TIME, RpcError } from '@kraken/protocol';

/** How many callers wait at the same time; others are told to come again. */
export const MAX_WAITING = 5_000;
/** How long the first look waits, ms; each one after waits twice as long, and none longer than LONGEST_WAIT. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 1_000;
/** How long one waits in all, ms: by then every engine has been heard that lives. */
export const PATIENCE = 2 * LEARNING_TIME;

export class Waiting {
  #callers = 0;

  /**
   * Asks again and again while the registry learns.
   * @returns the first answer that is another
   * @throws RpcError REGISTRY_LEARNING when too many wait already, or it takes too long
   */
  async onceLearnt<T>(ask: () => Promise<T | 'learning'>): Promise<T> {
    const answer = await ask();
    if (answer !== 'learning') return answer;
    if (this.#callers >= MAX_WAITING) {
      throw new RpcError(
        'REGISTRY_LEARNING',
        `the monitor does not know all rooms yet, and ${MAX_WAITING} wait for it`,
      );
    }
    this.#callers++;
    try {
      return await askAgain(ask);
    } finally {
      this.#callers--;
    }
  }
}

async function askAgain<T>(ask: () => Promise<T | 'learning'>): Promise<T> {
  let waited = 0;
  for (let wait = FIRST_WAIT; waited < PATIENCE; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    await sleep(wait);
    waited += wait;
    const answer = await ask();
    if (answer !== 'learning') return answer;
  }
  throw new RpcError('REGISTRY_LEARNING', 'the monitor does not know all rooms yet');
}
