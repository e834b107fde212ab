import type { AccessToken } from './access-token.js';
import { member, NoAnswerError, RpcError, TOKEN_EXPIRED, throwRefusal } from './protocol.js';

const CALL_MILLISECONDS = 10_000;

/** Kraken's JSON-RPC over HTTP: every call is a POST to one URL. */
export class HttpCalls {
  readonly #url: string;
  readonly #token: AccessToken;
  #calls = 0;

  constructor(url: string, token: AccessToken) {
    this.#url = url;
    this.#token = token;
  }

  /**
   * @returns the `data` of the answer
   * @throws RpcError, NoAnswerError; TokenError when the application has no token to give
   */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const token = await this.#token.get();
    try {
      return await this.#callWith(token, method, params);
    } catch (error) {
      if (!isExpiry(error) || !this.#token.expire(token)) throw error;
      return this.#callWith(await this.#token.get(), method, params);
    }
  }

  async #callWith(token: string | null, method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = await this.#post(this.#body(method, params), token);
    throwRefusal(member(answer, 'error'));
    return member(answer, 'data');
  }

  /** Makes a call whose answer nobody awaits; it survives the page's unloading. */
  send(method: string, params: readonly unknown[]): void {
    const body = this.#body(method, params);
    const headers = headersWith(this.#token.latest);
    // A beacon shows no token.
    if (headers === null && navigator.sendBeacon?.(this.#url, body)) return;
    fetch(this.#url, { method: 'POST', body, keepalive: true, headers: headers ?? {} }).catch(() => {});
  }

  #body(method: string, params: readonly unknown[]): string {
    this.#calls += 1;
    return JSON.stringify({ id: String(this.#calls), method, params });
  }

  /** Without a token and a JSON type it is a simple request, which asks no leave of other origins beforehand. */
  async #post(body: string, token: string | null): Promise<unknown> {
    try {
      const signal = AbortSignal.timeout(CALL_MILLISECONDS);
      const headers = headersWith(token) ?? {};
      const response = await fetch(this.#url, { method: 'POST', body, cache: 'no-store', signal, headers });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await response.json();
    } catch (cause) {
      throw new NoAnswerError(cause);
    }
  }
}

/** @returns whether a fresh token would have been taken */
export function isExpiry(error: unknown): boolean {
  return error instanceof RpcError && error.code === TOKEN_EXPIRED;
}

function headersWith(token: string | null): { readonly Authorization: string } | null {
  return token === null ? null : { Authorization: `Bearer ${token}` };
}
