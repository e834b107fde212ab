import { createHash } from 'node:crypto';

/** How many events are kept to be shown. */
const KEPT = 60;

/** What happened, in order: a digest of all of it, and the last of it in words. */
export class Trace {
  readonly #digest = createHash('sha256');
  readonly #last: string[] = [];
  #count = 0;

  /** @param at ms */
  note(at: number, event: string): void {
    const line = `${(at / 1_000).toFixed(4)} ${event}`;
    this.#digest.update(`${line}\n`);
    this.#last[this.#count++ % KEPT] = line;
  }

  /** Takes something in that is too frequent to be shown. */
  digest(at: number, event: string): void {
    this.#digest.update(`${at} ${event}\n`);
  }

  /** @returns the last events, the oldest first */
  last(): string[] {
    const first = this.#count % KEPT;
    return [...this.#last.slice(first), ...this.#last.slice(0, first)];
  }

  /** @returns SHA-256 of everything so far, hexadecimal */
  summary(): string {
    return this.#digest.copy().digest('hex');
  }
}
