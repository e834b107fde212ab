import type { CallError } from '@kraken/client';
import type { TokenClaims } from '../page/access-token.js';
import { byId } from '../page/elements.js';
import { failureMessage, type Message } from '../page/messages.js';
import { remember, remembered } from '../page/preferences.js';
import { roomIn } from '../page/room-address.js';
import { showScreen } from '../page/screens.js';
import { suggestRoom } from '../page/suggest-room.js';
import { SoundCheck } from './sound-check.js';

/** What somebody wants to join, and how. */
export interface Choice {
  readonly room: string;
  readonly name: string;
  /** Whether to join without a microphone. */
  readonly listen: boolean;
  readonly muted: boolean;
  /** Ids of devices; empty texts for the browser's own choice. */
  readonly microphone: string;
  readonly output: string;
}

export interface PrejoinEvents {
  /** Resolves when the call has begun or has failed. */
  onJoin(choice: Choice, signal: AbortSignal): Promise<void>;
}

/** Pages that are not secure get no microphone: all that they can do is listen. */
const CAN_TALK = navigator.mediaDevices !== undefined;

/** The form before a call. */
export class PrejoinScreen {
  readonly #events: PrejoinEvents;
  readonly #room = byId('room', HTMLInputElement);
  readonly #name = byId('name', HTMLInputElement);
  readonly #nameField = byId('name-field', HTMLElement);
  readonly #muted = byId('join-muted', HTMLInputElement);
  readonly #sound = new SoundCheck((error) => this.fail(error));
  #joining: AbortController | null = null;

  /** @param claims of the access token that the page has: what it says counts, whatever one would write here */
  constructor(events: PrejoinEvents, claims: TokenClaims) {
    this.#events = events;
    this.#room.value = claims.room || roomIn(location.href) || suggestRoom();
    this.#name.value = claims.name || remembered('name');
    this.#holdTo(claims);
    byId('join-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit(!CAN_TALK);
    });
    byId('listen', HTMLButtonElement).addEventListener('click', () => this.#submit(true));
    byId('join-form', HTMLFormElement).dataset.canTalk = String(CAN_TALK);
    byId('cancel', HTMLButtonElement).addEventListener('click', () => this.#joining?.abort());
    addEventListener('hashchange', () => {
      this.#room.value = roomIn(location.href) || this.#room.value;
    });
  }

  #holdTo({ room, name, uid }: TokenClaims): void {
    this.#room.readOnly = room !== '';
    byId('room-hint', HTMLElement).hidden = this.#room.readOnly;
    this.#name.readOnly = uid !== '';
    // Without a name the others see what the application has made of the uid.
    this.#nameField.hidden = this.#name.readOnly && name === '';
  }

  show(): void {
    showScreen('prejoin', 'Kraken');
    this.#notify(null);
    if (!CAN_TALK) this.#notify(failureMessage('insecure-page', '', navigator.userAgent));
    if (this.#lacksName) this.#name.focus();
    else byId(CAN_TALK ? 'join' : 'listen', HTMLButtonElement).focus();
    this.#sound.show();
  }

  /** Gives the microphone back, for the call to take it. */
  hide(): void {
    this.#sound.hide();
  }

  /** Tells what keeps somebody from joining. */
  fail({ code, message }: CallError): void {
    this.#notify(failureMessage(code, message, navigator.userAgent));
  }

  #notify(message: Message | null): void {
    byId('notice', HTMLElement).hidden = message === null;
    byId('notice-title', HTMLElement).textContent = message?.title ?? '';
    byId('notice-text', HTMLElement).textContent = message?.text ?? '';
  }

  async #submit(listen: boolean): Promise<void> {
    if (this.#joining !== null || !this.#isComplete()) return;
    this.#notify(null);
    const choice = this.#choice(listen);
    if (!this.#name.readOnly) remember('name', choice.name);
    await this.join(choice);
  }

  /** Joins as chosen; the form shows that, and lets one cancel it. */
  async join(choice: Choice): Promise<void> {
    const joining = new AbortController();
    this.#setJoining(joining);
    try {
      await this.#events.onJoin(choice, joining.signal);
    } finally {
      this.#setJoining(null);
    }
  }

  get #lacksName(): boolean {
    return !this.#nameField.hidden && this.#name.value.trim() === '';
  }

  #choice(listen: boolean): Choice {
    return {
      room: this.#room.value.trim(),
      name: this.#name.value.trim(),
      listen,
      muted: this.#muted.checked,
      microphone: this.#sound.microphone,
      output: this.#sound.output,
    };
  }

  #isComplete(): boolean {
    const missing = this.#room.value.trim() === '' ? this.#room : this.#lacksName ? this.#name : undefined;
    for (const input of [this.#room, this.#name]) input.ariaInvalid = String(input === missing);
    if (missing === undefined) return true;
    const title = missing === this.#room ? 'Which room?' : 'Who are you?';
    this.#notify({ title, text: 'Please fill in this field.' });
    missing.focus();
    return false;
  }

  #setJoining(joining: AbortController | null): void {
    this.#joining = joining;
    const isJoining = joining !== null;
    byId('join-form', HTMLFormElement).ariaBusy = String(isJoining);
    byId('join', HTMLButtonElement).disabled = isJoining;
    byId('join-label', HTMLElement).textContent = isJoining ? 'Joining' : 'Join';
    byId('listen', HTMLButtonElement).hidden = isJoining;
    byId('cancel', HTMLButtonElement).hidden = !isJoining;
  }
}
