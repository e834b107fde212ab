/**
 * Bounds the calls to hosts that strangers name: how many are under way and how many wait, in all and to one host, so
 * that a host that answers slowly neither holds up calls to others nor fills memory.
 */

export interface QueueLimits {
  /** Calls that are under way at a time. */
  readonly running: number;
  /** The same to one host. */
  readonly runningPerHost: number;
  /** Calls that are under way, wait for that, or wait to be tried again. */
  readonly held: number;
  /** The same to one host. */
  readonly heldPerHost: number;
}

interface HostState {
  held: number;
  running: number;
  readonly waiting: (() => void)[];
}

export class CallQueue {
  readonly #limits: QueueLimits;
  readonly #hosts = new Map<string, HostState>();
  #held = 0;
  #running = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Calls that are held. */
  get held(): number {
    return this.#held;
  }

  /** @returns whether there is room for another call to the host; then release() has to follow some time */
  hold(host: string): boolean {
    const state = this.#hosts.get(host) ?? { held: 0, running: 0, waiting: [] };
    if (this.#held >= this.#limits.held || state.held >= this.#limits.heldPerHost) return false;
    this.#held++;
    state.held++;
    this.#hosts.set(host, state);
    return true;
  }

  /** Behind the last attempt of a call that is held. */
  release(host: string): void {
    const state = this.#stateOf(host);
    this.#held--;
    state.held--;
    if (state.held === 0) this.#hosts.delete(host);
  }

  /** Makes an attempt of a call that is held, when it is its turn. */
  async run<T>(host: string, attempt: () => Promise<T>): Promise<T> {
    const state = this.#stateOf(host);
    if (this.#mayRun(state)) this.#start(state);
    else await new Promise<void>((go) => state.waiting.push(go));
    try {
      return await attempt();
    } finally {
      this.#running--;
      state.running--;
      this.#startNext();
    }
  }

  /** Hosts take turns: the one that gets a place goes to the end of the line. */
  #startNext(): void {
    for (const [host, state] of this.#hosts) {
      const next = this.#mayRun(state) ? state.waiting.shift() : undefined;
      if (next === undefined) continue;
      this.#start(state);
      this.#hosts.delete(host);
      this.#hosts.set(host, state);
      next();
      return;
    }
  }

  #mayRun(state: HostState): boolean {
    return this.#running < this.#limits.running && state.running < this.#limits.runningPerHost;
  }

  #start(state: HostState): void {
    this.#running++;
    state.running++;
  }

  #stateOf(host: string): HostState {
    const state = this.#hosts.get(host);
    if (state === undefined) throw new Error(`no call to ${host} is held`);
    return state;
  }
}
