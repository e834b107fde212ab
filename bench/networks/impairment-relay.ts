/**
 * A bad network in front of an engine's UDP port, in user space: clients are pointed at the relay's port instead of the
 * engine's, and it passes datagrams both ways as its links say. Each client address gets a socket of its own towards the
 * engine, which sees as many clients as there are.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomOf } from '@kraken/load/random';
import type { LinkConditions } from './conditions.js';
import { DeliveryQueue } from './delivery-queue.js';
import { ImpairedLink } from './impaired-link.js';

const LOOPBACK = '127.0.0.1';

/** Conditions from clients to the engine, and from the engine to clients. */
export interface RelayConditions {
  readonly up: LinkConditions;
  readonly down: LinkConditions;
}

interface Direction {
  readonly link: ImpairedLink;
  readonly queue: DeliveryQueue;
}

interface Client {
  readonly socket: Socket;
  readonly up: Direction;
  readonly down: Direction;
}

export class ImpairmentRelay {
  readonly #front: Socket;
  readonly #enginePort: number;
  readonly #conditions: RelayConditions;
  readonly #seed: number;
  readonly #clients = new Map<string, Client>();
  /** ms; new clients' blackouts are those of the others. */
  #blackFrom: number | null = null;

  private constructor(front: Socket, enginePort: number, conditions: RelayConditions, seed: number) {
    this.#front = front;
    this.#enginePort = enginePort;
    this.#conditions = conditions;
    this.#seed = seed;
    front.on('message', (datagram, from) => this.#fromClient(datagram, from));
  }

  /** @param enginePort where the engine takes media, on the loopback */
  static async start(
    enginePort: number,
    conditions: RelayConditions,
    seed: number,
  ): Promise<ImpairmentRelay> {
    const front = createSocket('udp4');
    front.bind(0, LOOPBACK);
    await once(front, 'listening');
    return new ImpairmentRelay(front, enginePort, conditions, seed);
  }

  /** Where clients send to. */
  get port(): number {
    return this.#front.address().port;
  }

  /** Lets blackouts begin, if there are any. */
  blackOut(): void {
    const now = performance.now();
    this.#blackFrom = now;
    for (const { up, down } of this.#clients.values()) for (const { link } of [up, down]) link.blackOut(now);
  }

  close(): void {
    for (const { socket, up, down } of this.#clients.values()) {
      up.queue.close();
      down.queue.close();
      socket.close();
    }
    this.#front.close();
  }

  #fromClient(datagram: Buffer, from: RemoteInfo): void {
    const { socket, up } = this.#clientOf(from);
    this.#pass(up, datagram, () => socket.send(datagram, this.#enginePort, LOOPBACK));
  }

  #clientOf(from: RemoteInfo): Client {
    const key = `${from.address}:${from.port}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const seed = this.#seed + 2 * this.#clients.size;
    const client = {
      socket: createSocket('udp4'),
      up: this.#newDirection(this.#conditions.up, seed),
      down: this.#newDirection(this.#conditions.down, seed + 1),
    };
    client.socket.on('message', (datagram) => {
      this.#pass(client.down, datagram, () => this.#front.send(datagram, from.port, from.address));
    });
    this.#clients.set(key, client);
    return client;
  }

  #pass({ link, queue }: Direction, datagram: Buffer, deliver: () => void): void {
    const now = performance.now();
    for (const at of link.pass(datagram.length, now)) queue.add(at, deliver);
    queue.deliver(now);
  }

  #newDirection(conditions: LinkConditions, seed: number): Direction {
    const link = new ImpairedLink(conditions, randomOf(seed));
    if (this.#blackFrom !== null) link.blackOut(this.#blackFrom);
    return { link, queue: new DeliveryQueue() };
  }
}
