/** setTimeout and setInterval of a trial, on a clock that is moved by hand. The trial does not wait for anything else. */
interface Timer {
  readonly run: () => void;
  readonly interval: number | null;
  dueAt: number;
}

type Replaced = 'setTimeout' | 'setInterval' | 'clearTimeout' | 'clearInterval';

const REPLACED: readonly Replaced[] = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'];

export class VirtualTimers {
  /** Milliseconds. */
  now = 0;
  readonly #originals = REPLACED.map((name) => [name, globalThis[name]] as const);
  readonly #pending = new Map<object, Timer>();

  constructor() {
    const start = (run: () => void, delay: number, interval: number | null) => {
      const handle = { unref: () => handle };
      this.#pending.set(handle, { run, interval, dueAt: this.now + delay });
      return handle;
    };
    const clear = (handle: object) => this.#pending.delete(handle);
    Reflect.set(globalThis, 'setTimeout', (run: () => void, delay = 0) => start(run, delay, null));
    Reflect.set(globalThis, 'setInterval', (run: () => void, delay: number) => start(run, delay, delay));
    Reflect.set(globalThis, 'clearTimeout', clear);
    Reflect.set(globalThis, 'clearInterval', clear);
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (let next = this.#next(until); next !== null; next = this.#next(until)) {
      const [handle, timer] = next;
      this.now = Math.max(this.now, timer.dueAt);
      if (timer.interval === null) this.#pending.delete(handle);
      else timer.dueAt = this.now + timer.interval;
      timer.run();
    }
    this.now = until;
  }

  restore(): void {
    for (const [name, original] of this.#originals) Reflect.set(globalThis, name, original);
  }

  #next(until: number): [object, Timer] | null {
    let first: [object, Timer] | null = null;
    for (const entry of this.#pending) {
      const { dueAt } = entry[1];
      if (dueAt <= until && (first === null || dueAt < first[1].dueAt)) first = entry;
    }
    return first;
  }
}
