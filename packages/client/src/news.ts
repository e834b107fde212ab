import { Pause } from './pause.js';
import { verdictOn } from './recovery.js';
import type { Session } from './session.js';
import type { Link } from './signalling/link.js';
import { member } from './signalling/protocol.js';

/** After a change more changes are likely: ask often, then as seldom as Kraken's other clients. */
const SCHEDULE = [
  { until: 5_000, every: 500 },
  { until: 20_000, every: 1_000 },
];
const QUIET_INTERVAL_MILLISECONDS = 3_000;
const LIST_MILLISECONDS = 3_000;

/** @param quiet milliseconds since the last change @returns milliseconds until the server is asked again */
export function pollInterval(quiet: number): number {
  return SCHEDULE.find(({ until }) => quiet < until)?.every ?? QUIET_INTERVAL_MILLISECONDS;
}

export interface NewsOptions {
  readonly link: Link;
  /** The room's id, escaped. */
  readonly room: string;
  /** The one that lasts; null between two. */
  readonly session: () => Session | null;
  onAnswered(session: Session): void;
  /** @param failures how many there were on end that do not simply pass */
  onFailed(session: Session, error: unknown, failures: number): void;
  onListed(uids: readonly string[]): void;
}

/** Asks the server for news while it pushes none. */
export class News {
  readonly #options: NewsOptions;
  readonly #pause = new Pause();
  #isAsking = false;
  #stopped = false;
  #changedAt = 0;
  #listedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  /** Asks from here on, until the link is attached. */
  async start(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#changedAt = performance.now();
    while (!this.#stopped && !this.#options.link.isAttached) {
      const session = this.#options.session();
      if (session !== null && session.cid !== '') await this.#ask(session);
      await this.#pause.wait(pollInterval(performance.now() - this.#changedAt));
    }
    this.#isAsking = false;
  }

  /** Something has happened: others may have come or gone. */
  hurry(): void {
    this.#listedAt = Number.NEGATIVE_INFINITY;
    this.#pause.hurry();
  }

  stop(): void {
    this.#stopped = true;
    this.#pause.hurry();
  }

  async #ask(session: Session): Promise<void> {
    try {
      if (await session.poll()) this.#changedAt = performance.now();
      await this.#list();
      this.#failures = 0;
      this.#options.onAnswered(session);
    } catch (error) {
      if (verdictOn(error) !== 'wait') this.#failures += 1;
      this.#options.onFailed(session, error, this.#failures);
    }
  }

  /** Voices come with the offers; the list adds those who only listen. */
  async #list(): Promise<void> {
    const { link, room, onListed } = this.#options;
    const now = performance.now();
    if (now - this.#listedAt < LIST_MILLISECONDS) return;
    this.#listedAt = now;
    const peers = member(await link.call('list', room), 'peers');
    if (Array.isArray(peers) && !link.isAttached) onListed(peers.map((peer) => String(member(peer, 'id'))));
  }
}
