/**
 * Keep-alive connections that carry one call at a time. Requests are bytes that have been made beforehand and responses
 * are read by the few lines that this takes: a general client would cost as much as the server that is measured.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type HttpResponse, ResponseReader } from './http-response.js';

export type OnAnswer = (response: HttpResponse) => void;

interface WaitingCall {
  readonly request: Buffer;
  readonly onAnswer: OnAnswer;
}

interface Connection {
  readonly socket: Socket;
  onAnswer: OnAnswer | null;
}

export class CallPool {
  readonly #connections: readonly Connection[];
  readonly #free: Connection[];
  readonly #waiting: WaitingCall[] = [];
  /** Settles by an error only: a connection broke, or carried what is no response. */
  readonly failed: Promise<never>;
  #isOpen = true;
  #fail: (error: Error) => void = () => undefined;

  private constructor(sockets: readonly Socket[]) {
    this.#connections = sockets.map((socket) => ({ socket, onAnswer: null }));
    this.#free = [...this.#connections];
    this.failed = new Promise((_fulfil, reject) => {
      this.#fail = reject;
    });
    // Who waits for calls hears of it by `failed`; nobody may be waiting.
    this.failed.catch(() => undefined);
    for (const connection of this.#connections) this.#listen(connection);
  }

  /** @param url of an HTTP server on this machine */
  static async open(url: string, connections: number): Promise<CallPool> {
    const { hostname, port } = new URL(url);
    const sockets = await Promise.all(
      Array.from({ length: connections }, async () => {
        const socket = connect({ host: hostname, port: Number(port), noDelay: true });
        await once(socket, 'connect');
        return socket;
      }),
    );
    return new CallPool(sockets);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends the request as soon as a connection is free. */
  call(request: Buffer, onAnswer: OnAnswer): void {
    // The one that has been free for longest: a server breaks off connections that never carry a request.
    const connection = this.#free.shift();
    if (connection === undefined) this.#waiting.push({ request, onAnswer });
    else send(connection, { request, onAnswer });
  }

  close(): void {
    this.#isOpen = false;
    for (const { socket } of this.#connections) socket.destroy();
  }

  #listen(connection: Connection): void {
    const reader = new ResponseReader();
    const { socket } = connection;
    socket.on('data', (chunk) => {
      try {
        const response = reader.take(chunk);
        if (response !== null) this.#answered(connection, response);
      } catch (error) {
        this.#break(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => this.#break(new Error('the server has closed a connection')));
  }

  #answered(connection: Connection, response: HttpResponse): void {
    const { onAnswer } = connection;
    if (onAnswer === null) {
      throw new Error(`an answer that nobody has asked for: ${response.status} ${response.body}`);
    }
    connection.onAnswer = null;
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else send(connection, next);
    onAnswer(response);
  }

  #break(error: Error): void {
    if (!this.#isOpen) return;
    this.close();
    this.#fail(error);
  }
}

function send(connection: Connection, { request, onAnswer }: WaitingCall): void {
  connection.onAnswer = onAnswer;
  connection.socket.write(request);
}
