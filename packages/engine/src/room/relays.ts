import { RELAY_RING_SIZE, type RoomId } from '../contract/messages.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Peer, Publication } from './peer.js';

/** The rings between workers, each made when a room first needs it. */
export class WorkerLinks {
  /** By the index of the worker that writes and of the one that reads: the threads that the ring connects. */
  readonly #links = new Map<string, string>();

  /** Connects two workers in one direction, unless they are. A thread that was started again is another thread. */
  connect(from: MediaWorkerPort, to: MediaWorkerPort): void {
    const link = `${from.index} ${to.index}`;
    const threads = `${from.generation} ${to.generation}`;
    if (this.#links.get(link) === threads) return;
    this.#links.set(link, threads);
    const ring = new SharedArrayBuffer(RELAY_RING_SIZE);
    from.send({ type: 'open-link', worker: to.index, direction: 'to', ring });
    to.send({ type: 'open-link', worker: from.index, direction: 'from', ring });
  }
}

/** A room as far as its relays go. */
export interface RelayedRoom {
  readonly id: RoomId;
  readonly links: WorkerLinks;
}

/** Brings what a peer publishes to another worker, unless it is its own or has it already. */
export function relay({ id: roomId, links }: RelayedRoom, publisher: Peer, to: MediaWorkerPort): void {
  const { publication, worker } = publisher;
  if (publication === null || to === worker || publication.relays.has(to)) return;
  publication.relays.add(to);
  links.connect(worker, to);
  const { id: publicationId } = publication;
  to.send({ type: 'open-relayed-publication', publicationId, roomId });
  worker.send({ type: 'open-relay', publicationId, worker: to.index });
}

/** The publication ends, and with it what it is on other workers. */
export function endRelays({ id: publicationId, relays }: Publication): void {
  for (const worker of relays) worker.send({ type: 'close-relayed-publication', publicationId });
  relays.clear();
}

/** The room has nobody on that worker any longer: what its peers publish is not needed there. */
export function withdrawRelays(peers: Iterable<Peer>, from: MediaWorkerPort): void {
  for (const { publication, worker } of peers) {
    if (publication === null || !publication.relays.delete(from)) continue;
    worker.send({ type: 'close-relay', publicationId: publication.id, worker: from.index });
    from.send({ type: 'close-relayed-publication', publicationId: publication.id });
  }
}
