/** Answers the calls of Janus' HTTP API from what a test has told it to say. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type JsonObject } from '@kraken/load/http-json-client';

export const SESSION = 1;

export interface Call {
  readonly path: string;
  readonly body: JsonObject;
}

export class StandInJanus {
  /** What was asked of it, long polls left out. */
  readonly calls: Call[] = [];
  /** What it answers to a plugin's message: at once, or by the long poll. */
  answer: (call: Call) => { readonly atOnce?: JsonObject; readonly later?: JsonObject } = () => ({});
  #handles = 100;
  readonly #events: JsonObject[] = [];
  #poll: ServerResponse | null = null;
  readonly #http = createServer((request, response) => this.#take(request, response));

  static async start(): Promise<StandInJanus> {
    const janus = new StandInJanus();
    janus.#http.listen(0, '127.0.0.1');
    await once(janus.#http, 'listening');
    return janus;
  }

  get url(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `http://127.0.0.1:${port}/janus`;
  }

  /** Says something by the long poll. */
  say(event: JsonObject): void {
    this.#events.push(event);
    this.#answerPoll();
  }

  close(): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      this.#poll = response;
      this.#answerPoll();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (!isJsonObject(body)) throw new Error('a call without an object');
    const call = { path: request.url ?? '', body };
    this.calls.push(call);
    response.end(JSON.stringify({ ...this.#answerCall(call), transaction: body.transaction }));
  }

  #answerCall(call: Call): JsonObject {
    const { janus, transaction } = call.body;
    if (janus === 'create') return { janus: 'success', data: { id: SESSION } };
    if (janus === 'attach') return { janus: 'success', data: { id: ++this.#handles } };
    if (janus !== 'message') return { janus: 'success' };
    const { atOnce, later } = this.answer(call);
    if (later !== undefined) setTimeout(() => this.say({ ...later, transaction }), 5);
    return atOnce ?? { janus: 'ack' };
  }

  #answerPoll(): void {
    if (this.#poll === null || this.#events.length === 0) return;
    this.#poll.end(JSON.stringify(this.#events.splice(0)));
    this.#poll = null;
  }
}

/** @returns an event as the plugin sends it */
export function pluginEvent(data: JsonObject, jsep?: JsonObject): JsonObject {
  return { janus: 'event', plugindata: { plugin: 'janus.plugin.videoroom', data }, ...(jsep && { jsep }) };
}
