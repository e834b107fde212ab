/** A drop-down list of microphones or of speakers. */
export class DeviceList {
  readonly #select: HTMLSelectElement;
  readonly #noun: string;

  /** @param noun what a device without a label is called */
  constructor(select: HTMLSelectElement, noun: string) {
    this.#select = select;
    this.#noun = noun;
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
    return hasDefault ? options : [new Option('Default', ''), ...options];
  }
}
