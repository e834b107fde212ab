/** What somebody may have done for them: so much per second, and more at once behind a pause. Allocates nothing. */
export class TokenBucket {
  readonly #perMillisecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt = 0;

  /**
   * @param perSecond tokens that it is filled with
   * @param burst tokens that it holds; it is full at first
   */
  constructor(perSecond: number, burst: number) {
    this.#perMillisecond = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /**
   * @param now ms
   * @param amount tokens
   * @returns whether so many were there; then they are taken out, else none
   */
  take(now: number, amount = 1): boolean {
    this.#tokens = Math.min(this.#tokens + (now - this.#filledAt) * this.#perMillisecond, this.#burst);
    this.#filledAt = now;
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }
}
