import type { RoomId } from '../contract/messages.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Peer } from './peer.js';
import { type WorkerLinks, withdrawRelays } from './relays.js';

/** A room: those who hear each other. A large one is on several media workers; each peer is on one of them. */
export class Room {
  /** By uid, in the order of their first joining. */
  readonly #peers = new Map<string, Peer>();
  /** How many of its peers are on each worker, in the order in which the room came to them. */
  readonly #workers = new Map<MediaWorkerPort, number>();
  /** Uids that the operator has silenced: they stay so when they come again. */
  readonly #silenced = new Set<string>();

  constructor(
    readonly rid: string,
    readonly id: RoomId,
    readonly links: WorkerLinks,
  ) {}

  get peers(): ReadonlyMap<string, Peer> {
    return this.#peers;
  }

  /** Puts a peer in, in the place of its uid's former connection. @returns that one, or null */
  add(peer: Peer): Peer | null {
    const former = this.#peers.get(peer.uid) ?? null;
    this.#peers.set(peer.uid, peer);
    this.#workers.set(peer.worker, this.countOn(peer.worker) + 1);
    return former;
  }

  /** Takes a peer out, or one whose place another one has taken: its worker serves one less. */
  remove(peer: Peer): void {
    if (this.#peers.get(peer.uid) === peer) this.#peers.delete(peer.uid);
    const left = this.countOn(peer.worker) - 1;
    if (left > 0) {
      this.#workers.set(peer.worker, left);
    } else {
      this.#workers.delete(peer.worker);
      withdrawRelays(this.#peers.values(), peer.worker);
    }
  }

  /** Whether the operator has silenced that uid in this room. */
  isSilenced(uid: string): boolean {
    return this.#silenced.has(uid);
  }

  setSilenced(uid: string, silenced: boolean): void {
    if (silenced) this.#silenced.add(uid);
    else this.#silenced.delete(uid);
  }

  /** @returns the workers that its peers are on */
  workers(): Iterable<MediaWorkerPort> {
    return this.#workers.keys();
  }

  /** @returns how many of its peers are on that worker */
  countOn(worker: MediaWorkerPort): number {
    return this.#workers.get(worker) ?? 0;
  }

  /** @returns everyone in the room but that peer */
  *others(peer: Peer): Generator<Peer> {
    for (const other of this.#peers.values()) {
      if (other !== peer) {
        yield other;
      }
    }
  }
}
