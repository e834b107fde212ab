import { NoAnswerError, type Notification, throwRefusal } from './protocol.js';

const OPEN_MILLISECONDS = 5_000;
const CALL_MILLISECONDS = 10_000;
/** After that much silence the server is asked whether it is there; so often that proxies keep the connection. */
const QUIET_MILLISECONDS = 10_000;
const PONG_MILLISECONDS = 5_000;

type Incoming =
  | Notification
  | {
      readonly method?: undefined;
      readonly id: number | null;
      readonly result?: unknown;
      readonly error?: unknown;
    };

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export interface SocketEvents {
  onOpen(socket: Socket): void;
  onNotification(socket: Socket, notification: Notification): void;
  /** Once, after which the socket is of no use. */
  onClosed(socket: Socket): void;
}

/** One WebSocket with JSON-RPC 2.0 in both directions. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #events: SocketEvents;
  readonly #pending = new Map<number, PendingCall>();
  #calls = 0;
  #closed = false;
  #watch: ReturnType<typeof setTimeout>;

  /** @param newWebSocket makes it; the browser's own by default */
  constructor(
    url: string,
    events: SocketEvents,
    newWebSocket: (url: string) => WebSocket = (address) => new WebSocket(address),
  ) {
    this.#events = events;
    const socket = newWebSocket(url);
    this.#socket = socket;
    this.#watch = setTimeout(() => this.close(), OPEN_MILLISECONDS);
    socket.onopen = () => {
      this.#listen();
      events.onOpen(this);
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.close();
  }

  get isOpen(): boolean {
    return !this.#closed && this.#socket.readyState === this.#socket.OPEN;
  }

  /** @throws RpcError; NoAnswerError also when the socket closes meanwhile */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    if (!this.isOpen) throw new NoAnswerError('the socket is closed');
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, 'time is up'), CALL_MILLISECONDS);
      this.#pending.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Finds out now whether the server is there; if it is not, the socket closes. */
  probe(): void {
    if (!this.isOpen) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.close(), PONG_MILLISECONDS);
    this.call('ping', []).catch(() => {});
  }

  /** Does not wait for the other side, which may be out of reach. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#watch);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    for (const id of [...this.#pending.keys()]) this.#fail(id, 'the socket is closed');
    this.#events.onClosed(this);
  }

  #listen(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.probe(), QUIET_MILLISECONDS);
  }

  #take(text: string): void {
    this.#listen();
    const message = parse(text);
    if (message === null) this.close();
    else if (message.method !== undefined) this.#events.onNotification(this, message);
    else if (message.id !== null) this.#settle(message.id, message.result, message.error);
  }

  #settle(id: number, result: unknown, error: unknown): void {
    const call = this.#forget(id);
    try {
      throwRefusal(error);
      call?.resolve(result);
    } catch (refusal) {
      call?.reject(refusal);
    }
  }

  #fail(id: number, why: string): void {
    this.#forget(id)?.reject(new NoAnswerError(why));
  }

  #forget(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(call?.timer);
    return call;
  }
}

/** @returns null for what no Kraken has written */
function parse(text: string): Incoming | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @returns the URL of the room's socket beside the one that takes calls */
export function socketUrl(url: string, room: string): string {
  const address = new URL('ws', url);
  address.protocol = address.protocol.replace('http', 'ws');
  address.search = `?room=${encodeURIComponent(room)}`;
  return address.href;
}
