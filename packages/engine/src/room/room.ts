import type { RoomId } from '../contract/messages.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Peer } from './peer.js';

/** A room: those who hear each other. All of its peers are on one media worker. */
export class Room {
  /** By uid, in the order of their first joining. */
  readonly peers = new Map<string, Peer>();

  constructor(
    readonly rid: string,
    readonly id: RoomId,
    readonly worker: MediaWorkerPort,
  ) {}

  /** @returns everyone in the room but that peer */
  *others(peer: Peer): Generator<Peer> {
    for (const other of this.peers.values()) {
      if (other !== peer) {
        yield other;
      }
    }
  }
}
