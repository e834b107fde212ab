/** A bar that is as long as the sound is loud. It is written once a frame at most, and laid out never. */
export class LevelBar {
  readonly #bar: HTMLElement;
  #level = 0;
  #frame = 0;

  constructor(bar: HTMLElement) {
    this.#bar = bar;
  }

  /** @param level 0 to 1 */
  show(level: number): void {
    this.#level = level;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#bar.style.setProperty('--level', this.#level.toFixed(2));
    });
  }
}
