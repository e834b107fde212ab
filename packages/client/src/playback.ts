import { UnsupportedError } from './errors.js';

/** Plays the others, each by an element of its own, so that each has a volume. */
export class Playback {
  readonly #onBlocked: () => void;
  readonly #players = new Map<string, HTMLAudioElement>();
  #deviceId = '';
  #blocked = false;

  /** @param onBlocked the browser plays nothing before somebody clicks */
  constructor(onBlocked: () => void) {
    this.#onBlocked = onBlocked;
  }

  /** Whether the browser has refused to play. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  /** @param stream null for somebody who cannot be heard any more */
  play(uid: string, stream: MediaStream | null, volume: number): void {
    const player = this.#players.get(uid);
    if (stream === null) {
      if (player !== undefined) remove(player);
      this.#players.delete(uid);
    } else if (player?.srcObject !== stream) {
      this.#start(player ?? this.#newPlayer(uid), stream, volume);
    }
  }

  setVolume(uid: string, volume: number): void {
    const player = this.#players.get(uid);
    if (player !== undefined) player.volume = volume;
  }

  /** @throws UnsupportedError */
  async setOutput(deviceId: string): Promise<void> {
    if (!('setSinkId' in HTMLMediaElement.prototype)) throw new UnsupportedError('choice of the output');
    await Promise.all([...this.#players.values()].map((player) => player.setSinkId(deviceId)));
    this.#deviceId = deviceId;
  }

  /** To be called from a click. */
  async resume(): Promise<void> {
    this.#blocked = false;
    await Promise.all([...this.#players.values()].map((player) => this.#run(player)));
  }

  close(): void {
    for (const player of this.#players.values()) remove(player);
    this.#players.clear();
  }

  #newPlayer(uid: string): HTMLAudioElement {
    const player = document.createElement('audio');
    player.hidden = true;
    document.body?.append(player);
    this.#players.set(uid, player);
    if (this.#deviceId !== '') player.setSinkId(this.#deviceId).catch(() => {});
    return player;
  }

  #start(player: HTMLAudioElement, stream: MediaStream, volume: number): void {
    player.srcObject = stream;
    player.volume = volume;
    this.#run(player);
  }

  /** `play` fails as well when another stream follows at once, which means nothing. */
  async #run(player: HTMLAudioElement): Promise<void> {
    try {
      await player.play();
    } catch (error) {
      if (this.#blocked || !(error instanceof Error) || error.name !== 'NotAllowedError') return;
      this.#blocked = true;
      this.#onBlocked();
    }
  }
}

function remove(player: HTMLAudioElement): void {
  player.srcObject = null;
  player.remove();
}
