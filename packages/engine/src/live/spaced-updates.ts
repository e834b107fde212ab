/** Keeps what changes its state as often as it likes from keeping the engine busy with telling it. */

/** How far what is told of one subject is apart, ms for each who is told. */
export const UPDATE_SPACING = 0.2;
/** How many changes of a subject are told at once before they are spaced. */
export const UPDATE_BURST = 8;

export class SpacedUpdates {
  readonly #now: () => number;
  /** When what was told of each has been made up for by silence, ms. */
  readonly #evenAt = new WeakMap<object, number>();
  readonly #waiting = new Map<object, NodeJS.Timeout>();

  /** @param now ms, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * The subject's state has changed: it is told at once or, after many changes, when it is due.
   * @param subject a participant, or whatever else has a state
   * @param listeners how many are told
   * @param tell tells them the state that the subject has then
   */
  request(subject: object, listeners: number, tell: () => void): void {
    if (this.#waiting.has(subject)) return;
    const now = this.#now();
    const spacing = UPDATE_SPACING * listeners;
    const evenAt = Math.max(now, this.#evenAt.get(subject) ?? now) + spacing;
    this.#evenAt.set(subject, evenAt);
    const wait = evenAt - now - UPDATE_BURST * spacing;
    if (wait <= 0) tell();
    else this.#tellLater(subject, wait, tell);
  }

  /** Nothing more is told. */
  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #tellLater(subject: object, wait: number, tell: () => void): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(subject);
      tell();
    }, wait);
    timer.unref();
    this.#waiting.set(subject, timer);
  }
}
