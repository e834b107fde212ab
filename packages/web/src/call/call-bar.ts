import type { Call, CallState } from '@kraken/client';
import { byId } from '../page/elements.js';
import { duration } from './duration.js';

const STATES: Readonly<Record<CallState, string>> = {
  connected: 'Connected',
  unanswered: 'No answer',
  reconnecting: 'Reconnecting',
  ended: 'Ended',
};
const TICK_MILLISECONDS = 1_000;

/** Where one is, for how long and with how many: at the top of the call, and in the title of the tab. */
export class CallBar {
  readonly #call: Call;
  readonly #status = byId('status', HTMLElement);
  readonly #count = byId('count', HTMLElement);
  readonly #duration = byId('duration', HTMLElement);
  readonly #beganAt = performance.now();

  constructor(call: Call, signal: AbortSignal) {
    this.#call = call;
    byId('room-title', HTMLElement).textContent = call.room;
    const timer = setInterval(() => this.#tick(), TICK_MILLISECONDS);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.#tick();
    this.show();
  }

  show(): void {
    const { state, muted, room, participants } = this.#call;
    const people = participants.size + 1;
    this.#status.dataset.state = state;
    this.#status.textContent = STATES[state];
    this.#count.textContent = people === 1 ? 'Only you' : `${people} people`;
    document.title = `${muted ? 'Muted · ' : ''}${room} (${people}) · Kraken`;
  }

  #tick(): void {
    this.#duration.textContent = duration(performance.now() - this.#beganAt);
  }
}
