import { TokenError } from '../errors.js';

/** As the application gives it: one that lasts, or a function that gets a fresh one. */
export type TokenSource = string | (() => string | Promise<string>);

/** What shows the server who this is and what they may do. */
export class AccessToken {
  readonly #source: TokenSource | undefined;
  #latest: string | null = null;
  #fetching: Promise<string> | null = null;

  /** @param source undefined where the server asks for none */
  constructor(source: TokenSource | undefined) {
    this.#source = source;
  }

  get isGiven(): boolean {
    return this.#source !== undefined;
  }

  /** The one that was shown last; null before the first. */
  get latest(): string | null {
    return this.#latest;
  }

  /**
   * @returns null where there is none
   * @throws TokenError when the application has none to give
   */
  async get(): Promise<string | null> {
    if (this.#source === undefined || this.#latest !== null) return this.#latest;
    this.#fetching ??= this.#fetch(this.#source);
    return this.#fetching;
  }

  /** The server takes it no longer. @returns whether there may be a fresh one */
  expire(token: string | null): boolean {
    if (typeof this.#source !== 'function') return false;
    if (token === this.#latest) this.#latest = null;
    return true;
  }

  async #fetch(source: TokenSource): Promise<string> {
    try {
      this.#latest = typeof source === 'string' ? source : await source();
      return this.#latest;
    } catch (cause) {
      throw new TokenError('the application has no access token', cause);
    } finally {
      this.#fetching = null;
    }
  }
}
