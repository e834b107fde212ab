import type { Call, CallState, Participant } from '@kraken/client';
import { Announcer } from '../page/announcer.js';
import { byId } from '../page/elements.js';
import { showScreen } from '../page/screens.js';
import { Banner, type BannerContent } from './banner.js';
import { CallBar } from './call-bar.js';
import { DeviceSheet } from './device-sheet.js';
import { Invitation } from './invitation.js';
import { MicrophoneControl } from './microphone-control.js';
import { Tiles } from './tiles.js';
import { VolumeSheet } from './volume-sheet.js';
import { keepAwake } from './wake-lock.js';

const CONNECTIONS: Readonly<Record<CallState, BannerContent | null>> = {
  connected: null,
  unanswered: { text: 'The server does not answer. Nobody can join for now, but the sound may go on.' },
  reconnecting: { text: 'The connection is gone. Trying to get it back.' },
  ended: null,
};
const LISTENERS: BannerContent = { text: 'You may only listen. Who runs the room can let you speak.' };
const SILENCED: BannerContent = { text: 'The operator has muted you. Nobody hears you.' };

/** A call on screen, from its beginning to its end. */
export class CallScreen {
  readonly #call: Call;
  readonly #closing = new AbortController();
  readonly #announcer = new Announcer();
  readonly #banner = new Banner(this.#closing.signal);
  readonly #volumes = new VolumeSheet((participant) => this.#tiles.update(participant), this.#closing.signal);
  readonly #tiles: Tiles;
  readonly #bar: CallBar;
  readonly #microphone: MicrophoneControl;

  /** @param invites whether a link to the room gets others in, as it does where no access tokens are demanded */
  constructor(call: Call, invites: boolean) {
    this.#call = call;
    const { signal } = this.#closing;
    showScreen('call', call.room);
    this.#tiles = new Tiles(call, {
      onVolume: (participant, button) => this.#volumes.open(participant, button),
    });
    this.#bar = new CallBar(call, signal);
    const [banner, announcer] = [this.#banner, this.#announcer];
    this.#microphone = new MicrophoneControl({ call, banner, announcer, signal });
    new DeviceSheet(call, signal);
    for (const id of ['invite', 'invite-first']) {
      const button = byId(id, HTMLButtonElement);
      button.hidden = !invites;
      if (invites) new Invitation(call.room, button, announcer, signal);
    }
    byId('leave', HTMLButtonElement).addEventListener('click', () => call.leave(), { signal });
    this.#listen(signal);
    keepAwake(signal);
    byId('room-title', HTMLElement).focus();
  }

  close(): void {
    this.#closing.abort();
    this.#tiles.close();
  }

  #listen(signal: AbortSignal): void {
    const call = this.#call;
    call.addEventListener('state', ({ state }) => this.#onState(state), { signal });
    call.addEventListener('joined', ({ participant }) => this.#onJoined(participant), { signal });
    call.addEventListener('left', ({ participant }) => this.#onLeft(participant), { signal });
    call.addEventListener('updated', ({ participant }) => this.#onUpdated(participant), { signal });
    call.addEventListener('speaking', ({ participant }) => this.#tiles.update(participant), { signal });
    call.addEventListener('quality', ({ participant }) => this.#tiles.update(participant), { signal });
    call.addEventListener('levels', () => this.#tiles.updateLevels(), { signal });
    call.addEventListener('audio-blocked', () => this.#onBlocked(), { signal });
    this.#onState(call.state);
    this.#onUpdated(call.me);
  }

  #onState(state: CallState): void {
    this.#banner.set('connection', CONNECTIONS[state]);
    this.#bar.show();
  }

  #onJoined(participant: Participant): void {
    this.#volumes.apply(participant);
    this.#tiles.arrive(participant);
    this.#announcer.joined(participant.name);
    this.#bar.show();
  }

  #onLeft(participant: Participant): void {
    this.#tiles.depart(participant);
    this.#announcer.left(participant.name);
    this.#bar.show();
  }

  #onUpdated(participant: Participant): void {
    this.#tiles.update(participant);
    if (participant !== this.#call.me) return;
    this.#banner.set('silenced', participant.silenced ? SILENCED : null);
    this.#banner.set('permissions', participant.permissions.publish ? null : LISTENERS);
    this.#microphone.show();
    this.#bar.show();
  }

  #onBlocked(): void {
    const run = (): void => {
      this.#banner.set('blocked', null);
      this.#call.resumeAudio();
    };
    this.#banner.set('blocked', {
      text: 'The browser holds the sound back.',
      action: { label: 'Turn sound on', run },
    });
  }
}
