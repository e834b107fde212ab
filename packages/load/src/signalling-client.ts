/** Kraken's JSON-RPC over HTTP, as its clients use it. */
import { HttpJsonClient, isJsonObject, type JsonObject } from './http-json-client.js';

/** The engine answered with an error, or with something that is not of the contract. */
export class SignallingError extends Error {
  constructor(
    readonly method: string,
    readonly code: number | null,
    message: string,
  ) {
    super(`${method}: ${message}`);
    this.name = 'SignallingError';
  }
}

/** What calls go over. */
export interface CallChannel {
  /**
   * @returns the data
   * @throws SignallingError with the code of the error that the call is answered with, or null when there is no sensible answer
   */
  call(method: string, params: readonly unknown[]): Promise<JsonObject>;
  close(): void;
}

export class KrakenCalls {
  readonly #channel: CallChannel;

  constructor(channel: CallChannel) {
    this.#channel = channel;
  }

  close(): void {
    this.#channel.close();
  }

  /** Any method. @throws SignallingError */
  call(method: string, params: readonly unknown[]): Promise<JsonObject> {
    return this.#channel.call(method, params);
  }

  /**
   * @param slots how many of the offer's m-lines are to be fixed slots
   * @returns the track id and the answer's SDP
   */
  async publish(rid: string, uid: string, offer: string, slots = 0): Promise<{ cid: string; sdp: string }> {
    const params = [rid, uid, jsepOf('offer', offer)];
    const data = await this.call('publish', slots === 0 ? params : [...params, 0, '', { slots }]);
    return { cid: stringIn('publish', data, 'track'), sdp: sdpOfJsep('publish', data) };
  }

  /** @returns the engine's offer, or null when nothing is new */
  async subscribe(rid: string, uid: string, cid: string): Promise<string | null> {
    const data = await this.call('subscribe', [rid, uid, cid]);
    return stringIn('subscribe', data, 'type') === 'offer' ? stringIn('subscribe', data, 'sdp') : null;
  }

  async answer(rid: string, uid: string, cid: string, sdp: string): Promise<void> {
    await this.call('answer', [rid, uid, cid, jsepOf('answer', sdp)]);
  }

  /** Restarts ICE. @returns the answer's SDP */
  async restart(rid: string, uid: string, cid: string, offer: string): Promise<string> {
    return sdpOfJsep('restart', await this.call('restart', [rid, uid, cid, jsepOf('offer', offer)]));
  }

  async end(rid: string, uid: string, cid: string): Promise<void> {
    await this.call('end', [rid, uid, cid]);
  }

  /** Asks a monitor. @returns the URL of the engine that has the room, or has just been given it */
  async locate(rid: string): Promise<string> {
    return stringIn('locate', await this.call('locate', [rid]), 'url');
  }

  async info(): Promise<JsonObject> {
    return this.call('info', []);
  }
}

/** Calls over HTTP. One may serve all participants of a process. */
export class SignallingClient extends KrakenCalls {
  /**
   * @param url of the engine: `http://127.0.0.1:7000`
   * @param token access token for all rooms and users; null for none
   */
  constructor(url: string, token: string | null = null) {
    super(new HttpCalls(url, token));
  }
}

class HttpCalls implements CallChannel {
  readonly #http: HttpJsonClient;

  constructor(url: string, token: string | null) {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    this.#http = new HttpJsonClient(new URL(url).href, headers);
  }

  close(): void {
    this.#http.close();
  }

  async call(method: string, params: readonly unknown[]): Promise<JsonObject> {
    const response = await this.#post(method, params);
    if (!isJsonObject(response)) throw new SignallingError(method, null, 'the answer is no object');
    if (isJsonObject(response.error)) {
      const { code, description } = response.error;
      throw new SignallingError(method, typeof code === 'number' ? code : null, `${code} ${description}`);
    }
    if (!isJsonObject(response.data)) {
      throw new SignallingError(method, null, `no data in ${JSON.stringify(response).slice(0, 100)}`);
    }
    return response.data;
  }

  async #post(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#http.post('', { id: 'bench', method, params });
    } catch (error) {
      throw new SignallingError(method, null, error instanceof Error ? error.message : String(error));
    }
  }
}

function jsepOf(type: 'offer' | 'answer', sdp: string): string {
  return JSON.stringify({ type, sdp });
}

function sdpOfJsep(method: string, data: JsonObject): string {
  const jsep: unknown = JSON.parse(stringIn(method, data, 'jsep'));
  if (!isJsonObject(jsep)) throw new SignallingError(method, null, 'jsep is no object');
  return stringIn(method, jsep, 'sdp');
}

function stringIn(method: string, data: JsonObject, name: string): string {
  const value = data[name];
  if (typeof value !== 'string') throw new SignallingError(method, null, `${name} is no string`);
  return value;
}
