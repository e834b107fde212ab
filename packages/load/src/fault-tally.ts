/** Counts what went wrong, by the server's error codes where there are any. */
import { SignallingError } from './signalling-client.js';

/** Kinds of faults that are told apart; all others share a name, since a message may hold anything. */
const MAX_KINDS = 20;
const OTHERS = 'others';

export class FaultTally {
  readonly #counts = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** By what went wrong, in the order in which it first did. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** @param fault what was thrown, or a fault in words that name no participant */
  count(fault: unknown): void {
    const name = nameOf(fault);
    const kind = this.#counts.has(name) || this.#counts.size < MAX_KINDS ? name : OTHERS;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#total++;
  }
}

function nameOf(fault: unknown): string {
  if (fault instanceof SignallingError) {
    return fault.code === null ? fault.message : `${fault.method} ${fault.code}`;
  }
  return fault instanceof Error ? fault.message : String(fault);
}
