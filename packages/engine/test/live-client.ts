/** A client of the live API: calls and notifications over one WebSocket. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveNotifications, RpcErrorBody, RpcMethodName, RpcResult } from '@kraken/protocol';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { CallError } from './contract/engine-client.js';
import type { WrtcParticipant } from './contract/wrtc-participant.js';

/** How long an engine may take to answer the last answer, if it is still there, ms. */
const LAST_ANSWER_TIMEOUT = 1_000;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

type Notification = {
  readonly [M in keyof LiveNotifications]: { readonly method: M; readonly params: LiveNotifications[M] };
}[keyof LiveNotifications];

export class LiveClient {
  readonly socket: WebSocket;
  /** All that came, answers too, in their order. */
  readonly received: Message[] = [];
  /** Called for each notification. */
  onNotification: (notification: Notification) => void = () => {};
  /** The code with which the socket was closed. */
  readonly closed: Promise<number>;
  readonly #answers = new Map<number, (message: Message) => void>();
  /** One negotiation after the other. */
  #negotiated: Promise<unknown> = Promise.resolve();
  #lastId = 0;

  /** @param url of the engine or the monitor */
  constructor(url: string, rid: string) {
    const target = new URL(`/ws?room=${encodeURIComponent(rid)}`, url);
    target.protocol = 'ws:';
    this.socket = new WebSocket(target);
    this.closed = once(this.socket, 'close').then(([code]) => Number(code));
    this.socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
  }

  static async open(url: string, rid: string): Promise<LiveClient> {
    const client = new LiveClient(url, rid);
    await once(client.socket, 'open');
    return client;
  }

  /** Joins with a microphone, and from then on answers each offer that is pushed, one after the other. */
  async join(participant: WrtcParticipant): Promise<void> {
    this.onNotification = ({ method, params }) => {
      if (method !== 'offer') return;
      this.#negotiated = this.#negotiated
        .then(() => participant.connection.setRemoteDescription(params))
        .then(() => participant.answer());
    };
    const joined = participant.speak();
    this.#negotiated = joined;
    await joined;
  }

  /** Takes no more offers, and goes when the last one is answered; before the participant, which cannot answer when closed. */
  async close(): Promise<void> {
    this.onNotification = () => {};
    await Promise.race([this.#negotiated, this.closed, sleep(LAST_ANSWER_TIMEOUT)]);
    this.socket.terminate();
  }

  /** @throws CallError when the call is answered with an error */
  async call<M extends RpcMethodName>(method: M, ...params: readonly unknown[]): Promise<RpcResult<M>> {
    return (await this.request(method, params)) as RpcResult<M>;
  }

  /** Calls a method that only sockets have. */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    const answered = new Promise<Message>((fulfil) => this.#answers.set(id, fulfil));
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const { result, error } = await answered;
    if (error === undefined) return result;
    const body: RpcErrorBody = { status: 0, code: error.code, description: error.message };
    throw new CallError(method, body);
  }

  /** @returns the first notification of this method that fits, once it is there */
  async notified<M extends keyof LiveNotifications>(
    method: M,
    fits: (params: LiveNotifications[M]) => boolean = () => true,
  ): Promise<LiveNotifications[M]> {
    return vi.waitUntil(
      () =>
        this.received
          .filter((message) => message.method === method)
          .map(({ params }) => params as LiveNotifications[M])
          .find(fits),
      { timeout: 10_000, interval: 10 },
    );
  }

  #receive(message: Message): void {
    this.received.push(message);
    const { id, method } = message;
    if (method !== undefined) this.onNotification(message as Notification);
    else if (typeof id === 'number') {
      this.#answers.get(id)?.(message);
      this.#answers.delete(id);
    }
  }
}
