import { member, NoAnswerError, throwRefusal } from './protocol.js';

const CALL_MILLISECONDS = 10_000;

/** Kraken's JSON-RPC over HTTP: every call is a POST to one URL. */
export class HttpCalls {
  readonly #url: string;
  #calls = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * @returns the `data` of the answer
   * @throws RpcError, NoAnswerError
   */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = await this.#post(this.#body(method, params));
    throwRefusal(member(answer, 'error'));
    return member(answer, 'data');
  }

  /** Makes a call whose answer nobody awaits; it survives the page's unloading. */
  send(method: string, params: readonly unknown[]): void {
    const body = this.#body(method, params);
    if (navigator.sendBeacon?.(this.#url, body)) return;
    fetch(this.#url, { method: 'POST', body, keepalive: true }).catch(() => {});
  }

  #body(method: string, params: readonly unknown[]): string {
    this.#calls += 1;
    return JSON.stringify({ id: String(this.#calls), method, params });
  }

  /** A body without a JSON type is a simple request, which asks no leave of other origins beforehand. */
  async #post(body: string): Promise<unknown> {
    try {
      const signal = AbortSignal.timeout(CALL_MILLISECONDS);
      const response = await fetch(this.#url, { method: 'POST', body, cache: 'no-store', signal });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await response.json();
    } catch (cause) {
      throw new NoAnswerError(cause);
    }
  }
}
