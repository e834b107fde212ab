/** How many events are kept to be shown. */
const KEPT = 60;

/** What happened, in order: a digest of all of it, and the last of it in words. */
export class Trace {
  readonly #last: string[] = [];
  #count = 0;
  #one = 0x811c9dc5;
  #other = 0x2f0b4c47;

  /** @param at ms */
  note(at: number, event: string): void {
    const line = `${(at / 1_000).toFixed(4)} ${event}`;
    for (let i = 0; i < line.length; i++) this.#take(line.charCodeAt(i));
    this.#last[this.#count++ % KEPT] = line;
  }

  /** Takes something in that is too frequent to be shown. @param at ms */
  digest(at: number, ...numbers: readonly number[]): void {
    this.#take(at * 1_000);
    for (const number of numbers) this.#take(number);
  }

  /** @returns the last events, the oldest first */
  last(): string[] {
    const first = this.#count % KEPT;
    return [...this.#last.slice(first), ...this.#last.slice(0, first)];
  }

  /** @returns a digest of everything so far: 64 bits, hexadecimal */
  summary(): string {
    return [this.#one, this.#other].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** FNV-1a, and a second one of other numbers: nobody wants to deceive it. */
  #take(number: number): void {
    this.#one = Math.imul(this.#one ^ number, 0x01000193);
    this.#other = Math.imul((this.#other ^ number) + 0x9e3779b9, 0x85ebca6b);
  }
}
