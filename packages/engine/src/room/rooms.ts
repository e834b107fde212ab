import { RpcError } from '@kraken/protocol';
import type { RoomId, TransportId } from '../contract/messages.js';
import { DepartedPeers } from './departed-peers.js';
import { type NextId, silence } from './forwarding.js';
import type { LoudestSetting } from './loudest-policy.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { Peer } from './peer.js';
import { type JoinFigures, type JoinLimits, PendingJoins } from './pending-joins.js';
import { Placement } from './placement.js';
import { endRelays, WorkerLinks } from './relays.js';
import { Room } from './room.js';
import type { EngineInfo, JoinOrigin, ListedParticipant, PeerName } from './signalling.js';

/** A peer and the room that it is in. */
export interface Membership {
  readonly room: Room;
  readonly peer: Peer;
}

/** Of loudest-N forwarding and fixed slots, over all rooms. */
export interface SpeakerFigures {
  /** Rooms of which only the loudest are forwarded. */
  readonly limitedRooms: number;
  /** Participants who have a seat. */
  readonly speakers: number;
  /** How often somebody got a seat, ever. */
  readonly switches: number;
}

export interface RoomsOptions {
  /** At least one. */
  readonly workers: readonly MediaWorkerPort[];
  /** Participants of one room that a worker takes before the next ones go to another. */
  readonly spreadRoomAt: number;
  /** How many of a room are forwarded at a time, unless it is told otherwise. */
  readonly loudest: LoudestSetting;
  /** How many may be about to connect. */
  readonly capacity: JoinLimits;
  /** Milliseconds, monotonic: what it is asked for ends in time, however the clock is set. */
  readonly now: () => number;
  /** Milliseconds since 1970, for people. */
  readonly date: () => number;
}

