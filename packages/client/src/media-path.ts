import { BackOff } from './back-off.js';
import { Pause } from './pause.js';

/** How long media may take to flow after ICE was restarted, before it is restarted once more. */
const RESTART_MILLISECONDS = 8_000;
/** A path that is broken for a moment heals by itself; after this time another one is looked for. */
const DISCONNECTED_MILLISECONDS = 4_000;
const FIRST_RETRY_MILLISECONDS = 500;
const LONGEST_RETRY_MILLISECONDS = 8_000;

/** What is needed of a session. */
export interface PathSession {
  /** Empty before the room is entered. */
  readonly cid: string;
  readonly isConnected: boolean;
  restart(): Promise<void>;
}

export interface MediaPathEvents {
  /** Media flows, or does no longer. */
  onChange(): void;
  /** The server has answered. */
  onAnswered(): void;
  /** The server did not answer, or refused another path. */
  onFailed(error: unknown): void;
}

/** Looks after the way that a session's media takes, and for another one when that breaks (ICE restart). */
export class MediaPath {
  readonly #session: PathSession;
  readonly #events: MediaPathEvents;
  readonly #pause = new Pause();
  #flows = false;
  #restarting = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: PathSession, events: MediaPathEvents) {
    this.#session = session;
    this.#events = events;
  }

  get flows(): boolean {
    return this.#flows;
  }

  /** The connection's state has changed. */
  take(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#setFlows(true);
      this.#pause.hurry();
    } else if (state === 'failed') {
      this.#onBroken();
    } else if (state === 'disconnected') {
      this.#timer ??= setTimeout(() => this.#onBroken(), DISCONNECTED_MILLISECONDS);
    }
  }

  /** Takes for true what the connection says at this moment, without patience. */
  recheck(): void {
    if (this.#flows && !this.#session.isConnected) this.#setFlows(false);
  }

  /** The old path may be gone, whether it is known already or not: looks for another one. */
  async renew(): Promise<void> {
    if (this.#restarting || this.#session.cid === '') {
      this.#pause.hurry();
      return;
    }
    this.#restarting = true;
    const backOff = new BackOff(FIRST_RETRY_MILLISECONDS, LONGEST_RETRY_MILLISECONDS);
    let isDone = false;
    while (!this.#stopped && !(isDone && this.#session.isConnected)) {
      isDone = await this.#restart();
      await this.#pause.wait(isDone ? RESTART_MILLISECONDS : backOff.next());
    }
    this.#restarting = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#pause.hurry();
  }

  /** @returns whether the server took it */
  async #restart(): Promise<boolean> {
    try {
      await this.#session.restart();
      if (!this.#stopped) this.#events.onAnswered();
      return true;
    } catch (error) {
      if (!this.#stopped) this.#events.onFailed(error);
      return false;
    }
  }

  #onBroken(): void {
    this.#timer = undefined;
    if (this.#stopped || this.#session.isConnected) return;
    this.#setFlows(false);
    this.renew();
  }

  #setFlows(flows: boolean): void {
    if (this.#flows === flows) return;
    this.#flows = flows;
    this.#events.onChange();
  }
}
