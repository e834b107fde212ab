/** JSON over HTTP with kept connections. */
import { Agent, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';

const MAX_CONNECTIONS = 16;
const TIMEOUT_MS = 15_000;

export type JsonObject = Readonly<Record<string, unknown>>;

/** One for all participants of a process. */
export class HttpJsonClient {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #request: typeof requestPlain;

  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param url that the calls' paths are put behind
   * @param headers of all calls besides their own
   */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    const isTls = new URL(url).protocol === 'https:';
    const settings = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
    this.#url = url;
    this.#headers = headers;
    this.#agent = isTls ? new TlsAgent(settings) : new Agent(settings);
    this.#request = isTls ? requestTls : requestPlain;
  }

  /** @throws Error when there is no answer in time, or one that is no JSON */
  post(path: string, body: unknown): Promise<unknown> {
    return this.#call(path, 'POST', JSON.stringify(body), TIMEOUT_MS);
  }

  /**
   * @param timeoutMs how long the server may keep the call open
   * @throws Error as post() does
   */
  get(path: string, timeoutMs = TIMEOUT_MS): Promise<unknown> {
    return this.#call(path, 'GET', '', timeoutMs);
  }

  /** Ends the connections, and the calls that are under way with an error. */
  close(): void {
    this.#agent.destroy();
  }

  async #call(path: string, method: string, body: string, timeoutMs: number): Promise<unknown> {
    const text = await this.#exchange(path, method, body, timeoutMs);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`the answer is no JSON: ${text.slice(0, 100)}`);
    }
  }

  #exchange(path: string, method: string, body: string, timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const own = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const headers = { ...this.#headers, ...own };
      const options = { method, agent: this.#agent, headers, timeout: timeoutMs };
      const call = this.#request(`${this.#url}${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
        response.on('error', reject);
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${timeoutMs} ms`)));
      call.on('error', reject);
      call.end(body);
    });
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the objects of a list, or none when it is no list */
export function jsonObjectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
