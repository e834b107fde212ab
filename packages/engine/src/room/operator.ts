/** What the operator of an engine sees of its rooms and may do to them. */
import type { LeaveReason, Permissions } from '@kraken/protocol';
import type { TransportId, WorkerIndex } from '../contract/messages.js';
import type { Peer } from './peer.js';
import type { Refusals } from './refusals.js';
import type { Room } from './room.js';
import type { RoomObserver } from './room-observer.js';
import type { Membership, Rooms } from './rooms.js';

export interface OperatedParticipant {
  readonly uid: string;
  /** What its access token says that it is called; null when nothing tells. */
  readonly name: string | null;
  readonly cid: string;
  readonly transportId: TransportId;
  readonly worker: WorkerIndex;
  /** Milliseconds since 1970. */
  readonly joinedAt: number;
  /** ICE and DTLS are done. */
  readonly connected: boolean;
  /** Its media flows. */
  readonly publishing: boolean;
  /** By its own word. */
  readonly muted: boolean;
  /** By the operator. */
  readonly silenced: boolean;
  readonly permissions: Permissions;
  readonly speaking: boolean;
}

export interface OperatedRoom {
  readonly rid: string;
  readonly participants: readonly OperatedParticipant[];
}

export interface RoomOperator {
  rooms(): readonly OperatedRoom[];
  /** Takes everybody out and lets nobody in for a while. @returns false when there is no such room */
  closeRoom(rid: string): boolean;
  /** Takes a participant out and does not let it in for a while. @returns false when it is not there */
  remove(rid: string, uid: string): boolean;
  /** Lets nobody hear a participant, whatever it sends, or ends that. @returns false when it is not there */
  silence(rid: string, uid: string, silenced: boolean): boolean;
  /**
   * Decides what a participant may do, from now on and when its uid comes again.
   * @param changes what is not named stays as it is
   * @returns false when it is not there
   */
  permit(rid: string, uid: string, changes: Partial<Permissions>): boolean;
}

export interface RoomOperationOptions {
  readonly rooms: Rooms;
  readonly refusals: Refusals;
  readonly observer: RoomObserver;
  /** Takes a participant out of its room and closes its transport. */
  readonly dismiss: (member: Membership, reason: LeaveReason) => void;
  /** The same for everybody of a room. */
  readonly close: (room: Room, reason: LeaveReason) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class RoomOperation implements RoomOperator {
  readonly #options: RoomOperationOptions;

  constructor(options: RoomOperationOptions) {
    this.#options = options;
  }

  rooms(): readonly OperatedRoom[] {
    return this.#options.rooms.active().map((room) => ({
      rid: room.rid,
      participants: Array.from(room.peers.values(), describe),
    }));
  }

  closeRoom(rid: string): boolean {
    const { rooms, refusals, close, now } = this.#options;
    const room = rooms.get(rid);
    if (room === null) return false;
    refusals.remember(rid, null, now());
    close(room, 'room-closed');
    return true;
  }

  remove(rid: string, uid: string): boolean {
    const { refusals, dismiss, now } = this.#options;
    const member = this.#find(rid, uid);
    if (member === null) return false;
    refusals.remember(rid, uid, now());
    dismiss(member, 'removed');
    return true;
  }

  silence(rid: string, uid: string, silenced: boolean): boolean {
    const member = this.#find(rid, uid);
    if (member === null) return false;
    const { room, peer } = member;
    if (peer.silenced === silenced) return true;
    peer.silenced = silenced;
    room.setSilenced(uid, silenced);
    if (peer.publication !== null) {
      peer.worker.send({ type: 'silence-publication', publicationId: peer.publication.id, silenced });
    }
    this.#options.observer.updated(room, peer);
    return true;
  }

  permit(rid: string, uid: string, changes: Partial<Permissions>): boolean {
    const member = this.#find(rid, uid);
    if (member === null) return false;
    const { room, peer } = member;
    room.permit(uid, changes);
    const before = peer.permissions;
    const permissions = room.permissionsOf(uid, before);
    if (permissions.publish === before.publish && permissions.subscribe === before.subscribe) return true;
    peer.permissions = permissions;
    peer.worker.send({ type: 'permit-transport', transportId: peer.transportId, permissions });
    this.#options.observer.permitted(room, peer);
    this.#options.observer.updated(room, peer);
    return true;
  }

  #find(rid: string, uid: string): Membership | null {
    const room = this.#options.rooms.get(rid);
    const peer = room?.peers.get(uid);
    return room === null || peer === undefined ? null : { room, peer };
  }
}

function describe(peer: Peer): OperatedParticipant {
  return {
    uid: peer.uid,
    name: peer.name,
    cid: peer.cid,
    transportId: peer.transportId,
    worker: peer.worker.index,
    joinedAt: peer.joinedAt,
    connected: peer.connected,
    publishing: peer.isPublishing,
    muted: peer.muted,
    silenced: peer.silenced,
    permissions: peer.permissions,
    speaking: peer.speaking,
  };
}
