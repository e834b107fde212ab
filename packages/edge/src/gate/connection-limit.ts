/** Holds the connections of a server to a number, in all and of each address. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopbackAddress, networkOf, plainAddress } from './address.js';
import type { HttpLimits } from './limits.js';
import type { RefusalCounts } from './refusal-counts.js';
import { Tally } from './tally.js';
import type { TrustedProxies } from './trusted-proxies.js';

export interface ConnectionLimitOptions {
  readonly limits: Pick<HttpLimits, 'connections' | 'connectionsPerAddress' | 'loopback'>;
  /** Their connections are many people's. */
  readonly proxies: TrustedProxies;
  readonly refusals: RefusalCounts;
}

interface HeldConnection {
  /** Whose it is. */
  readonly owner: string;
  readonly socket: Socket;
}

export class ConnectionLimit {
  readonly #options: ConnectionLimitOptions;
  readonly #open = new Tally();
  /** By the other end's address and port: beneath TLS they are the same. */
  readonly #held = new Map<string, HeldConnection>();

  constructor(options: ConnectionLimitOptions) {
    this.#options = options;
  }

  /** How many are counted. */
  get size(): number {
    return this.#held.size;
  }

  /** From here on those of that server are held to it. */
  watch(server: Server): void {
    const { limits, refusals } = this.#options;
    server.maxConnections = limits.connections;
    server.on('drop', () => refusals.countRequest('too-many-connections'));
    server.on('connection', (socket: Socket) => this.#take(socket));
  }

  /** The connection is no longer to be counted here. */
  release(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): void {
    const end = endOf(socket);
    const held = this.#held.get(end);
    if (held === undefined) return;
    this.#held.delete(end);
    this.#open.remove(held.owner);
  }

  #take(socket: Socket): void {
    const { limits, proxies, refusals } = this.#options;
    const address = plainAddress(socket.remoteAddress ?? '');
    if (proxies.has(address) || (isLoopbackAddress(address) && !limits.loopback)) return;
    const end = endOf(socket);
    const former = this.#held.get(end);
    // Told a second time of a connection that stays one of HTTP behind an upgrade that is ignored.
    if (former?.socket === socket) return;
    // Its port has come again before its end was told.
    if (former !== undefined) this.release(socket);
    const owner = networkOf(address);
    if (this.#open.of(owner) >= limits.connectionsPerAddress) {
      refusals.countRequest('too-many-connections-of-address');
      socket.destroy();
      return;
    }
    this.#open.add(owner);
    this.#held.set(end, { owner, socket });
    const { remoteAddress, remotePort } = socket;
    socket.once('close', () => {
      if (this.#held.get(end)?.socket === socket) this.release({ remoteAddress, remotePort });
    });
  }
}

function endOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}
