/** A TCP balancer as operators put before monitors: connections go in turn to those that say that they are ready. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** How often monitors are asked whether they are ready, ms. */
const CHECK_INTERVAL = 500;
const CHECK_TIMEOUT = 1_000;

export class Balancer {
  readonly #server: Server;
  readonly #targets: readonly number[];
  readonly #sockets = new Set<Socket>();
  readonly #checking: NodeJS.Timeout;
  #ready: readonly number[] = [];
  #next = 0;

  private constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#checking = setInterval(() => void this.#check(), CHECK_INTERVAL);
  }

  /** @param targets ports of monitors on the loopback interface */
  static async start(targets: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    await new Promise<void>((fulfil) => balancer.#server.listen(0, '127.0.0.1', fulfil));
    return balancer;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    clearInterval(this.#checking);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #check(): Promise<void> {
    const areReady = await Promise.all(this.#targets.map(isReady));
    this.#ready = this.#targets.filter((_, i) => areReady[i]);
  }

  #accept(near: Socket): void {
    const target = this.#ready[this.#next++ % this.#ready.length];
    if (target === undefined) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT);
    return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal })).ok;
  } catch {
    return false;
  }
}
