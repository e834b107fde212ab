/** How many participants of a room are forwarded at a time: that many, 0 for all, or as many as its size suggests. */
export type LoudestSetting = 'auto' | number;

/** Up to so many participants who send sound, `auto` forwards all of them. */
export const AUTO_FORWARDS_ALL_UP_TO = 30;
/** How many it forwards of more. */
export const AUTO_LOUDEST = 6;
/** A room that was larger has to shrink to that before all are forwarded again, so that it does not change with each who comes. */
export const AUTO_FORWARDS_ALL_AGAIN_AT = 24;

/** Decides for one room how many are forwarded. */
export class LoudestPolicy {
  readonly #configured: LoudestSetting;
  #byCall: number | null = null;
  #isLarge = false;

  constructor(configured: LoudestSetting) {
    this.#configured = configured;
  }

  /** @param loudest what counts from here on in place of the configuration; null for that again */
  set(loudest: number | null): void {
    this.#byCall = loudest;
  }

  /**
   * @param publishers how many participants send sound
   * @returns how many of them are forwarded at a time, null for all
   */
  decide(publishers: number): number | null {
    this.#isLarge = publishers > (this.#isLarge ? AUTO_FORWARDS_ALL_AGAIN_AT : AUTO_FORWARDS_ALL_UP_TO);
    const setting = this.#byCall ?? this.#configured;
    if (setting === 'auto') return this.#isLarge ? AUTO_LOUDEST : null;
    return setting === 0 ? null : setting;
  }
}
