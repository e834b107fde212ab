import type { Participant } from '@kraken/client';
import { hueOf, initialsOf } from '../page/avatar.js';
import { fromTemplate, partOf } from '../page/elements.js';
import { linkNote, noteOf, type TileState, tileState } from './tile-state.js';

/** Smaller changes of a level are not seen. */
const VISIBLE_CHANGE = 0.03;

/** One participant on screen. `draw` alone writes to the page, and only what has changed. */
export class Tile {
  readonly element = fromTemplate('tile-template');
  readonly participant: Participant;
  readonly #isSelf: boolean;
  readonly #note: HTMLElement;
  readonly #link: HTMLElement;
  readonly #volume: HTMLButtonElement;
  #drawnName: string | null = null;
  #hasLeft = false;
  #drawnState: TileState | null = null;
  #drawnLink = '';
  #drawnLevel = 0;
  #drawnVolume = 1;
  #drawnSpeaking = false;

  /** @param onVolume somebody wants to set this participant's volume; null for oneself */
  constructor(participant: Participant, onVolume: ((button: HTMLButtonElement) => void) | null) {
    this.participant = participant;
    this.#isSelf = onVolume === null;
    this.#note = partOf(this.element, '.tile-note', HTMLElement);
    this.#link = partOf(this.element, '.tile-link', HTMLElement);
    this.#volume = partOf(this.element, '.tile-volume', HTMLButtonElement);
    this.#introduce(onVolume);
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  set hasLeft(hasLeft: boolean) {
    this.#hasLeft = hasLeft;
  }

  /** Whether the ring would look different. */
  get isLouderOrQuieter(): boolean {
    return Math.abs(this.#levelNow - this.#drawnLevel) > VISIBLE_CHANGE;
  }

  draw(): void {
    this.#drawName();
    this.#drawState();
    this.#drawLink();
    this.#drawVolume();
    this.#drawSpeaking();
  }

  get #levelNow(): number {
    return this.#hasLeft || this.participant.muted ? 0 : this.participant.level;
  }

  #introduce(onVolume: ((button: HTMLButtonElement) => void) | null): void {
    const { uid } = this.participant;
    this.element.dataset.uid = uid;
    this.element.style.setProperty('--hue', String(hueOf(uid)));
    partOf(this.element, '.tile-you', HTMLElement).hidden = onVolume !== null;
    if (onVolume === null) this.#volume.remove();
    else this.#volume.addEventListener('click', () => onVolume(this.#volume));
  }

  /** One's own is known for sure when the server has told who is there. */
  #drawName(): void {
    const { name } = this.participant;
    if (name === this.#drawnName) return;
    this.#drawnName = name;
    partOf(this.element, '.initials', HTMLElement).textContent = initialsOf(name);
    partOf(this.element, '.tile-name', HTMLElement).textContent = name;
    this.#volume.setAttribute('aria-label', `Volume of ${name}`);
  }

  #drawState(): void {
    const state = this.#hasLeft ? 'left' : tileState(this.participant, this.#isSelf);
    if (state === this.#drawnState) return;
    this.#drawnState = state;
    this.element.dataset.state = state;
    this.#note.textContent = noteOf(state);
  }

  #drawLink(): void {
    const { quality } = this.participant;
    const note = this.#hasLeft ? '' : linkNote(quality);
    if (note === this.#drawnLink) return;
    this.#drawnLink = note;
    this.#link.hidden = note === '';
    this.#link.dataset.quality = quality;
    this.#link.title = note;
    partOf(this.#link, '.visually-hidden', HTMLElement).textContent = note;
  }

  #drawVolume(): void {
    const { volume } = this.participant;
    if (volume === this.#drawnVolume) return;
    this.#drawnVolume = volume;
    this.element.dataset.volume = volume === 0 ? 'off' : volume < 1 ? 'low' : 'full';
  }

  #drawSpeaking(): void {
    const speaking = this.participant.speaking && !this.#hasLeft;
    if (speaking !== this.#drawnSpeaking) this.element.classList.toggle('speaking', speaking);
    this.#drawnSpeaking = speaking;
    const level = this.#levelNow;
    if (level === this.#drawnLevel) return;
    this.#drawnLevel = level;
    this.element.style.setProperty('--level', level.toFixed(2));
  }
}
