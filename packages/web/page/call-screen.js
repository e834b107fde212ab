import { MicrophoneError, openMicrophone } from './microphone.js';
import { Tiles } from './tiles.js';

const STATUS = {
  joining: 'Connecting',
  connected: 'Connected',
  unanswered: 'No answer',
  reconnecting: 'Reconnecting',
};
const COPIED_MILLISECONDS = 2_000;
const BANNERS = {
  unanswered: 'The server does not answer. Nobody can join for now, but the sound may go on.',
  reconnecting: 'The connection is gone. Trying to get it back.',
  blocked: 'The browser holds the sound back.',
  unplugged: 'The microphone was unplugged. Turn it on again when another one is there.',
};

const element = (id) => document.getElementById(id);

function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  return seconds < 3600 ? parts.join(':') : [Math.floor(seconds / 3600), ...parts].join(':');
}

/** What is on screen during a call, and what its buttons do. */
export class CallScreen {
  #call;
  #tiles;
  #loudness;
  #muted = false;
  #began = performance.now();
  #ticks;
  #listeners = new AbortController();

  constructor({ call, room, name, loudness }) {
    this.#call = call;
    this.#loudness = loudness;
    this.#tiles = new Tiles({
      list: element('participants'),
      template: element('tile-template'),
      loudness,
      announce: (text) => this.#announce(text),
      onBlocked: () => this.#offerSound(),
    });
    this.#show(room);
    this.#tiles.start(call.uid, name);
    this.#watchMicrophone();
    this.#listen();
    this.#showMicrophone();
    this.#showRoster();
    this.#showState();
    this.#tick();
    this.#ticks = setInterval(() => this.#tick(), 1000);
  }

  close() {
    this.#listeners.abort();
    clearInterval(this.#ticks);
    this.#tiles.stop();
  }

  #show(room) {
    document.body.dataset.screen = 'call';
    document.title = `${room} · Kraken`;
    element('lobby').hidden = true;
    element('call').hidden = false;
    element('room-title').textContent = room;
    element('room-title').focus();
    this.#showBanner('');
  }

  #listen() {
    const { signal } = this.#listeners;
    const on = (target, type, action) => target.addEventListener(type, action, { signal });
    on(this.#call, 'roster', () => this.#showRoster());
    on(this.#call, 'state', () => this.#showState());
    on(element('mute'), 'click', () => this.#toggleMicrophone());
    on(element('leave'), 'click', () => this.#call.leave());
    on(element('invite'), 'click', () => this.#copyLink());
    on(document, 'keydown', (event) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
      if (event.key.toLowerCase() === 'm' && !modified) this.#toggleMicrophone();
    });
  }

  async #toggleMicrophone() {
    const { microphone } = this.#call;
    if (!microphone || microphone.readyState === 'ended') {
      await this.#turnMicrophoneOn();
      return;
    }
    this.#muted = !this.#muted;
    microphone.enabled = !this.#muted;
    this.#announce(this.#muted ? 'Muted' : 'Unmuted');
    this.#showMicrophone();
  }

  async #turnMicrophoneOn() {
    try {
      const track = await openMicrophone();
      this.#muted = false;
      this.#showBanner('');
      const changed = this.#call.setMicrophone(track);
      this.#watchMicrophone();
      this.#showMicrophone();
      await changed;
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      this.#showBanner(`${error.title} ${error.text}`);
    }
  }

  #watchMicrophone() {
    this.#call.microphone?.addEventListener(
      'ended',
      () => {
        this.#showBanner(BANNERS.unplugged);
        this.#showMicrophone();
      },
      { signal: this.#listeners.signal },
    );
  }

  #showMicrophone() {
    const { microphone } = this.#call;
    const live = microphone?.readyState === 'live' ? microphone : null;
    this.#tiles.showOwn({ microphone: live, muted: this.#muted });
    const silent = !live || this.#muted;
    element('mute').setAttribute('aria-pressed', String(silent));
    element('mute-icon').setAttribute('href', silent ? '#icon-microphone-off' : '#icon-microphone');
    if (live) element('mute-label').textContent = this.#muted ? 'Unmute' : 'Mute';
    else element('mute-label').textContent = 'Turn on mic';
  }

  #showRoster() {
    this.#tiles.update(this.#call.roster);
    const count = this.#tiles.others + 1;
    element('count').textContent = count === 1 ? '1 person' : `${count} people`;
    element('alone').hidden = count > 1;
  }

  #showState() {
    const { state } = this.#call;
    if (!(state in STATUS)) return;
    element('status').dataset.state = state;
    element('status').textContent = STATUS[state];
    const shown = element('banner-text').textContent;
    if (state === 'unanswered' || state === 'reconnecting') this.#showBanner(BANNERS[state]);
    else if (shown === BANNERS.unanswered || shown === BANNERS.reconnecting) this.#showBanner('');
  }

  /** Some browsers wait for a click that belongs to the page before they play anything. */
  #offerSound() {
    this.#showBanner(BANNERS.blocked, 'Turn sound on', () => {
      this.#loudness.resume();
      this.#tiles.replay();
      this.#showBanner('');
    });
  }

  #showBanner(text, label = '', action = null) {
    element('banner').hidden = !text;
    element('banner-text').textContent = text;
    element('banner-action').hidden = !action;
    element('banner-action').textContent = label;
    element('banner-action').onclick = action;
  }

  async #copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      this.#showBanner(`Send this link: ${location.href}`);
      return;
    }
    element('invite-label').textContent = 'Copied';
    element('invite-icon').setAttribute('href', '#icon-check');
    setTimeout(() => {
      element('invite-label').textContent = 'Copy link';
      element('invite-icon').setAttribute('href', '#icon-link');
    }, COPIED_MILLISECONDS);
  }

  #announce(text) {
    element('announcer').textContent = text;
  }

  #tick() {
    element('duration').textContent = clock(performance.now() - this.#began);
  }
}
