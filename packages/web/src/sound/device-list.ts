/** A drop-down list of microphones or of speakers. */
export class DeviceList {
  readonly #select: HTMLSelectElement;
  readonly #noun: string;
  readonly #offersDefault: boolean;

  /**
   * @param noun what a device without a label is called
   * @param offersDefault whether the browser's own choice can be taken, where the browser does not list that itself
   */
  constructor(select: HTMLSelectElement, noun: string, offersDefault = true) {
    this.#select = select;
    this.#noun = noun;
    this.#offersDefault = offersDefault;
  }

  /** The id of the chosen device; an empty text for the browser's own choice. */
  get deviceId(): string {
    return this.#select.value;
  }

  /** Whether there is anything to choose from. */
  get hasChoice(): boolean {
    return this.#select.options.length > 1;
  }

  /** @param preferred what is chosen if it is there; else the choice stays, or is the browser's */
  show(devices: readonly MediaDeviceInfo[], preferred: string): void {
    const options = this.#options(devices);
    const isThere = (id: string): boolean => options.some(({ value }) => value === id);
    const wanted = [preferred, this.#select.value].find((id) => id !== '' && isThere(id));
    this.#select.replaceChildren(...options);
    this.#select.value = wanted ?? options[0]?.value ?? '';
  }

  /** Before the microphone was allowed, devices have no ids; Chromium lists its own choice as `default`. */
  #options(devices: readonly MediaDeviceInfo[]): readonly HTMLOptionElement[] {
    const known = devices.filter(({ deviceId }) => deviceId !== '');
    const options = known.map(
      ({ label, deviceId }, i) => new Option(label || `${this.#noun} ${i + 1}`, deviceId),
    );
    const hasDefault = known.some(({ deviceId }) => deviceId === 'default');
    return hasDefault || !this.#offersDefault ? options : [new Option('Default', ''), ...options];
  }
}
