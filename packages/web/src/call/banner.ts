import { byId } from '../page/elements.js';

/** What a banner can tell of, the most important first: one is shown at a time. */
const TOPICS = ['connection', 'blocked', 'failure', 'microphone', 'silenced', 'permissions'] as const;

export type Topic = (typeof TOPICS)[number];

export interface BannerContent {
  readonly text: string;
  /** What can be done about it, by a button. */
  readonly action?: { readonly label: string; run(): void };
}

/** Tells of trouble for as long as there is any. */
export class Banner {
  readonly #contents = new Map<Topic, BannerContent>();
  readonly #element = byId('banner', HTMLElement);
  readonly #text = byId('banner-text', HTMLElement);
  readonly #action = byId('banner-action', HTMLButtonElement);
  #shown: BannerContent | null = null;

  constructor(signal: AbortSignal) {
    this.#action.addEventListener('click', () => this.#shown?.action?.run(), { signal });
    this.#show();
  }

  set(topic: Topic, content: BannerContent | null): void {
    if (content === null) this.#contents.delete(topic);
    else this.#contents.set(topic, content);
    this.#show();
  }

  #show(): void {
    const topic = TOPICS.find((candidate) => this.#contents.has(candidate));
    this.#shown = (topic && this.#contents.get(topic)) ?? null;
    this.#element.hidden = this.#shown === null;
    this.#element.dataset.topic = topic ?? '';
    this.#text.textContent = this.#shown?.text ?? '';
    this.#action.hidden = this.#shown?.action === undefined;
    this.#action.textContent = this.#shown?.action?.label ?? '';
  }
}
