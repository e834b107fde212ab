/**
 * How many new rooms may be placed: a token bucket. Each costs memory for as long as its claim holds, whoever asks for it and
 * whether or not anybody comes.
 */
import { RpcError } from '@kraken/protocol';

const MS_PER_SECOND = 1000;

export interface NewRoomLimit {
  /** New rooms per second, in the long run. */
  readonly perSecond: number;
  /** New rooms at once, after a time in which there were few. */
  readonly burst: number;
}

export class RoomAllowance {
  readonly #limit: NewRoomLimit;
  /** How many more may be placed now. Below 0 when more were under way at the same time than there was room for. */
  #left: number;
  /** When that was reckoned, ms. */
  #at: number;

  /** @param now ms, monotonic */
  constructor(limit: NewRoomLimit, now: number) {
    this.#limit = limit;
    this.#left = limit.burst;
    this.#at = now;
  }

  /** @param now ms, monotonic */
  isSpent(now: number): boolean {
    const { perSecond, burst } = this.#limit;
    const passed = Math.max(0, now - this.#at);
    this.#left = Math.min(burst, this.#left + (passed * perSecond) / MS_PER_SECOND);
    this.#at = now;
    return this.#left < 1;
  }

  /** A new room has been placed. */
  take(): void {
    this.#left--;
  }

  /** For whoever has to be refused. */
  get refusal(): RpcError {
    return new RpcError(
      'TOO_MANY_NEW_ROOMS',
      `a monitor places at most ${this.#limit.perSecond} new rooms per second: try again in some seconds`,
    );
  }
}
