import { connect, createServer, type Server, type Socket } from 'node:net';

const UPGRADE = 'GET /ws';

/** Stands before an engine as proxies do, and may let calls through but no WebSockets. */
export class SocketBreaker {
  readonly #server: Server;
  readonly #target: number;
  readonly #connections = new Set<Socket>();
  readonly #webSockets = new Set<Socket>();
  /** Whether WebSockets get through. */
  passes = true;
  /** How many were asked for. */
  asked = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param target port on the IPv4 loopback */
  static async start(target: number): Promise<SocketBreaker> {
    const breaker = new SocketBreaker(target);
    await new Promise<void>((resolve) => breaker.#server.listen(0, '127.0.0.1', resolve));
    return breaker;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
  }

  /** How many WebSockets are open. */
  get open(): number {
    return this.#webSockets.size;
  }

  /** Breaks those that are open. */
  break(): void {
    for (const socket of this.#webSockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
  }

  #accept(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    near.once('data', (bytes) => {
      if (bytes.toString('latin1').startsWith(UPGRADE)) this.#acceptUpgrade(near);
    });
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #acceptUpgrade(near: Socket): void {
    this.asked += 1;
    if (!this.passes) {
      near.destroy();
      return;
    }
    this.#webSockets.add(near);
    near.once('close', () => this.#webSockets.delete(near));
  }

  #pass(from: Socket, to: Socket): void {
    this.#connections.add(from);
    from.on('data', (bytes) => {
      if (!to.destroyed) to.write(bytes);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#connections.delete(from);
      to.destroy();
    });
  }
}
