import { randomUUID } from 'node:crypto';
import { type LeaveReason, type Permissions, RpcError } from '@kraken/protocol';
import type { Fingerprint, IceCredentials, MediaToControl, WorkerIndex } from '../contract/messages.js';
import { checkCandidate, parseTrickle } from '../sdp/remote-candidate.js';
import { parseRemoteDescription, type RemoteDescription } from '../sdp/remote-description.js';
import type { RemoteTransport } from '../sdp/remote-transport.js';
import type { DescriptionLimits } from '../sdp/sections.js';
import { parseJsep } from '../sdp/session-description.js';
import { type AdmissionOptions, checkAdmission } from './admission.js';
import { applyAnswer } from './answer-application.js';
import { type Capacity, checkCapacity } from './capacity.js';
import { assignSlots, closeRemovedSlots, reconcileSlots } from './fixed-slots.js';
import { closeRemovedLines, reconcileSubscriptions, silence } from './forwarding.js';
import type { Logger } from './logger.js';
import type { LoudestSetting } from './loudest-policy.js';
import { MediaEvents, type Notify } from './media-events.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import { acceptOffer, applyOffer, audioFormatOf, type Recovery } from './offer-acceptance.js';
import { planOffer } from './offer-planning.js';
import { RoomOperation, type RoomOperator } from './operator.js';
import { type LocalCredentials, Peer, type Publication } from './peer.js';
import { describePeer } from './peer-description.js';
import type { JoinFigures } from './pending-joins.js';
import { publishFromAnswer, publishFromOffer } from './publishing.js';
import { Refusals } from './refusals.js';
import type { Room } from './room.js';
import { type RoomObserver, RoomObservers } from './room-observer.js';
import { type Membership, Rooms, type SpeakerFigures } from './rooms.js';
import type {
  EngineInfo,
  ListedParticipant,
  PeerName,
  PublishCall,
  SessionDescription,
  Signalling,
  UserName,
} from './signalling.js';

export interface ControlPlaneOptions extends AdmissionOptions {
  /** At least one. */
  readonly workers: readonly MediaWorkerPort[];
  /** Participants of one room that a media worker takes before the next ones go to another. */
  readonly spreadRoomAt: number;
  /** How many of a room are forwarded at a time, unless it is told otherwise. */
  readonly loudest: LoudestSetting;
  /** How many rooms and participants are taken. */
  readonly capacity: Capacity;
  /** What descriptions may hold. */
  readonly descriptionLimits: DescriptionLimits;
  /** Which repair of losses the engine takes part in. */
  readonly recovery: Recovery;
  /** Of the certificate that the media workers show. */
  readonly fingerprint: Fingerprint;
  /** Makes the engine's ICE credentials of one transport. */
  readonly generateIceCredentials: () => LocalCredentials;
  /** Posts the notice; anything but a promise of true closes the peer. */
  readonly notify: Notify;
  readonly log: Logger;
  /** Milliseconds since 1970, for people. */
  readonly date: () => number;
}

