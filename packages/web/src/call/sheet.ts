/** A dialog beside the button that opened it; on telephones it comes from below. */
const MARGIN = 12;

export class Sheet {
  readonly #dialog: HTMLDialogElement;

  /** @param onClose it was closed, by whatever */
  constructor(dialog: HTMLDialogElement, onClose: () => void, signal: AbortSignal) {
    this.#dialog = dialog;
    dialog.addEventListener('close', onClose, { signal });
    dialog.addEventListener('click', (event) => this.#onClick(event), { signal });
    signal.addEventListener('abort', () => dialog.close());
  }

  open(button: HTMLElement): void {
    const anchor = button.getBoundingClientRect();
    this.#dialog.showModal();
    const { width, height } = this.#dialog.getBoundingClientRect();
    const left = clamp(anchor.left + anchor.width / 2 - width / 2, innerWidth - width);
    const isBelow = anchor.bottom + MARGIN + height < innerHeight;
    const top = isBelow ? anchor.bottom + MARGIN : clamp(anchor.top - MARGIN - height, innerHeight - height);
    this.#dialog.style.setProperty('--left', `${left}px`);
    this.#dialog.style.setProperty('--top', `${top}px`);
  }

  /** A click beside the dialog is one on its backdrop, which belongs to it. */
  #onClick({ target }: MouseEvent): void {
    if (target === this.#dialog) this.#dialog.close();
  }
}

function clamp(length: number, longest: number): number {
  return Math.max(MARGIN, Math.min(length, longest - MARGIN));
}
