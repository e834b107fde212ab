import type { LeaveReason } from '@kraken/protocol';
import type {
  MediaToControl,
  PublicationStarted,
  Speakers,
  Speech,
  TransportClosed,
  TransportId,
  WorkerIndex,
} from '../contract/messages.js';
import { bringToSlots } from './fixed-slots.js';
import { feedFromStarted, type NextId } from './forwarding.js';
import type { Peer } from './peer.js';
import type { RoomObserver } from './room-observer.js';
import type { Membership, Rooms } from './rooms.js';
import type { PeerName } from './signalling.js';

/** What a publisher's callback is told when its media first arrives. */
export interface OntrackNotice extends PeerName {
  readonly action: 'ontrack';
}

/**
 * Posts the notice.
 * @param isWanted tells whether the participant is still there to be asked about
 * @returns whether the participant may stay; a rejection says that it may not
 */
export type Notify = (url: string, notice: OntrackNotice, isWanted: () => boolean) => Promise<boolean>;

export interface MediaEventsOptions {
  readonly rooms: Rooms;
  readonly observer: RoomObserver;
  readonly nextId: NextId;
  readonly notify: Notify;
  /** Takes a participant out of its room whose transport is closed. */
  readonly leave: (member: Membership, reason: LeaveReason, logged: object) => void;
  /** Takes a participant out of its room and closes its transport. */
  readonly dismiss: (member: Membership, reason: LeaveReason) => void;
  readonly log: (peer: Peer, message: string) => void;
}

/** What becomes of rooms by what media workers tell. Events about what is gone are passed over. */
export class MediaEvents {
  readonly #options: MediaEventsOptions;

  constructor(options: MediaEventsOptions) {
    this.#options = options;
  }

  /** @param from the worker that tells it */
  handle(event: MediaToControl, from: WorkerIndex): void {
    switch (event.type) {
      case 'transport-connected':
        this.#transportConnected(event.transportId);
        break;
      case 'transport-closed':
        this.#transportClosed(event);
        break;
      case 'publication-started':
        this.#publicationStarted(event);
        break;
      case 'speech':
        this.#speechChanged(event);
        break;
      case 'speakers':
        this.#speakersChanged(event, from);
        break;
    }
  }

  #transportConnected(transportId: TransportId): void {
    const { rooms, observer, log } = this.#options;
    const member = rooms.byTransport(transportId);
    if (member === null) return;
    rooms.connect(member.peer);
    log(member.peer, 'transport connected');
    observer.connected(member.room, member.peer);
  }

  #transportClosed({ transportId, reason, detail }: TransportClosed): void {
    const member = this.#options.rooms.byTransport(transportId);
    if (member === null) return;
    this.#options.leave(member, reason === 'dtls-closed' ? 'ended' : 'lost', { reason, detail });
  }

  #speechChanged({ transportId, publicationId, speaking }: Speech): void {
    const { rooms, observer } = this.#options;
    const member = rooms.byTransport(transportId);
    if (member === null || member.peer.publication?.id !== publicationId) return;
    if (member.peer.speaking === speaking) return;
    member.peer.speaking = speaking;
    observer.updated(member.room, member.peer);
  }

  /** The room may be over by now, or on that worker no longer. */
  #speakersChanged({ roomId, seats }: Speakers, from: WorkerIndex): void {
    const { rooms, observer } = this.#options;
    const room = rooms.byId(roomId);
    const seating = room?.openSeating(from) ?? null;
    if (room === null || seating === null) return;
    rooms.countSwitches(seating.take(seats));
    observer.seated(room, seating);
  }

  /** The peer may publish another stream by now, or none. */
  #publicationStarted({ transportId, publicationId }: PublicationStarted): void {
    const { rooms, observer, nextId, log } = this.#options;
    const member = rooms.byTransport(transportId);
    if (member === null || member.peer.publication?.id !== publicationId) return;
    const { room, peer } = member;
    room.startHearing(peer, member.peer.publication);
    log(peer, 'media started');
    feedFromStarted(room, peer, nextId);
    bringToSlots(room, peer);
    observer.updated(room, peer);
    observer.changed(room);
    const { callback } = peer;
    if (callback === null) return;
    peer.callback = null;
    void this.#notify(member, callback);
  }

  async #notify(member: Membership, callback: string): Promise<void> {
    const { rid, uid, cid } = member.peer;
    const isThere = () => !member.peer.closed;
    const isWelcome = await this.#post(callback, { rid, uid, cid, action: 'ontrack' }, isThere);
    if (!isWelcome && isThere()) this.#options.dismiss(member, 'refused');
  }

  async #post(callback: string, notice: OntrackNotice, isWanted: () => boolean): Promise<boolean> {
    try {
      return await this.#options.notify(callback, notice, isWanted);
    } catch {
      return false;
    }
  }
}
