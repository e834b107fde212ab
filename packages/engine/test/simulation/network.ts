import type { Count, Counts } from './counts.js';
import type { HeardPacket } from './media-exchange.js';
import type { SeededRandom } from './random.js';
import type { Timeline } from './timeline.js';

/** How the path between one participant and the engine is at present; both ways alike. */
export interface PathQuality {
  /** Share of datagrams that are lost, 0 to 1. */
  readonly loss: number;
  /** Share of those that come twice. */
  readonly duplicates: number;
  /** ms, one way. */
  readonly delay: number;
  /** ms that a datagram may take longer: more than what is between two, and they change places. */
  readonly jitter: number;
}

export const GOOD_PATH: PathQuality = { loss: 0.01, duplicates: 0.002, delay: 20, jitter: 5 };

export function badPath(random: SeededRandom): PathQuality {
  return {
    loss: random.between(0, 0.3),
    duplicates: random.between(0, 0.1),
    delay: random.between(1, 300),
    jitter: random.between(0, 2_500),
  };
}

/** How many addresses there are behind which participants may be: so few that they are used again. */
const ADDRESSES = 96;

/** Who can be reached at an address. */
export interface Host {
  readonly quality: PathQuality;
  readonly isCutOff: boolean;
  /** @param heard what a packet lets somebody hear; null of all other datagrams */
  receive(bytes: Buffer, heard: HeardPacket | null): void;
}

/** Datagrams on their way, and who has which address. */
export class Network {
  /** Nothing is lost by chance, nor comes twice. */
  isCalm = false;
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #counts: Readonly<Record<'cutOff' | 'lost' | 'delivered' | 'doubled', Count>>;
  readonly #hosts = new Map<string, Host>();
  /** Workers whose addresses cannot be reached at present. */
  readonly #unreachable = new Set<number>();
  /** Has a datagram arrive at the engine. */
  readonly #toEngine: (worker: number, from: string, bytes: Buffer) => void;

  constructor(
    timeline: Timeline,
    random: SeededRandom,
    counts: Counts,
    toEngine: (worker: number, from: string, bytes: Buffer) => void,
  ) {
    this.#timeline = timeline;
    this.#random = random;
    this.#counts = {
      cutOff: counts.counter('datagrams cut off'),
      lost: counts.counter('datagrams lost'),
      delivered: counts.counter('datagrams delivered'),
      doubled: counts.counter('datagrams doubled'),
    };
    this.#toEngine = toEngine;
  }

  /** @returns an address that nobody has at present */
  attach(host: Host): string {
    for (;;) {
      const number = this.#random.below(ADDRESSES);
      const address = `198.51.100.${number >> 2}:${5_000 + (number & 3)}`;
      if (this.#hosts.has(address)) continue;
      this.#hosts.set(address, host);
      return address;
    }
  }

  /** How many addresses are taken. */
  get hosts(): number {
    return this.#hosts.size;
  }

  detach(address: string): void {
    this.#hosts.delete(address);
  }

  /** Nothing goes to and from the address of a worker, or everything does again. */
  partition(worker: number, isUnreachable: boolean): void {
    if (isUnreachable) this.#unreachable.add(worker);
    else this.#unreachable.delete(worker);
  }

  /** @param onArrival called just before the engine gets it, each time it does */
  toEngine(host: Host, from: string, worker: number, bytes: Buffer, onArrival: () => void): void {
    this.#carry(host, worker, () => {
      onArrival();
      this.#toEngine(worker, from, bytes);
    });
  }

  toHost(worker: number, to: string, bytes: Buffer, heard: HeardPacket | null): void {
    const host = this.#hosts.get(to);
    if (host === undefined) return;
    this.#carry(host, worker, () => {
      // Who has the address by then gets it.
      this.#hosts.get(to)?.receive(bytes, heard);
    });
  }

  #carry(host: Host, worker: number, arrive: () => void): void {
    const { loss, duplicates, delay, jitter } = host.quality;
    const random = this.#random;
    if (host.isCutOff || this.#unreachable.has(worker)) {
      this.#counts.cutOff.count++;
      return;
    }
    if (!this.isCalm && random.chance(loss)) {
      this.#counts.lost.count++;
      return;
    }
    this.#counts.delivered.count++;
    this.#timeline.after(delay + random.fraction() * jitter, arrive);
    if (this.isCalm || !random.chance(duplicates)) return;
    this.#counts.doubled.count++;
    this.#timeline.after(delay + random.fraction() * jitter, arrive);
  }
}
