/** The track that a call sends, if any. */
export class Microphone {
  readonly constraints: MediaTrackConstraints;
  readonly #onLost: () => void;
  #track: MediaStreamTrack | null = null;
  #isOurs = false;
  #muted: boolean;

  /**
   * @param constraints for the devices that the SDK opens
   * @param onLost the device was unplugged, or the permission taken back
   */
  constructor(constraints: MediaTrackConstraints, muted: boolean, onLost: () => void) {
    this.constraints = constraints;
    this.#muted = muted;
    this.#onLost = onLost;
  }

  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  /** Whether the SDK opened it, and so may look for another one. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  /** Who has no microphone is muted, and stays so with the next one until they say otherwise. */
  get muted(): boolean {
    return this.#muted;
  }

  /** @param isOurs whether the SDK has opened it, and stops it when it is not needed any more */
  take(track: MediaStreamTrack | null, isOurs: boolean): void {
    if (track !== this.#track) this.release();
    this.#track = track;
    this.#isOurs = isOurs;
    this.setMuted(this.#muted || track === null);
    track?.addEventListener('ended', this.#ended);
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    if (this.#track !== null) this.#track.enabled = !muted;
  }

  release(): void {
    this.#track?.removeEventListener('ended', this.#ended);
    if (this.#isOurs) this.#track?.stop();
    this.#track = null;
  }

  readonly #ended = (): void => this.#onLost();
}
