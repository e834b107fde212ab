import type { Announcer } from '../page/announcer.js';
import { byId, partOf, showIcon } from '../page/elements.js';
import { Sheet } from './sheet.js';

const COPIED_MILLISECONDS = 2_000;

/** The button that gets others into the room. */
export class Invitation {
  readonly #room: string;
  readonly #announcer: Announcer;
  readonly #button: HTMLButtonElement;
  readonly #sheet: Sheet;
  readonly #canShare = 'share' in navigator && matchMedia('(pointer: coarse)').matches;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param button any of those that invite */
  constructor(room: string, button: HTMLButtonElement, announcer: Announcer, signal: AbortSignal) {
    this.#room = room;
    this.#button = button;
    this.#announcer = announcer;
    this.#sheet = new Sheet(byId('link-sheet', HTMLDialogElement), () => {}, signal);
    button.addEventListener('click', () => this.#invite(), { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
    this.#showIdle();
  }

  async #invite(): Promise<void> {
    const { href } = location;
    if (this.#canShare) {
      // Who closes the system's dialog has not failed at anything.
      await navigator.share({ title: `${this.#room} · Kraken`, url: href }).catch(() => {});
      return;
    }
    try {
      await navigator.clipboard.writeText(href);
      this.#showCopied();
    } catch {
      this.#showLink(href); // Pages that are not secure have no clipboard.
    }
  }

  #showLink(href: string): void {
    const input = byId('link', HTMLInputElement);
    input.value = href;
    this.#sheet.open(this.#button);
    input.select();
  }

  #showCopied(): void {
    clearTimeout(this.#timer);
    this.#show('check', 'Link copied');
    this.#announcer.say('Link copied');
    this.#timer = setTimeout(() => this.#showIdle(), COPIED_MILLISECONDS);
  }

  #showIdle(): void {
    if (this.#canShare) this.#show('share', 'Share link');
    else this.#show('link', 'Copy link');
  }

  #show(icon: string, label: string): void {
    showIcon(this.#button, icon);
    partOf(this.#button, 'span', HTMLElement).textContent = label;
  }
}
