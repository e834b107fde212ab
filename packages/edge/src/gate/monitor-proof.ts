/**
 * How an engine knows that a call comes by its monitor, and not from whoever has reached its port: of the monitor's calls only
 * it can know whom they come from.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const MONITOR_HEADER = 'kraken-monitor';
const PURPOSE = 'calls of clients';

/**
 * @param secret shared by the cluster; it cannot be told from what is returned
 * @returns what a monitor sends in MONITOR_HEADER
 */
export function proofOfMonitor(secret: string): string {
  return createHmac('sha256', secret).update(PURPOSE).digest('hex');
}

/** Checks the proof of a request. */
export class MonitorCheck {
  readonly #expected: Buffer;

  constructor(secret: string) {
    this.#expected = digest(proofOfMonitor(secret));
  }

  /** @param proof the header of a request */
  accepts(proof: string | string[] | undefined): boolean {
    return typeof proof === 'string' && timingSafeEqual(digest(proof), this.#expected);
  }
}

/** Digests are compared, so that neither time nor length tells anything. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
