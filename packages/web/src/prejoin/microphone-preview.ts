import { type LevelMeter, meter, openMicrophone } from '@kraken/client';

/** The microphone before the call: open, so that its level can be shown. */
export class MicrophonePreview {
  readonly #onLevel: (level: number) => void;
  readonly #onLost: () => void;
  #track: MediaStreamTrack | null = null;
  #meter: LevelMeter | null = null;
  #frame = 0;
  #openings = 0;

  /**
   * @param onLevel called once a frame while the microphone is open, with 0 to 1
   * @param onLost the device was unplugged, or the permission taken back
   */
  constructor(onLevel: (level: number) => void, onLost: () => void) {
    this.#onLevel = onLevel;
    this.#onLost = onLost;
  }

  get isOpen(): boolean {
    return this.#track !== null;
  }

  /** The device that was opened, if the browser tells. */
  get deviceId(): string {
    return this.#track?.getSettings().deviceId ?? '';
  }

  /**
   * Asks for the microphone; of several openings the last one counts.
   * @param deviceId an empty text for the browser's own choice
   * @throws CallError
   */
  async open(deviceId: string): Promise<void> {
    this.#openings += 1;
    const opening = this.#openings;
    const track = await openMicrophone(deviceId === '' ? {} : { deviceId });
    if (opening !== this.#openings) {
      track.stop();
      return;
    }
    this.#release();
    this.#track = track;
    track.addEventListener('ended', () => this.#onEnded(track));
    this.#meter = meter(track);
    this.#look();
  }

  /** Gives the microphone back. */
  close(): void {
    this.#openings += 1;
    this.#release();
    this.#onLevel(0);
  }

  #onEnded(track: MediaStreamTrack): void {
    if (track !== this.#track) return;
    this.close();
    this.#onLost();
  }

  #release(): void {
    cancelAnimationFrame(this.#frame);
    this.#meter?.close();
    this.#track?.stop();
    this.#meter = null;
    this.#track = null;
  }

  #look(): void {
    if (this.#meter === null) return;
    this.#onLevel(this.#meter.measure());
    this.#frame = requestAnimationFrame(() => this.#look());
  }
}
