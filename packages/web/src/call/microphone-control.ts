import { AbortedError, type Call, CallError } from '@kraken/client';
import type { Announcer } from '../page/announcer.js';
import { byId, showIcon } from '../page/elements.js';
import { failureMessage } from '../page/messages.js';
import type { Banner } from './banner.js';
import { Keyboard } from './keyboard.js';

/** `none`: there is no microphone, one listens. `held`: one talks for as long as a key is held. */
type MicrophoneLook = 'live' | 'muted' | 'none' | 'held';

const LOOKS: Readonly<Record<MicrophoneLook, { readonly label: string; readonly icon: string }>> = {
  live: { label: 'Mute', icon: 'microphone' },
  muted: { label: 'Unmute', icon: 'microphone-off' },
  none: { label: 'Turn mic on', icon: 'microphone-off' },
  held: { label: 'Talking', icon: 'microphone' },
};
const LOST = 'The microphone is gone. Plug it in again, or turn another one on.';
const LOOKING = 'The microphone is gone. Looking for another one.';

export interface MicrophoneControlOptions {
  readonly call: Call;
  readonly banner: Banner;
  readonly announcer: Announcer;
  readonly signal: AbortSignal;
}

/** The big button, its keys, and what becomes of the microphone. */
export class MicrophoneControl {
  readonly #options: MicrophoneControlOptions;
  readonly #button = byId('mute', HTMLButtonElement);
  readonly #label = byId('mute-label', HTMLElement);
  readonly #hint = byId('talk-hint', HTMLElement);
  #isHeld = false;

  constructor(options: MicrophoneControlOptions) {
    this.#options = options;
    const { call, signal } = options;
    this.#button.addEventListener('click', () => this.toggle(), { signal });
    call.addEventListener('microphone', ({ state }) => this.#onMicrophone(state), { signal });
    new Keyboard(
      { onToggle: () => this.toggle(), onHold: () => this.#hold(), onRelease: () => this.#letGo() },
      signal,
    );
    this.show();
  }

  get #look(): MicrophoneLook {
    const { call } = this.#options;
    if (call.me.stream === null) return 'none';
    if (call.muted) return 'muted';
    return this.#isHeld ? 'held' : 'live';
  }

  async toggle(): Promise<void> {
    const { call, announcer } = this.#options;
    this.#isHeld = false;
    if (call.muted) await this.#turnOn();
    else call.mute();
    announcer.say(call.muted ? 'Muted' : 'Unmuted');
    this.show();
  }

  show(): void {
    const look = this.#look;
    const { label, icon } = LOOKS[look];
    this.#button.dataset.look = look;
    this.#label.textContent = label;
    this.#hint.dataset.isShown = String(look === 'muted');
    showIcon(this.#button, icon);
  }

  async #turnOn(): Promise<void> {
    const { call, banner } = this.#options;
    try {
      await call.unmute();
      banner.set('failure', null);
      banner.set('microphone', null);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error instanceof AbortedError) return;
      const { title, text } = failureMessage(error.code, error.message, navigator.userAgent);
      banner.set('failure', { text: `${title} ${text}` });
    }
  }

  #hold(): boolean {
    if (this.#look !== 'muted') return false;
    this.#isHeld = true;
    this.#turnOn().then(() => this.show());
    return true;
  }

  #letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#options.call.mute();
    this.show();
  }

  #onMicrophone(state: 'live' | 'ended' | 'none'): void {
    const action = { label: 'Turn microphone on', run: () => this.#turnOn().then(() => this.show()) };
    const { banner } = this.#options;
    if (state === 'live') banner.set('microphone', null);
    else banner.set('microphone', state === 'ended' ? { text: LOOKING } : { text: LOST, action });
    this.show();
  }
}
