import type { Participant } from '@kraken/client';
import { byId } from '../page/elements.js';
import { Sheet } from './sheet.js';

const PERCENT = 100;

/** How loud somebody is played here. It holds for the call, also when they come again. */
export class VolumeSheet {
  readonly #range = byId('volume', HTMLInputElement);
  readonly #value = byId('volume-value', HTMLOutputElement);
  readonly #sheet: Sheet;
  readonly #volumes = new Map<string, number>();
  readonly #onChange: (participant: Participant) => void;
  #participant: Participant | null = null;

  /** @param onChange a participant's volume is another one */
  constructor(onChange: (participant: Participant) => void, signal: AbortSignal) {
    this.#onChange = onChange;
    const dialog = byId('volume-sheet', HTMLDialogElement);
    this.#sheet = new Sheet(dialog, () => {}, signal);
    this.#range.addEventListener('input', () => this.#set(this.#range.valueAsNumber / PERCENT), { signal });
    const toggle = byId('volume-off', HTMLButtonElement);
    toggle.addEventListener('click', () => this.#set(this.#participant?.volume === 0 ? 1 : 0), { signal });
  }

  open(participant: Participant, button: HTMLElement): void {
    this.#participant = participant;
    byId('volume-name', HTMLElement).textContent = participant.name;
    this.#show();
    this.#sheet.open(button);
  }

  /** Somebody came, perhaps not for the first time. */
  apply(participant: Participant): void {
    const volume = this.#volumes.get(participant.uid);
    if (volume !== undefined) participant.volume = volume;
  }

  #set(volume: number): void {
    const participant = this.#participant;
    if (participant === null) return;
    participant.volume = volume;
    this.#volumes.set(participant.uid, volume);
    this.#show();
    this.#onChange(participant);
  }

  #show(): void {
    const volume = this.#participant?.volume ?? 1;
    const percent = Math.round(volume * PERCENT);
    this.#range.value = String(percent);
    this.#range.setAttribute('aria-valuetext', `${percent} percent`);
    this.#value.value = `${percent} %`;
    byId('volume-off', HTMLElement).textContent = volume === 0 ? 'Hear again' : 'Do not hear';
  }
}
