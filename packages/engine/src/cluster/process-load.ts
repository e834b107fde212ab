import { availableParallelism } from 'node:os';

const MICROSECONDS_PER_MS = 1000;

/** Share of the cores that the process may use that it has used since it was asked last. */
export class ProcessLoad {
  #usage = process.cpuUsage();
  #askedAt: number;

  /** @param now ms, monotonic */
  constructor(now: number) {
    this.#askedAt = now;
  }

  /** @returns 0 to 1 */
  read(now: number): number {
    const { user, system } = process.cpuUsage(this.#usage);
    const elapsed = (now - this.#askedAt) * MICROSECONDS_PER_MS * availableParallelism();
    this.#usage = process.cpuUsage();
    this.#askedAt = now;
    return elapsed <= 0 ? 0 : Math.min(1, (user + system) / elapsed);
  }
}
