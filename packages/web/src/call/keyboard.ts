/** Keys of a call: M toggles the microphone, the space bar lets somebody who is muted talk while it is held. */
export interface KeyboardEvents {
  onToggle(): void;
  /** @returns whether somebody who was muted talks now */
  onHold(): boolean;
  onRelease(): void;
}

const TYPING = 'input, textarea, select, [contenteditable]';
const PRESSABLE = 'button, a, summary';

export class Keyboard {
  readonly #events: KeyboardEvents;
  #isHolding = false;
  /** The button that was clicked and has the focus since: its user is not with the keyboard. */
  #clicked: EventTarget | null = null;

  constructor(events: KeyboardEvents, signal: AbortSignal) {
    this.#events = events;
    document.addEventListener('keydown', (event) => this.#onDown(event), { signal });
    document.addEventListener('click', (event) => this.#onClick(event), { signal });
    document.addEventListener('focusout', () => this.#onFocusOut(), { signal });
    document.addEventListener('keyup', (event) => this.#onUp(event), { signal });
    // Who switches to another window with the key held down lets go of it there.
    addEventListener('blur', () => this.#release(), { signal });
  }

  #onDown(event: KeyboardEvent): void {
    const isModified = event.ctrlKey || event.metaKey || event.altKey;
    if (isModified || document.querySelector('dialog[open]') !== null) return;
    if (isTyping(event.target)) return;
    if (event.code === 'Space') this.#onSpace(event);
    else if (event.key.toLowerCase() === 'm' && !event.repeat) this.#events.onToggle();
  }

  #onSpace(event: KeyboardEvent): void {
    if (!this.#isHolding) {
      if (event.repeat || this.#isOnButton(event.target)) return;
      this.#isHolding = this.#events.onHold();
    }
    event.preventDefault();
  }

  /** A button that was clicked has the focus still, and would be pressed by this key. */
  #onUp(event: KeyboardEvent): void {
    if (event.code !== 'Space' || !this.#isHolding) return;
    event.preventDefault();
    this.#release();
  }

  /** A click by the keyboard, or of a screen reader, has no detail. */
  #onClick({ detail, target }: MouseEvent): void {
    if (detail > 0 && target instanceof Element) this.#clicked = target.closest(PRESSABLE);
  }

  #onFocusOut(): void {
    this.#clicked = null;
  }

  /** Whether the space bar belongs to a button. */
  #isOnButton(target: EventTarget | null): boolean {
    return target instanceof Element && target.matches(PRESSABLE) && target !== this.#clicked;
  }

  #release(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#events.onRelease();
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(TYPING);
}
