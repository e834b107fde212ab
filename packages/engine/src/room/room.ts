import type { Permissions } from '@kraken/protocol';
import type { PublicationId, RoomId, WorkerIndex } from '../contract/messages.js';
import type { LoudestSetting } from './loudest-policy.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Peer, Publication } from './peer.js';
import { type WorkerLinks, withdrawRelays } from './relays.js';
import { RoomLimit } from './room-limit.js';
import { Seating } from './seating.js';
import { SlotSubscribers } from './slot-subscribers.js';

/** A room: those who hear each other. A large one is on several media workers; each peer is on one of them. */
export class Room {
  /** By uid, in the order of their first joining. */
  readonly #peers = new Map<string, Peer>();
  /** How many of its peers are on each worker, in the order in which the room came to them. */
  readonly #workers = new Map<MediaWorkerPort, number>();
  /** Uids that the operator has silenced: they stay so when they come again. */
  readonly #silenced = new Set<string>();
  /** What was decided for a uid in this room goes before what it comes with, as long as the room lasts. */
  readonly #permitted = new Map<string, Partial<Permissions>>();
  /** By publication: those whose media flows, in the order in which it began to. */
  readonly #heard = new Map<PublicationId, Peer>();
  readonly #seatings = new Map<MediaWorkerPort, Seating>();
  readonly slotSubscribers = new SlotSubscribers();
  readonly limit: RoomLimit;

  /** @param loudest how many of it are forwarded at a time, unless it is told otherwise */
  constructor(
    readonly rid: string,
    readonly id: RoomId,
    readonly links: WorkerLinks,
    loudest: LoudestSetting,
  ) {
    this.limit = new RoomLimit(this, loudest);
  }

  get peers(): ReadonlyMap<string, Peer> {
    return this.#peers;
  }

  /** Puts a peer in, in the place of its uid's former connection. @returns that one, or null */
  add(peer: Peer): Peer | null {
    const former = this.#peers.get(peer.uid) ?? null;
    this.#peers.set(peer.uid, peer);
    this.#workers.set(peer.worker, this.countOn(peer.worker) + 1);
    this.slotSubscribers.add(peer);
    this.limit.apply();
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
      this.#seatings.delete(peer.worker);
      withdrawRelays(this.#peers.values(), peer.worker);
      this.limit.withdraw(peer.worker);
    }
    this.slotSubscribers.remove(peer);
    this.limit.apply();
  }

  /** Those whose media flows, by publication. */
  get heard(): ReadonlyMap<PublicationId, Peer> {
    return this.#heard;
  }

  /** The media of what the peer publishes has arrived. */
  startHearing(peer: Peer, publication: Publication): void {
    publication.started = true;
    this.#heard.set(publication.id, peer);
    this.limit.apply();
  }

  /** The publication has ended. */
  stopHearing({ id }: Publication): void {
    if (this.#heard.delete(id)) this.limit.apply();
  }

  /** @returns how many participants have a seat, on whatever worker */
  countSeated(): number {
    const seated = new Set([...this.#seatings.values()].flatMap(({ seats }) => seats));
    seated.delete(null);
    return seated.size;
  }

  /** @returns who is forwarded by that worker; null when it has not told it, or has nobody of the room */
  seatingOn(worker: MediaWorkerPort): Seating | null {
    return this.#seatings.get(worker) ?? null;
  }

  /** @returns the seating of the worker with that index, or null when it has nobody of the room */
  openSeating(index: WorkerIndex): Seating | null {
    for (const worker of this.#workers.keys()) {
      if (worker.index !== index) continue;
      const seating = this.#seatings.get(worker) ?? new Seating(worker);
      this.#seatings.set(worker, seating);
      return seating;
    }
    return null;
  }

  /** Has something change how many fixed slots one of its peers has. */
  changeSlots(peer: Peer, change: () => void): void {
    this.slotSubscribers.remove(peer);
    change();
    this.slotSubscribers.add(peer);
    this.limit.apply();
  }

  /** Whether the operator has silenced that uid in this room. */
  isSilenced(uid: string): boolean {
    return this.#silenced.has(uid);
  }

  setSilenced(uid: string, silenced: boolean): void {
    if (silenced) this.#silenced.add(uid);
    else this.#silenced.delete(uid);
  }

  /** Decides what that uid may do in this room, however it comes again; what is not named stays. */
  permit(uid: string, changes: Partial<Permissions>): void {
    this.#permitted.set(uid, { ...this.#permitted.get(uid), ...changes });
  }

  /** @returns what a uid may do here that comes with these permissions */
  permissionsOf(uid: string, permissions: Permissions): Permissions {
    return { ...permissions, ...this.#permitted.get(uid) };
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
