/** Runs negotiations one after the other: offers of the two sides never meet. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(negotiation: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(negotiation);
    this.#last = result.catch(() => {});
    return result;
  }
}
