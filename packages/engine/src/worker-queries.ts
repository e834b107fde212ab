/** How long an answer may take, in milliseconds. */
export const QUERY_TIMEOUT = 2_000;

/** Questions of one kind to a media worker that wait for their answers. */
export class WorkerQueries<Answer> {
  readonly #waiting = new Map<number, (answer: Answer | null) => void>();
  #lastRequestId = 0;

  /**
   * @param send posts the question under this id
   * @returns the answer, or null when it does not come in time
   */
  ask(send: (requestId: number) => void): Promise<Answer | null> {
    const requestId = ++this.#lastRequestId;
    return new Promise((fulfil) => {
      const timer = setTimeout(() => this.#settle(requestId, null), QUERY_TIMEOUT);
      this.#waiting.set(requestId, (answer) => {
        clearTimeout(timer);
        fulfil(answer);
      });
      send(requestId);
    });
  }

  /** Passes the answer on, unless it comes too late. */
  answer(requestId: number, answer: Answer): void {
    this.#settle(requestId, answer);
  }

  /** Nobody is there any longer who could answer. */
  abandon(): void {
    for (const requestId of [...this.#waiting.keys()]) this.#settle(requestId, null);
  }

  #settle(requestId: number, answer: Answer | null): void {
    this.#waiting.get(requestId)?.(answer);
    this.#waiting.delete(requestId);
  }
}
