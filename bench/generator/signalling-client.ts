/** Kraken's JSON-RPC over HTTP with kept connections, as one participant uses it. */
import { Agent, request } from 'node:http';

const MAX_CONNECTIONS = 16;
const TIMEOUT_MS = 15_000;

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

type JsonObject = Readonly<Record<string, unknown>>;

/** One for all participants of a process. */
export class SignallingClient {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });

  /** @param url of the engine: `http://127.0.0.1:7000` */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns the track id and the answer's SDP */
  async publish(rid: string, uid: string, offer: string): Promise<{ cid: string; sdp: string }> {
    const data = await this.#call('publish', [rid, uid, jsepOf('offer', offer)]);
    return { cid: stringIn('publish', data, 'track'), sdp: sdpOfJsep('publish', data) };
  }

  /** @returns the engine's offer, or null when nothing is new */
  async subscribe(rid: string, uid: string, cid: string): Promise<string | null> {
    const data = await this.#call('subscribe', [rid, uid, cid]);
    return stringIn('subscribe', data, 'type') === 'offer' ? stringIn('subscribe', data, 'sdp') : null;
  }

  async answer(rid: string, uid: string, cid: string, sdp: string): Promise<void> {
    await this.#call('answer', [rid, uid, cid, jsepOf('answer', sdp)]);
  }

  async end(rid: string, uid: string, cid: string): Promise<void> {
    await this.#call('end', [rid, uid, cid]);
  }

  async info(): Promise<JsonObject> {
    return this.#call('info', []);
  }

  async #call(method: string, params: readonly string[]): Promise<JsonObject> {
    const body = await this.#post(method, JSON.stringify({ id: 'bench', method, params }));
    let response: unknown;
    try {
      response = JSON.parse(body);
    } catch {
      throw new SignallingError(method, null, `the answer is no JSON: ${body.slice(0, 100)}`);
    }
    if (!isObject(response)) throw new SignallingError(method, null, 'the answer is no object');
    if (isObject(response.error)) {
      const { code, description } = response.error;
      throw new SignallingError(method, typeof code === 'number' ? code : null, `${code} ${description}`);
    }
    if (!isObject(response.data)) throw new SignallingError(method, null, `no data in ${body.slice(0, 100)}`);
    return response.data;
  }

  #post(method: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { method: 'POST', agent: this.#agent, headers, timeout: TIMEOUT_MS };
      const call = request(this.#url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
        response.on('error', reject);
      });
      call.on('timeout', () =>
        call.destroy(new SignallingError(method, null, `no answer in ${TIMEOUT_MS} ms`)),
      );
      call.on('error', reject);
      call.end(body);
    });
  }
}

function jsepOf(type: 'offer' | 'answer', sdp: string): string {
  return JSON.stringify({ type, sdp });
}

function sdpOfJsep(method: string, data: JsonObject): string {
  const jsep: unknown = JSON.parse(stringIn(method, data, 'jsep'));
  if (!isObject(jsep)) throw new SignallingError(method, null, 'jsep is no object');
  return stringIn(method, jsep, 'sdp');
}

function stringIn(method: string, data: JsonObject, name: string): string {
  const value = data[name];
  if (typeof value !== 'string') throw new SignallingError(method, null, `${name} is no string`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
