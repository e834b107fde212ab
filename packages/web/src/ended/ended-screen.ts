import type { EndedReason } from '@kraken/client';
import { byId } from '../page/elements.js';
import { endingMessage } from '../page/messages.js';
import { showScreen } from '../page/screens.js';
import type { Choice } from '../prejoin/prejoin-screen.js';

export interface EndedEvents {
  /** The same call once more. */
  onAgain(choice: Choice): void;
  /** Another room, another name, other devices. */
  onElsewhere(): void;
}

/** Why the call is over, and how to go on. */
export class EndedScreen {
  #choice: Choice | null = null;

  constructor(events: EndedEvents) {
    byId('rejoin', HTMLButtonElement).addEventListener('click', () => {
      if (this.#choice !== null) events.onAgain(this.#choice);
    });
    byId('elsewhere', HTMLButtonElement).addEventListener('click', () => events.onElsewhere());
  }

  /** @param choice what the call had begun with */
  show(reason: EndedReason, choice: Choice): void {
    this.#choice = choice;
    const { title, text, again } = endingMessage(reason);
    showScreen('ended', `${title} · Kraken`);
    byId('ended', HTMLElement).dataset.reason = reason;
    byId('ended-text', HTMLElement).textContent = text;
    byId('ended-room', HTMLElement).textContent = choice.room;
    byId('rejoin', HTMLButtonElement).textContent = again;
    const heading = byId('ended-title', HTMLElement);
    heading.textContent = title;
    heading.focus();
  }
}
