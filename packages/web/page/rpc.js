/** Codes of the engine's errors that decide what the page does next. */
export const ROOM_FULL = 5002000;
export const PEER_NOT_FOUND = 5002001;
export const PEER_CLOSED = 5002002;
export const TRACK_NOT_FOUND = 5002003;

/** A monitor's: it cannot reach the room's engine, or not tell which that is, or no engine takes the room. */
const FIRST_PASSING = 5003100;
const LAST_PASSING = 5003106;

const CALL_TIMEOUT_MILLISECONDS = 10_000;

/** The engine understood the call and refused it. */
export class RpcError extends Error {
  constructor({ code, description }) {
    super(`${code}: ${description}`);
    this.name = 'RpcError';
    this.code = code;
  }
}

/** The server did not answer, or what answered is no engine and no monitor. */
export class UnreachableError extends Error {
  constructor(cause) {
    super('the server does not answer', { cause });
    this.name = 'UnreachableError';
  }
}

/** Whether the trouble passes, and tells nothing of the call: that may go on meanwhile. */
export function isPassing(error) {
  if (error instanceof UnreachableError) return true;
  return error instanceof RpcError && error.code >= FIRST_PASSING && error.code <= LAST_PASSING;
}

/** Kraken's JSON-RPC: every call is a POST to one URL. */
export class Rpc {
  #url;
  #calls = 0;

  /** @param {string | URL} url where the engine takes calls */
  constructor(url) {
    this.#url = String(url);
  }

  /**
   * @param {string} method
   * @param {unknown[]} params
   * @returns the `data` of the answer
   * @throws {RpcError | UnreachableError}
   */
  async call(method, params) {
    const { data, error } = await this.#post(this.#body(method, params));
    if (error) throw new RpcError(error);
    return data;
  }

  /** Makes a call whose answer nobody awaits; it survives the page's unloading. */
  send(method, params) {
    navigator.sendBeacon(this.#url, this.#body(method, params));
  }

  #body(method, params) {
    this.#calls += 1;
    return JSON.stringify({ id: String(this.#calls), method, params });
  }

  async #post(body) {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        cache: 'no-store',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MILLISECONDS),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await response.json();
    } catch (cause) {
      throw new UnreachableError(cause);
    }
  }
}
