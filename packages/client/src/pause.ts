/** Waits that something may cut short. */
export class Pause {
  readonly #waits = new Set<() => void>();

  /** Until the time is over or somebody hurries. */
  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#waits.add(end);
    });
  }

  /** Ends all waits. */
  hurry(): void {
    for (const end of [...this.#waits]) end();
  }
}
