/**
 * Janus' HTTP API (janus.conf.meetecho.com/docs/rest): one session for all participants of a process, requests as
 * POSTs, and a long poll that brings what Janus says by itself and the answers that take it longer.
 */
import { HttpJsonClient, isJsonObject, type JsonObject, jsonObjectsIn } from '@kraken/load/http-json-client';

/** Janus answers a long poll without news after 30 s. */
const LONG_POLL_TIMEOUT_MS = 45_000;
const MAX_EVENTS = 100;
const ANSWER_TIMEOUT_MS = 15_000;

export interface PluginMessage {
  readonly data: JsonObject;
  /** The description that comes with it, or null. */
  readonly sdp: string | null;
}

/** What one handle is told without having asked. */
export interface HandleListener {
  onMessage(message: PluginMessage): void;
  /** The handle's transport is gone. */
  onHangup(reason: string): void;
}

/** Janus or its plugin answered with an error. */
export class JanusError extends Error {
  override readonly name = 'JanusError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(message: PluginMessage): void;
  reject(error: Error): void;
  readonly timeout: NodeJS.Timeout;
}

export class JanusClient {
  readonly #http: HttpJsonClient;
  #session: Promise<number> | null = null;
  readonly #listeners = new Map<number, HandleListener>();
  /** Requests whose answer comes by the long poll, by transaction. */
  readonly #waiting = new Map<string, Waiting>();
  #transactions = 0;
  #isClosed = false;

  /** @param url with the path of the API: `http://127.0.0.1:8088/janus` */
  constructor(url: string) {
    this.#http = new HttpJsonClient(url);
  }

  /** @returns what Janus says of itself: its version, what it is built on */
  async info(): Promise<JsonObject> {
    const answer = await this.#http.get('/info');
    if (!isJsonObject(answer)) throw new Error('info: the answer is no object');
    return answer;
  }

  /** @returns the id of a new handle of the plugin */
  async attach(plugin: string, listener: HandleListener): Promise<number> {
    const session = await this.#openSession();
    const handle = idIn(await this.#post(`/${session}`, { janus: 'attach', plugin }));
    this.#listeners.set(handle, listener);
    return handle;
  }

  async detach(handle: number): Promise<void> {
    this.#listeners.delete(handle);
    await this.#post(`/${await this.#openSession()}/${handle}`, { janus: 'detach' });
  }

  /**
   * Sends the plugin a message.
   * @param jsep a description that goes with it
   * @returns its answer, whether it came at once or by the long poll
   * @throws JanusError when the plugin refuses
   */
  async message(
    handle: number,
    body: JsonObject,
    jsep?: { readonly type: 'offer' | 'answer'; readonly sdp: string },
  ): Promise<PluginMessage> {
    const path = `/${await this.#openSession()}/${handle}`;
    const transaction = this.#nextTransaction();
    const later = this.#wait(transaction, String(body.request));
    try {
      const answer = await this.#post(path, { janus: 'message', body, ...(jsep && { jsep }) }, transaction);
      if (answer.janus !== 'ack') this.#settle(transaction, answer);
    } catch (error) {
      this.#waiting.get(transaction)?.reject(error instanceof Error ? error : new Error(String(error)));
      this.#forget(transaction);
    }
    return later;
  }

  close(): void {
    this.#isClosed = true;
    for (const transaction of [...this.#waiting.keys()]) this.#forget(transaction);
    this.#http.close();
  }

  #openSession(): Promise<number> {
    this.#session ??= this.#post('', { janus: 'create' }).then((answer) => {
      const session = idIn(answer);
      this.#poll(session);
      return session;
    });
    return this.#session;
  }

  async #post(path: string, body: JsonObject, transaction = this.#nextTransaction()): Promise<JsonObject> {
    const answer = await this.#http.post(path, { ...body, transaction });
    if (!isJsonObject(answer)) throw new Error(`${body.janus}: the answer is no object`);
    if (answer.janus === 'error') throw errorOf(answer);
    return answer;
  }

  async #poll(session: number): Promise<void> {
    while (!this.#isClosed) {
      try {
        const path = `/${session}?maxev=${MAX_EVENTS}`;
        for (const event of jsonObjectsIn(await this.#http.get(path, LONG_POLL_TIMEOUT_MS)))
          this.#take(event);
      } catch (error) {
        if (this.#isClosed) return;
        const reason = `the long poll failed: ${error instanceof Error ? error.message : String(error)}`;
        for (const listener of this.#listeners.values()) listener.onHangup(reason);
        return;
      }
    }
  }

  #take(event: JsonObject): void {
    const { transaction, sender } = event;
    if (typeof transaction === 'string' && this.#waiting.has(transaction)) {
      this.#settle(transaction, event);
      return;
    }
    const listener = typeof sender === 'number' ? this.#listeners.get(sender) : undefined;
    if (event.janus === 'event') listener?.onMessage(messageIn(event));
    else if (event.janus === 'hangup') listener?.onHangup(`Janus hung up: ${event.reason}`);
  }

  #wait(transaction: string, request: string): Promise<PluginMessage> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        this.#forget(transaction);
        reject(new Error(`${request}: no answer in ${ANSWER_TIMEOUT_MS} ms`));
      }, ANSWER_TIMEOUT_MS);
      this.#waiting.set(transaction, { resolve, reject, timeout });
    });
  }

  #settle(transaction: string, answer: JsonObject): void {
    const waiting = this.#waiting.get(transaction);
    if (waiting === undefined) return;
    this.#forget(transaction);
    const message = messageIn(answer);
    const { error_code: code, error } = message.data;
    if (answer.janus === 'error') waiting.reject(errorOf(answer));
    else if (typeof code === 'number') waiting.reject(new JanusError(code, `${code} ${error}`));
    else waiting.resolve(message);
  }

  #forget(transaction: string): void {
    clearTimeout(this.#waiting.get(transaction)?.timeout);
    this.#waiting.delete(transaction);
  }

  #nextTransaction(): string {
    return `bench-${++this.#transactions}`;
  }
}

function messageIn({ plugindata, jsep }: JsonObject): PluginMessage {
  const data = isJsonObject(plugindata) && isJsonObject(plugindata.data) ? plugindata.data : {};
  const sdp = isJsonObject(jsep) && typeof jsep.sdp === 'string' ? jsep.sdp : null;
  return { data, sdp };
}

function idIn({ data }: JsonObject): number {
  if (!isJsonObject(data) || typeof data.id !== 'number') throw new Error('Janus names no id');
  return data.id;
}

function errorOf({ error }: JsonObject): JanusError {
  if (!isJsonObject(error) || typeof error.code !== 'number')
    return new JanusError(0, 'an error without code');
  return new JanusError(error.code, `${error.code} ${error.reason}`);
}