/** Rooms, peers and their negotiation: who hears whom. Sees no media and does no I/O of its own. */
export class ControlPlane implements Signalling {
  readonly #options: ControlPlaneOptions;
  readonly #rooms: Rooms;
  readonly #refusals = new Refusals();
  readonly #observers = new RoomObservers();
  readonly #mediaEvents: MediaEvents;
  /** What the operator may do. */
  readonly operator: RoomOperator;
  #lastId = 0;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#rooms = new Rooms(options, this.#nextId);
    this.operator = new RoomOperation({
      rooms: this.#rooms,
      refusals: this.#refusals,
      observer: this.#observers,
      dismiss: (member, reason) => this.#dismiss(member, reason),
      close: (room, reason) => this.#close(room, reason),
      now: options.now,
    });
    this.#mediaEvents = new MediaEvents({
      rooms: this.#rooms,
      observer: this.#observers,
      nextId: this.#nextId,
      notify: options.notify,
      leave: (member, reason, logged) => this.#leave(member, reason, logged),
      dismiss: (member, reason) => this.#dismiss(member, reason),
      log: (peer, message) => this.#log(peer, {}, message),
    });
  }

  /** From here on the observer is told what happens in all rooms. */
  observe(observer: RoomObserver): void {
    this.#observers.add(observer);
  }

  publish(call: PublishCall): { readonly cid: string; readonly answer: SessionDescription } {
    const offer = this.#parse(call.jsep, 'offer', null);
    const acceptance = acceptOffer([], offer);
    const remote = offer.transportOf(acceptance.tagged);
    const entered = this.#rooms.get(call.rid);
    checkAdmission(call, entered, this.#refusals, this.#options);
    checkCapacity(call.uid, entered, this.#options.capacity, this.#rooms.size);
    this.#rooms.checkJoin(call.origin, entered?.peers.get(call.uid) ?? null);
    const peer = this.#newPeer(call, remote);
    const { lines, offered } = applyOffer([], offer, acceptance, this.#options.recovery);
    peer.lines = lines;
    peer.format = audioFormatOf(offer, this.#options.recovery);
    peer.remoteSsrcs = ssrcsOf(offer);
    assignSlots(peer, offered);

    const { room, displaced } = this.#rooms.enter(peer);
    peer.silenced = room.isSilenced(peer.uid);
    peer.worker.send({
      type: 'open-transport',
      transportId: peer.transportId,
      roomId: room.id,
      ice: iceOf(peer),
      dtlsRole: peer.dtlsRole,
      fingerprints: peer.remote.fingerprints,
      permissions: peer.permissions,
    });
    publishFromOffer(room, peer, offered, this.#nextId);
    for (const { line } of offered) {
      line.slot.settle(false);
    }
    reconcileSlots(room, peer, this.#nextId);
    this.#log(peer, { listens: peer.publication === null }, 'peer published');
    if (displaced !== null) {
      this.#displace({ room, peer: displaced }, peer);
    } else {
      this.#observers.joined(room, peer);
    }
    return { cid: peer.cid, answer: this.#describe(peer, 'answer') };
  }

  /** An offer of the engine that is not answered yet is void with it: the answer holds the newest state. */
  restart(name: PeerName, jsep: string): SessionDescription {
    const { room, peer } = this.#rooms.find(name);
    const offer = this.#parse(jsep, 'offer', peer);
    const acceptance = acceptOffer(peer.lines, offer);
    const remote = offer.transportOf(acceptance.tagged);
    if (!sameFingerprints(remote, peer.remote)) {
      throw new RpcError('SET_REMOTE_OFFER', 'the fingerprint has changed, which needs another publish');
    }
    const { publication } = peer;
    const { lines, offered } = applyOffer(peer.lines, offer, acceptance, this.#options.recovery);
    closeRemovedLines(peer, peer.lines, lines);
    closeRemovedSlots(peer, peer.lines, lines);
    peer.lines = lines;
    peer.remoteSsrcs = ssrcsOf(offer);
    room.changeSlots(peer, () => assignSlots(peer, offered));
    publishFromOffer(room, peer, offered, this.#nextId);
    for (const { line } of offered) {
      if (line.slot.route?.publisher.isHeard !== true && line.slot.subscription === null) {
        line.slot.clear();
      }
      line.slot.settle(line.sendable && !line.stopped);
    }
    reconcileSubscriptions(room, peer, this.#nextId);
    reconcileSlots(room, peer, this.#nextId);
    this.#restartIce(peer, remote);
    const answer = this.#describe(peer, 'answer');
    this.#observers.negotiated(room, peer);
    this.#announcePublication({ room, peer }, publication);
    return answer;
  }

  end(name: PeerName): void {
    this.#dismiss(this.#rooms.find(name), 'ended');
  }

  /**
   * The engine is ICE-lite: it answers checks and begins none, so candidates are checked and not kept. A client
   * whose first candidates come before publish has told it the cid must not be sent back to the start for that.
   */
  trickle(name: PeerName, candidate: string): void {
    const line = parseTrickle(candidate);
    if (line === null) {
      return;
    }
    if (name.cid !== '') {
      this.#rooms.find(name);
    }
    checkCandidate(line);
  }

  subscribe(name: PeerName): SessionDescription | null {
    const { room, peer } = this.#rooms.find(name);
    if (!planOffer(room, peer)) {
      return null;
    }
    for (const { slot } of peer.audioLines()) {
      slot.offered();
    }
    return this.#describe(peer, 'offer');
  }

  answer(name: PeerName, jsep: string): void {
    const { room, peer } = this.#rooms.find(name);
    const answer = this.#parse(jsep, 'answer', peer);
    const { publication } = peer;
    for (const answered of applyAnswer(peer.lines, answer)) {
      publishFromAnswer(room, peer, answered, this.#nextId);
    }
    reconcileSubscriptions(room, peer, this.#nextId);
    reconcileSlots(room, peer, this.#nextId);
    this.#observers.negotiated(room, peer);
    this.#announcePublication({ room, peer }, publication);
  }

  mute(name: PeerName, muted: boolean): void {
    const { room, peer } = this.#rooms.find(name);
    if (peer.muted === muted) return;
    peer.muted = muted;
    this.#observers.updated(room, peer);
  }

  limit(name: PeerName, loudest: number | null): void {
    const { room, peer } = this.#rooms.find(name);
    room.limit.set(loudest);
    this.#log(peer, { loudest }, 'room limited by call');
  }

  permit({ rid, uid }: UserName, changes: Partial<Permissions>): void {
    requireThere(this.operator.permit(rid, uid, changes));
  }

  silence({ rid, uid }: UserName, silenced: boolean): void {
    requireThere(this.operator.silence(rid, uid, silenced));
  }

  remove({ rid, uid }: UserName): void {
    requireThere(this.operator.remove(rid, uid));
  }

  /** @throws RpcError as every call about a peer that is not there */
  find(name: PeerName): Membership {
    return this.#rooms.find(name);
  }

  loudest(rid: string): number | null {
    return this.#rooms.get(rid)?.limit.loudest ?? null;
  }

  list(rid: string): readonly ListedParticipant[] {
    return this.#rooms.list(rid);
  }

  hasRoom(rid: string): boolean {
    return this.#rooms.get(rid) !== null;
  }

  info(): EngineInfo {
    return this.#rooms.info();
  }

  /** How loudest-N forwarding and fixed slots fare. */
  speakers(): SpeakerFigures {
    return this.#rooms.speakers();
  }

  /** Of those who have published and are not connected yet. */
  joins(): JoinFigures {
    return this.#rooms.joins();
  }

  /** Takes an event of a media worker: ids are unique across them. Events about what is gone are passed over. */
  handleMediaEvent(event: MediaToControl, from: WorkerIndex): void {
    this.#mediaEvents.handle(event, from);
  }

  /** @returns the ids of the rooms that there are */
  rooms(): string[] {
    return this.#rooms.ids();
  }

  /** Ends rooms that another engine has or gets: their participants rejoin there. */
  closeRooms(rids: readonly string[]): void {
    for (const rid of rids) {
      const room = this.#rooms.get(rid);
      if (room !== null) this.#close(room, 'moved');
    }
  }

  /** Ends all rooms, for shutdown. */
  closeAll(): void {
    for (const room of this.#rooms.active()) this.#close(room, 'shutdown');
  }

  /** @param peer who has as many m-lines at least as the engine has offered it; null for a newcomer */
  #parse(jsep: string, type: 'offer' | 'answer', peer: Peer | null): RemoteDescription {
    const { mediaLines, candidates } = this.#options.descriptionLimits;
    const lines = Math.max(mediaLines, peer?.lines.length ?? 0);
    return parseRemoteDescription(parseJsep(jsep, type), { mediaLines: lines, candidates });
  }

  readonly #nextId = (): number => {
    this.#lastId++;
    return this.#lastId;
  };

  /** RFC 8842 section 5.3: a peer that leaves the choice to the engine begins the handshake itself. */
  #newPeer(call: PublishCall, remote: RemoteTransport): Peer {
    const { rid, uid, callback, slots, permissions, origin, name } = call;
    return new Peer({
      rid,
      uid,
      cid: randomUUID(),
      worker: this.#rooms.place(rid),
      transportId: this.#nextId(),
      callback,
      credentials: this.#options.generateIceCredentials(),
      remote,
      dtlsRole: remote.setup === 'passive' ? 'client' : 'server',
      joinedAt: this.#options.date(),
      wantedSlots: slots,
      permissions: this.#rooms.get(rid)?.permissionsOf(uid, permissions) ?? permissions,
      origin,
      ...(name === undefined ? {} : { name }),
    });
  }

  /**
   * By its own description it may publish another stream now, or none. One that was never heard matters as well: as
   * long as it was awaited, the others kept the m-line of the one before it.
   */
  #announcePublication({ room, peer }: Membership, former: Publication | null): void {
    if (peer.publication === former) return;
    if (peer.isHeard !== (former?.started === true)) this.#observers.updated(room, peer);
    this.#observers.changed(room);
  }

  /** The former connection is closed at once; what it fed goes on from its successor, if that publishes. */
  #displace(former: Membership, successor: Peer): void {
    if (successor.publication === null) {
      silence(former.room, successor.uid);
    }
    closeTransport(former.peer);
    this.#log(former.peer, { reason: 'displaced' }, 'peer left');
    this.#observers.replaced(former.room, former.peer, successor);
    this.#observers.changed(former.room);
  }

  #close(room: Room, reason: LeaveReason): void {
    this.#observers.closing(room, reason);
    for (const peer of [...room.peers.values()]) this.#dismiss({ room, peer }, reason);
  }

  #dismiss(member: Membership, reason: LeaveReason): void {
    this.#leave(member, reason, { reason });
    closeTransport(member.peer);
  }

  #leave(member: Membership, reason: LeaveReason, logged: object): void {
    const hadPublication = member.peer.publication !== null;
    this.#rooms.leave(member);
    this.#log(member.peer, logged, 'peer left');
    this.#observers.left(member.room, member.peer, reason);
    if (hadPublication) this.#observers.changed(member.room);
  }

  #restartIce(peer: Peer, remote: RemoteTransport): void {
    const isNew = remote.ufrag !== peer.remote.ufrag || remote.password !== peer.remote.password;
    peer.remote = remote;
    if (isNew) {
      peer.credentials = this.#options.generateIceCredentials();
      peer.worker.send({ type: 'restart-ice', transportId: peer.transportId, ice: iceOf(peer) });
      this.#log(peer, {}, 'ICE restarted');
    }
  }

  #describe(peer: Peer, type: 'offer' | 'answer'): SessionDescription {
    return describePeer(peer, type, this.#options.fingerprint, peer.worker.addresses);
  }

  #log({ rid, uid, cid, transportId }: Peer, fields: object, message: string): void {
    this.#options.log.info({ rid, uid, cid, transportId, ...fields }, message);
  }
}

/** @param isThere whether the operator has found whom the call is about */
function requireThere(isThere: boolean): void {
  if (!isThere) throw new RpcError('PEER_NOT_FOUND', 'nobody has that uid in the room');
}

function closeTransport({ worker, transportId }: Peer): void {
  worker.send({ type: 'close-transport', transportId });
}

function iceOf({ credentials, remote }: Peer): IceCredentials {
  return {
    localUfrag: credentials.ufrag,
    localPassword: credentials.password,
    remoteUfrag: remote.ufrag,
    remotePassword: remote.password,
  };
}

function ssrcsOf(offer: RemoteDescription): number[] {
  return offer.media.flatMap((media) => media.ssrcs);
}

function sameFingerprints(one: RemoteTransport, other: RemoteTransport): boolean {
  const values = new Set(one.fingerprints.map(({ value }) => value));
  return other.fingerprints.some(({ value }) => values.has(value));
}
