import { chime } from './chime.js';

/** Plays a sound on one device; the default one where the browser lets no page choose. */
export class TestSound {
  #player: HTMLAudioElement | null = null;

  /** @throws when the browser does not play it */
  async play(deviceId: string): Promise<void> {
    this.#player ??= newPlayer();
    this.#player.currentTime = 0;
    if (canChooseOutput()) await this.#player.setSinkId(deviceId);
    await this.#player.play();
  }
}

/** Whether the browser lets a page choose where it plays. */
export function canChooseOutput(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

function newPlayer(): HTMLAudioElement {
  return new Audio(URL.createObjectURL(new Blob([chime()], { type: 'audio/wav' })));
}
