import { byId } from './elements.js';
import { PresenceNews } from './presence-news.js';

/** People who come and go together are told of together. */
const GATHER_MILLISECONDS = 700;

/** Tells those who cannot see the page, politely: it interrupts nothing. */
export class Announcer {
  readonly #region = byId('announcer', HTMLElement);
  #news = new PresenceNews();
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.#region.textContent = text;
  }

  joined(name: string): void {
    this.#news.joined(name);
    this.#soon();
  }

  left(name: string): void {
    this.#news.left(name);
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const text = this.#news.text();
      this.#news = new PresenceNews();
      if (text !== '') this.say(text);
    }, GATHER_MILLISECONDS);
  }
}
