import { WebSocket } from 'ws';

const NO_STATUS = 1005;
const ABNORMAL = 1006;

/** The server's end of a WebSocket without a network: what it sends is told, and what comes is put in by hand. */
export class SessionSocket {
  /** As the server makes them, without a connection. */
  readonly socket: WebSocket = Reflect.construct(WebSocket, [null, undefined, {}]);
  /** By which it was closed from this end; null as long as it was not. */
  closeCode: number | null = null;

  constructor(onText: (text: string) => void) {
    const nothing = { value: () => undefined };
    Object.defineProperties(this.socket, {
      readyState: { get: () => (this.isOpen ? WebSocket.OPEN : WebSocket.CLOSING) },
      bufferedAmount: { value: 0 },
      send: { value: onText },
      close: { value: (code?: number) => this.close(code) },
      terminate: { value: () => this.close(ABNORMAL) },
      ping: nothing,
      pause: nothing,
      resume: nothing,
    });
  }

  get isOpen(): boolean {
    return this.closeCode === null;
  }

  close(code = NO_STATUS): void {
    this.closeCode ??= code;
  }

  /** A message comes. */
  receive(message: string | Uint8Array): void {
    this.socket.emit('message', Buffer.from(message), typeof message !== 'string');
  }
}