/** Who is in which room, and for a while who was. A room exists from its first peer to its last. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #byId = new Map<RoomId, Room>();
  readonly #members = new Map<TransportId, Membership>();
  /** Those that are not connected yet. */
  readonly #pending: PendingJoins;
  readonly #departed = new DepartedPeers();
  readonly #links = new WorkerLinks();
  readonly #placement: Placement;
  readonly #nextId: NextId;
  readonly #now: () => number;
  readonly #date: () => number;
  readonly #loudest: LoudestSetting;
  #speakerSwitches = 0;
  #closedPeers = 0;
  #closedRooms = 0;
  #updatedAt: number;

  constructor({ workers, spreadRoomAt, loudest, capacity, now, date }: RoomsOptions, nextId: NextId) {
    this.#pending = new PendingJoins(capacity);
    this.#placement = new Placement(workers, spreadRoomAt, now);
    this.#nextId = nextId;
    this.#now = now;
    this.#date = date;
    this.#loudest = loudest;
    this.#updatedAt = date();
  }

  get(rid: string): Room | null {
    return this.#rooms.get(rid) ?? null;
  }

  byId(id: RoomId): Room | null {
    return this.#byId.get(id) ?? null;
  }

  ids(): string[] {
    return [...this.#rooms.keys()];
  }

  active(): Room[] {
    return [...this.#rooms.values()];
  }

  get size(): number {
    return this.#rooms.size;
  }

  /**
   * @param former the connection whose place is taken, or null
   * @throws RpcError TOO_MANY_JOINS
   */
  checkJoin(origin: JoinOrigin, former: Peer | null): void {
    this.#pending.check(origin, former);
  }

  /** Of those who are not connected yet. */
  joins(): JoinFigures {
    return this.#pending.figures;
  }

  /** ICE and DTLS of the peer are done. */
  connect(peer: Peer): void {
    peer.connected = true;
    this.#pending.remove(peer);
  }

  /**
   * @throws RpcError PEER_NOT_FOUND when the uid is not there; PEER_CLOSED when this very connection was there and
   *   is closed; TRACK_NOT_FOUND when another connection of the uid is, or was, there in its place
   */
  find(name: PeerName): Membership {
    const room = this.#rooms.get(name.rid);
    const peer = room?.peers.get(name.uid);
    if (room !== undefined && peer?.cid === name.cid) {
      return { room, peer };
    }
    const departure = this.#departed.find(name, this.#now());
    if (peer !== undefined || departure === 'displaced') {
      throw new RpcError('TRACK_NOT_FOUND', 'the uid is connected with another track');
    }
    if (departure === 'closed') {
      throw new RpcError('PEER_CLOSED', 'the peer is closed');
    }
    throw new RpcError('PEER_NOT_FOUND', 'the peer is not in the room');
  }

  byTransport(transportId: TransportId): Membership | null {
    return this.#members.get(transportId) ?? null;
  }

  all(): Membership[] {
    return [...this.#members.values()];
  }

  /** @returns the worker for one more participant of that room, whether or not it exists */
  place(rid: string): MediaWorkerPort {
    return this.#placement.place(this.get(rid));
  }

  /** Puts a peer into its room, in the place of its uid's former connection; the first peer makes the room. */
  enter(peer: Peer): { readonly room: Room; readonly displaced: Peer | null } {
    let room = this.#rooms.get(peer.rid);
    if (room === undefined) {
      room = new Room(peer.rid, this.#nextId(), this.#links, this.#loudest);
      this.#rooms.set(peer.rid, room);
      this.#byId.set(room.id, room);
    }
    const displaced = room.add(peer);
    if (displaced !== null) {
      this.#depart(room, displaced, 'displaced');
    }
    this.#members.set(peer.transportId, { room, peer });
    this.#pending.add(peer);
    this.#updatedAt = this.#date();
    return { room, displaced };
  }

  /** Takes a peer out of its room for good; nobody hears it from here on. The last peer closes the room. */
  leave({ room, peer }: Membership): void {
    if (peer.publication !== null) silence(room, peer.uid);
    this.#depart(room, peer, 'closed');
    if (room.peers.size === 0) {
      this.#rooms.delete(room.rid);
      this.#byId.delete(room.id);
      this.#closedRooms++;
    }
  }

  list(rid: string): readonly ListedParticipant[] {
    const peers = this.#rooms.get(rid)?.peers.values() ?? [];
    return Array.from(peers, ({ uid, cid, speaking }) => ({ uid, cid, speaking }));
  }

  info(): EngineInfo {
    return {
      updated_at: new Date(this.#updatedAt).toISOString(),
      active_peers: this.#members.size,
      closed_peers: this.#closedPeers,
      active_rooms: this.#rooms.size,
      closed_rooms: this.#closedRooms,
    };
  }

  /** Counts how often somebody got a seat. */
  countSwitches(switches: number): void {
    this.#speakerSwitches += switches;
  }

  /** How rooms of which only the loudest are forwarded, or that have fixed slots, fare at present. */
  speakers(): SpeakerFigures {
    let limitedRooms = 0;
    let speakers = 0;
    for (const room of this.#rooms.values()) {
      if (room.limit.loudest !== null) limitedRooms++;
      speakers += room.countSeated();
    }
    return { limitedRooms, speakers, switches: this.#speakerSwitches };
  }

  #depart(room: Room, peer: Peer, departure: 'closed' | 'displaced'): void {
    peer.closed = true;
    room.remove(peer);
    if (peer.publication !== null) {
      endRelays(peer.publication);
      room.stopHearing(peer.publication);
      peer.publication = null;
    }
    // Of those who only listen nobody has a route, and there may be thousands of them.
    if (peer.isRouted) {
      for (const other of room.others(peer)) other.routes.delete(peer);
    }
    this.#members.delete(peer.transportId);
    this.#pending.remove(peer);
    this.#departed.remember(peer, departure, this.#now());
    this.#closedPeers++;
    this.#updatedAt = this.#date();
  }
}
