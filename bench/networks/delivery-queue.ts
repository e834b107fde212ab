/** Delivers each thing when it is due, in the order of the times, by one timer. */
export class DeliveryQueue {
  /** By time, those of the same time in the order in which they came. */
  readonly #waiting: { readonly at: number; readonly deliver: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @param at ms of performance.now() */
  add(at: number, deliver: () => void): void {
    let index = this.#waiting.length;
    while (index > 0 && (this.#waiting[index - 1]?.at ?? 0) > at) index--;
    this.#waiting.splice(index, 0, { at, deliver });
  }

  /** Delivers what is due, and sees to what is not. */
  deliver(now: number): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || next.at > now) break;
      this.#waiting.shift();
      next.deliver();
    }
    this.#sleep(now);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #sleep(now: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const [next] = this.#waiting;
    this.#timer =
      next === undefined ? null : setTimeout(() => this.deliver(performance.now()), next.at - now);
  }
}
