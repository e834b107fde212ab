import { BackOff } from '../back-off.js';
import type { AccessToken } from './access-token.js';
import { HttpCalls, isExpiry } from './http.js';
import { METHOD_NOT_FOUND, NoAnswerError, type Notification, RpcError } from './protocol.js';
import { Socket, socketUrl } from './socket.js';

/** A socket that broke comes back soon. */
const FIRST_REOPEN_MILLISECONDS = 500;
const LONGEST_REOPEN_MILLISECONDS = 10_000;
/** Where none has ever got through, something between does not let it. */
const FIRST_RETRY_MILLISECONDS = 5_000;
const LONGEST_RETRY_MILLISECONDS = 120_000;

export interface LinkEvents {
  /** A socket is there, which nobody has attached yet. */
  onOpen(): void;
  /** The socket went: no news come until another one is attached. */
  onClosed(): void;
  onNotification(notification: Notification): void;
}

/** How a client talks with the server about one room: over a socket while there is one, else over HTTP. */
export class Link {
  readonly #http: HttpCalls;
  readonly #url: string;
  readonly #events: LinkEvents;
  readonly #waiting = new Set<() => void>();
  readonly #token: AccessToken;
  #socket: Socket | null = null;
  /** That which may be used: the server knows who this is. */
  #admitted: Socket | null = null;
  #attached: Socket | null = null;
  #backOff = new BackOff(FIRST_RETRY_MILLISECONDS, LONGEST_RETRY_MILLISECONDS);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** @param room its id, escaped */
  constructor(url: string, room: string, token: AccessToken, events: LinkEvents) {
    this.#http = new HttpCalls(url, token);
    this.#token = token;
    this.#url = socketUrl(url, room);
    this.#events = events;
    this.#open();
  }

  /** Whether there is a socket, attached or not. */
  get isOpen(): boolean {
    return this.#usable !== null;
  }

  get #usable(): Socket | null {
    const socket = this.#socket;
    return socket !== null && socket === this.#admitted && socket.isOpen ? socket : null;
  }

  /** Whether the server pushes news to this participant. */
  get isAttached(): boolean {
    return this.#attached !== null && this.#attached === this.#socket;
  }

  /**
   * Over the socket if there is one. Calls may be repeated: a socket that breaks amid one says nothing of it.
   * @throws RpcError, NoAnswerError
   */
  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const socket = this.#usable;
    if (socket === null) return this.#http.call(method, params);
    try {
      const result = await this.#callOver(socket, method, params);
      if (method === 'publish' || method === 'resume') this.#attached = socket;
      return result;
    } catch (error) {
      if (!(error instanceof NoAnswerError) || method === 'resume' || this.#stopped) throw error;
      return this.#http.call(method, params);
    }
  }

  /** A token that has expired meanwhile is replaced on the same socket. */
  async #callOver(socket: Socket, method: string, params: readonly unknown[]): Promise<unknown> {
    const token = this.#token.latest;
    try {
      return await socket.call(method, params);
    } catch (error) {
      if (!isExpiry(error) || !this.#token.expire(token)) throw error;
      await this.#authenticate(socket);
      return socket.call(method, params);
    }
  }

  /** Shows the token, if there is one; servers from before there were any take it for an unknown method. */
  async #authenticate(socket: Socket, mayRetry = true): Promise<void> {
    const token = await this.#token.get();
    try {
      await socket.call('authenticate', [token]);
    } catch (error) {
      if (mayRetry && isExpiry(error) && this.#token.expire(token)) return this.#authenticate(socket, false);
      if (!(error instanceof RpcError && error.code === METHOD_NOT_FOUND)) throw error;
    }
  }

  /** Over HTTP whatever there is: what a monitor answers itself. */
  ask(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return this.#http.call(method, params);
  }

  /** Says something last, also from a page that is being unloaded. */
  send(method: string, ...params: readonly unknown[]): void {
    this.#http.send(method, params);
  }

  /** Waits until the socket is open or has failed, and not longer than that. */
  async settled(milliseconds: number): Promise<void> {
    if (this.#socket === null || this.isOpen) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Looks at once whether the socket is alive, and for a new one if there is none. */
  probe(): void {
    if (this.#socket === null) this.#open();
    else this.#socket.probe();
  }

  /** Begins with a new socket: behind a monitor it leads to where the room is now. */
  renew(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#release();
  }

  #open(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    try {
      this.#socket = new Socket(this.#url, {
        onOpen: (socket) => this.#onOpen(socket),
        onClosed: (socket) => this.#onClosed(socket),
        onNotification: (socket, notification) => {
          if (socket === this.#socket) this.#events.onNotification(notification);
        },
      });
    } catch {
      this.#socket = null; // A page's policy may forbid sockets to that server: calls go over HTTP.
    }
  }

  /** If the token is not taken, the next call says over HTTP what is wrong with it. */
  #onOpen(socket: Socket): void {
    if (!this.#token.isGiven) this.#admit(socket);
    else
      this.#authenticate(socket).then(
        () => this.#admit(socket),
        () => socket.close(),
      );
  }

  #admit(socket: Socket): void {
    if (socket !== this.#socket || !socket.isOpen) return;
    this.#admitted = socket;
    this.#backOff = new BackOff(FIRST_REOPEN_MILLISECONDS, LONGEST_REOPEN_MILLISECONDS);
    this.#release();
    this.#events.onOpen();
  }

  #onClosed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#timer = setTimeout(() => this.#open(), this.#backOff.next());
    this.#release();
    this.#events.onClosed();
  }

  #release(): void {
    for (const release of this.#waiting) release();
    this.#waiting.clear();
  }
}
