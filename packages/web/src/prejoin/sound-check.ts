import { CallError, devices } from '@kraken/client';
import { byId } from '../page/elements.js';
import { remember, remembered } from '../page/preferences.js';
import { DeviceList } from '../sound/device-list.js';
import { LevelBar } from '../sound/level-bar.js';
import { canChooseOutput, TestSound } from '../sound/test-sound.js';
import { MicrophonePreview } from './microphone-preview.js';

/** Above which somebody has said something. */
const HEARD_LEVEL = 0.35;
const NOT_CHECKED = 'Nobody hears you before you join.';
const SAY_SOMETHING = 'Say something: the bar moves.';
const IT_WORKS = 'Your microphone works.';

/** Microphone and speakers before the call: which ones, and whether they work. */
export class SoundCheck {
  readonly #onFailure: (error: CallError) => void;
  readonly #microphones = new DeviceList(byId('microphone', HTMLSelectElement), 'Microphone');
  readonly #outputs = new DeviceList(byId('output', HTMLSelectElement), 'Speaker');
  readonly #bar = new LevelBar(byId('microphone-level', HTMLElement));
  readonly #hint = byId('microphone-hint', HTMLElement);
  readonly #preview = new MicrophonePreview(
    (level) => this.#showLevel(level),
    () => this.#showPreview(),
  );
  readonly #testSound = new TestSound();
  #isShown = false;

  /** @param onFailure the microphone could not be opened */
  constructor(onFailure: (error: CallError) => void) {
    this.#onFailure = onFailure;
    byId('check-microphone', HTMLButtonElement).addEventListener('click', () => this.#check());
    byId('microphone', HTMLSelectElement).addEventListener('change', () => {
      remember('microphone', this.#microphones.deviceId);
      this.#open();
    });
    byId('output', HTMLSelectElement).addEventListener('change', () =>
      remember('output', this.#outputs.deviceId),
    );
    byId('test-sound', HTMLButtonElement).addEventListener('click', () => this.#play());
    navigator.mediaDevices?.addEventListener('devicechange', () => this.#list());
  }

  /** The chosen microphone; an empty text for the browser's own choice. */
  get microphone(): string {
    return this.#preview.isOpen ? this.#microphones.deviceId : remembered('microphone');
  }

  get output(): string {
    return this.#outputs.hasChoice ? this.#outputs.deviceId : remembered('output');
  }

  /** Opens the microphone if that raises no question. */
  async show(): Promise<void> {
    this.#isShown = true;
    this.#showPreview();
    await this.#list();
    if ((await isAllowed()) && this.#isShown) await this.#open();
  }

  /** Gives the microphone back. */
  hide(): void {
    this.#isShown = false;
    this.#preview.close();
  }

  async #check(): Promise<void> {
    await this.#open();
    if (this.#preview.isOpen) byId('microphone', HTMLSelectElement).focus();
  }

  async #open(): Promise<void> {
    try {
      await this.#preview.open(this.#microphones.deviceId || remembered('microphone'));
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#preview.close();
      this.#onFailure(error);
    }
    if (!this.#isShown) this.#preview.close();
    this.#showPreview();
    await this.#list();
  }

  /** In the same place and as high, open or not: the form stands still under who is about to press a button. */
  #showPreview(): void {
    byId('check-microphone', HTMLElement).hidden = this.#preview.isOpen;
    byId('microphone', HTMLElement).hidden = !this.#preview.isOpen;
    this.#hint.textContent = this.#preview.isOpen ? SAY_SOMETHING : NOT_CHECKED;
  }

  async #list(): Promise<void> {
    if (navigator.mediaDevices === undefined) return;
    const { microphones, outputs } = await devices();
    this.#microphones.show(microphones, remembered('microphone'));
    this.#outputs.show(canChooseOutput() ? outputs : [], remembered('output'));
    byId('output', HTMLSelectElement).hidden = !this.#outputs.hasChoice;
  }

  #showLevel(level: number): void {
    this.#bar.show(level);
    if (level > HEARD_LEVEL && this.#hint.textContent !== IT_WORKS) this.#hint.textContent = IT_WORKS;
  }

  async #play(): Promise<void> {
    const hint = byId('output-hint', HTMLElement);
    try {
      await this.#testSound.play(this.#outputs.deviceId);
      hint.textContent = 'You should hear three notes.';
    } catch {
      hint.textContent = 'The browser did not play the sound. Choose another speaker.';
    }
  }
}

/** Whether the microphone was allowed before: browsers that do not tell are taken to ask. */
async function isAllowed(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: 'microphone' });
    return state === 'granted';
  } catch {
    return false;
  }
}
