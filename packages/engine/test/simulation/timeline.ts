import { EventQueue } from '../../../../bench/scaling/event-queue.js';

/** Virtual time, which jumps from event to event. */
export class Timeline {
  /** ms */
  now = 10_000;
  /** How much has happened. */
  events = 0;
  readonly #queue = new EventQueue<() => void>();

  /** How much is going to happen. */
  get pending(): number {
    return this.#queue.length;
  }

  /** @param delay ms */
  after(delay: number, action: () => void): void {
    this.#queue.add(this.now + delay, action);
  }

  /** Does all that is due up to then. @param until ms */
  run(until: number): void {
    this.#queue.add(until, NOTHING);
    for (;;) {
      const next = this.#queue.take();
      if (next === null) return;
      this.now = next.at;
      if (next.event === NOTHING) return;
      this.events++;
      next.event();
    }
  }
}

const NOTHING = () => undefined;
