/** Shows how far something is: one line that changes on a terminal, a line now and then elsewhere. */

/** Between two lines where there is no terminal, ms. */
const LINE_INTERVAL = 5_000;
/** To the beginning of the line, which is cleared: ECMA-48 sections 8.3.15 and 8.3.41. */
const REWRITE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/** What it writes to, such as standard error. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  /** @param now ms, monotonic */
  constructor(output: ProgressOutput, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** @param text one line */
  show(text: string): void {
    if (this.#output.isTTY === true) {
      const { columns = DEFAULT_COLUMNS } = this.#output;
      this.#output.write(`${REWRITE}${text.slice(0, columns - 1)}`);
      this.#isOpen = true;
      return;
    }
    if (this.#now() - this.#shownAt < LINE_INTERVAL) return;
    this.#shownAt = this.#now();
    this.#output.write(`${text}\n`);
  }

  /** What is written next stands in a line of its own. */
  end(): void {
    if (this.#isOpen) this.#output.write('\n');
    this.#isOpen = false;
  }
}
