import { rememberedName, rememberName, suggestRoom } from './identity.js';

const element = (id) => document.getElementById(id);

/** The form before and after a call. */
export class Lobby {
  #room = element('room');
  #name = element('name');
  #busy = false;

  /** @param {(choice: {room: string, name: string, listen: boolean}) => Promise<void>} onJoin */
  constructor(onJoin) {
    this.#room.value = new URL(location.href).searchParams.get('room') ?? suggestRoom();
    this.#name.value = rememberedName();
    const submit = (listen) => this.#submit(onJoin, listen);
    element('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      submit(false);
    });
    element('listen').addEventListener('click', () => submit(true));
  }

  /** @param {{title: string, text: string} | null} notice what happened, if anything did */
  show(notice) {
    document.body.dataset.screen = 'lobby';
    element('lobby').hidden = false;
    element('call').hidden = true;
    document.title = 'Kraken';
    this.notify(notice);
    if (notice) element('join').focus();
    else (this.#name.value ? element('join') : this.#name).focus();
  }

  notify(notice) {
    element('notice').hidden = !notice;
    element('notice-title').textContent = notice?.title ?? '';
    element('notice-text').textContent = notice?.text ?? '';
  }

  async #submit(onJoin, listen) {
    const missing = [this.#room, this.#name].find((input) => !input.value.trim());
    if (missing) {
      this.notify({
        title: missing === this.#room ? 'Which room?' : 'Who are you?',
        text: 'Please fill in this field.',
      });
      missing.focus();
      return;
    }
    if (this.#busy) return;
    this.#setBusy(true);
    this.notify(null);
    const choice = { room: this.#room.value.trim(), name: this.#name.value.trim(), listen };
    rememberName(choice.name);
    try {
      await onJoin(choice);
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(busy) {
    this.#busy = busy;
    element('join-form').setAttribute('aria-busy', String(busy));
    element('join').disabled = busy;
    element('listen').disabled = busy;
    element('join-label').textContent = busy ? 'Joining' : 'Join';
  }
}
