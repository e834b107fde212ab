/** Calls over a live socket, and what comes over it unasked. */
import { once } from 'node:events';
import { isJsonObject, type JsonObject } from '@kraken/load/http-json-client';
import { type CallChannel, SignallingError } from '@kraken/load/signalling-client';
import { WebSocket } from 'ws';

const ANSWER_TIMEOUT_MS = 15_000;

export interface LiveListener {
  onOffer(sdp: string): void;
  /** The participant is over. */
  onClosed(reason: string): void;
}

interface Waiting {
  readonly answer: (message: JsonObject) => void;
  readonly fail: (error: Error) => void;
}

export class LiveCalls implements CallChannel {
  readonly #socket: WebSocket;
  readonly #listener: LiveListener;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: WebSocket, listener: LiveListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('error', () => undefined);
    socket.once('close', (code) => this.#end(new Error(`the socket was closed with ${code}`)));
  }

  /**
   * @param showsToken with the upgrade, as programs do; else in the first message, as browsers do
   * @throws Error when the socket is refused
   */
  static async open(
    url: string,
    rid: string,
    token: string,
    showsToken: boolean,
    listener: LiveListener,
  ): Promise<LiveCalls> {
    const headers = showsToken ? { authorization: `Bearer ${token}` } : {};
    const socket = new WebSocket(liveUrl(url, rid), { headers, handshakeTimeout: ANSWER_TIMEOUT_MS });
    const calls = new LiveCalls(socket, listener);
    await once(socket, 'open');
    if (!showsToken) await calls.call('authenticate', [token]);
    return calls;
  }

  async call(method: string, params: readonly unknown[]): Promise<JsonObject> {
    const { result, error } = await this.#exchange(method, params);
    if (isJsonObject(error)) {
      const { code, message } = error;
      throw new SignallingError(method, typeof code === 'number' ? code : null, `${code} ${message}`);
    }
    if (!isJsonObject(result)) throw new SignallingError(method, null, 'the answer has no result');
    return result;
  }

  /** Ends the socket without a word. */
  close(): void {
    this.#socket.terminate();
  }

  async #exchange(method: string, params: readonly unknown[]): Promise<JsonObject> {
    const id = ++this.#lastId;
    const timeout = setTimeout(() => this.#fail(id, new Error('no answer in time')), ANSWER_TIMEOUT_MS);
    try {
      return await new Promise((answer, fail) => {
        this.#waiting.set(id, { answer, fail });
        if (this.#socket.readyState !== WebSocket.OPEN) throw new Error('the socket is closed');
        this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      });
    } catch (error) {
      throw new SignallingError(method, null, error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timeout);
      this.#waiting.delete(id);
    }
  }

  #fail(id: number, error: Error): void {
    this.#waiting.get(id)?.fail(error);
  }

  #end(error: Error): void {
    for (const { fail } of this.#waiting.values()) fail(error);
  }

  #receive(message: unknown): void {
    if (!isJsonObject(message)) return;
    const { id, method, params } = message;
    if (typeof id === 'number') this.#waiting.get(id)?.answer(message);
    else if (isJsonObject(params)) {
      if (method === 'offer' && typeof params.sdp === 'string') this.#listener.onOffer(params.sdp);
      if (method === 'closed') this.#listener.onClosed(String(params.reason));
    }
  }
}

/** Calls over one live socket after the other. */
export class LiveLine implements CallChannel {
  readonly #open: () => Promise<LiveCalls>;
  #calls: LiveCalls;
  #isClosed = false;

  /** @param calls over the first socket */
  constructor(open: () => Promise<LiveCalls>, calls: LiveCalls) {
    this.#open = open;
    this.#calls = calls;
  }

  /** Breaks the socket off, and opens another one. */
  async renew(): Promise<void> {
    this.#calls.close();
    this.#calls = await this.#open();
    if (this.#isClosed) this.#calls.close();
  }

  call(method: string, params: readonly unknown[]): Promise<JsonObject> {
    return this.#calls.call(method, params);
  }

  close(): void {
    this.#isClosed = true;
    this.#calls.close();
  }
}

/** @returns where the live socket of a room is opened */
export function liveUrl(url: string, rid: string): URL {
  const target = new URL(`/ws?room=${encodeURIComponent(rid)}`, url);
  target.protocol = 'ws:';
  return target;
}
