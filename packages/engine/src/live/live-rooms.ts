/**
 * Tells the participants that have a socket what happens in their rooms, and pushes each of them the next offer as soon as
 * there is one. A participant has one offer outstanding at a time: what changes meanwhile is in the next one.
 */
import type { LeaveReason, LiveNotifications, LiveParticipant, SlotHolder } from '@kraken/protocol';
import type { Peer } from '../room/peer.js';
import type { Room } from '../room/room.js';
import type { RoomObserver } from '../room/room-observer.js';
import type { Seating } from '../room/seating.js';
import type { PeerName, SessionDescription } from '../room/signalling.js';
import { Audience } from './audience.js';
import { notificationText } from './json-rpc-2.js';
import { SpacedUpdates } from './spaced-updates.js';

/** What changes within this time becomes one offer, ms: who joins, joins together with others. */
export const OFFER_DELAY = 20;
/**
 * How far the offers to one participant are apart at least, ms for each participant of its room. An offer names them all,
 * so that many who join a large room would else cost its size squared for each of them.
 */
export const OFFER_SPACING = 2;
/** How long offers are made in one go, ms; calls are answered in between. */
export const OFFER_BUDGET = 10;
/** How long an offer may stay unanswered, ms; then it is made again, of the newest state. */
export const OFFER_LIFETIME = 5_000;
/** How often it is looked for offers that are due again, ms. */
export const SWEEP_INTERVAL = 1_000;
/** With more than that waiting to be read, octets, a participant gets no further offers until it has caught up. */
export const OFFER_BACKLOG = 256 * 1024;

/** A socket as rooms see it. */
export interface LiveChannel {
  /** Octets that wait to be sent. */
  readonly backlog: number;
  send(text: string): void;
  /** Another socket was attached to its participant. */
  replaced(): void;
}

/** What is asked of the control plane. */
export interface LiveSource {
  find(name: PeerName): { readonly room: Room; readonly peer: Peer };
  subscribe(name: PeerName): SessionDescription | null;
}

/** A participant and the room that it is in. */
interface Place {
  readonly room: Room;
  readonly peer: Peer;
}

interface Attachment {
  readonly channel: LiveChannel;
  /** When the outstanding offer was pushed, ms; null when there is none. */
  offeredAt: number | null;
  /** When the next one may be, ms. */
  nextAt: number;
}

export class LiveRooms implements RoomObserver {
  readonly #source: LiveSource;
  readonly #now: () => number;
  readonly #audience = new Audience<Attachment>();
  readonly #places = new Map<LiveChannel, Place>();
  /** Those for whom there may be something new, with their rooms. */
  readonly #behind = new Map<Peer, Room>();
  readonly #updates: SpacedUpdates;
  readonly #onBug: (error: unknown) => void;
  readonly #sweeping: NodeJS.Timeout;
  #flushing: NodeJS.Timeout | null = null;
  /** On this one somebody is joining at this moment. */
  #publisher: LiveChannel | null = null;
  #isDraining = false;

  /**
   * @param now ms, monotonic
   * @param onBug is told why an offer could not be made: the call of one participant may suffer, the others' go on
   */
  constructor(source: LiveSource, now: () => number, onBug: (error: unknown) => void) {
    this.#source = source;
    this.#now = now;
    this.#onBug = onBug;
    this.#updates = new SpacedUpdates(now);
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_INTERVAL);
    this.#sweeping.unref();
  }

  /** How many participants have a socket. */
  get size(): number {
    return this.#audience.size;
  }

  /** @throws RpcError when the participant is not there */
  require(name: PeerName): void {
    this.#source.find(name);
  }

  /**
   * From here on the channel is told what concerns this participant; it begins with who is there, and the first offer.
   * @throws RpcError when the participant is not there
   */
  attach(name: PeerName, channel: LiveChannel): void {
    const { room, peer } = this.#source.find(name);
    const former = this.#audience.get(room, peer);
    if (former !== undefined && former.channel !== channel) {
      this.detach(former.channel);
      former.channel.replaced();
    }
    this.detach(channel);
    // Who resumes again and again costs no more than who is offered something new.
    const attachment: Attachment = { channel, offeredAt: null, nextAt: former?.nextAt ?? 0 };
    this.#audience.add(room, peer, attachment);
    this.#places.set(channel, { room, peer });
    const participants = Array.from(room.peers.values(), describe);
    tell(channel, 'participants', { rid: room.rid, participants });
    if (this.#isDraining) tell(channel, 'draining', {});
    if (peer.hasFixedSlots) {
      channel.send(slotsText(room, room.seatingOn(peer.worker), peer.slots));
    } else if (isReady(attachment, this.#now())) {
      this.#offer(room, peer, attachment);
    } else {
      this.#behind.set(peer, room);
      this.#flushSoon();
    }
  }

  /** The channel is told nothing more; its participant stays. */
  detach(channel: LiveChannel): void {
    const place = this.#places.get(channel);
    if (place === undefined) return;
    this.#places.delete(channel);
    this.#audience.remove(place.room, place.peer);
    this.#behind.delete(place.peer);
  }

  isAttached(channel: LiveChannel): boolean {
    return this.#places.has(channel);
  }

  /** While a channel's own publish is carried out, it is not told that it displaces what it had before. */
  publishOn<T>(channel: LiveChannel, publish: () => T): T {
    this.#publisher = channel;
    try {
      return publish();
    } finally {
      this.#publisher = null;
    }
  }

  /** The engine is going to hand its rooms over; who is attached later is told as well. */
  draining(): void {
    this.#isDraining = true;
    const text = notificationText('draining', {});
    for (const channel of this.#places.keys()) channel.send(text);
  }

  close(): void {
    clearInterval(this.#sweeping);
    if (this.#flushing !== null) clearTimeout(this.#flushing);
    this.#flushing = null;
    this.#updates.close();
  }

  joined(room: Room, peer: Peer): void {
    this.#tellOthers(room, peer, 'joined', { rid: room.rid, participant: describe(peer) });
  }

  replaced(room: Room, former: Peer, peer: Peer): void {
    this.#tellOwn(room, former, 'displaced');
    this.#tellUpdated(room, peer);
  }

  left(room: Room, peer: Peer, reason: LeaveReason): void {
    this.#tellOwn(room, peer, reason);
    const { uid, cid } = peer;
    this.#tellOthers(room, peer, 'left', { rid: room.rid, uid, cid, reason });
  }

  /** Nobody is told of the others' leaving, which would cost the square of the room's size. */
  closing(room: Room, reason: LeaveReason): void {
    for (const peer of [...this.#audience.of(room).keys()]) this.#tellOwn(room, peer, reason);
  }

  connected(): void {}

  updated(room: Room, peer: Peer): void {
    this.#updates.request(peer, this.#audience.of(room).size, () => this.#tellUpdated(room, peer));
  }

  /** Who may hear the others is offered them, and who may not any longer is offered none. */
  permitted(room: Room, peer: Peer): void {
    const attachment = this.#audience.get(room, peer);
    if (attachment === undefined) return;
    const { rid, uid, cid, permissions } = peer;
    tell(attachment.channel, 'permitted', { rid, uid, cid, permissions });
    if (peer.hasFixedSlots) return;
    this.#behind.set(peer, room);
    this.#flushSoon();
  }

  negotiated(room: Room, peer: Peer): void {
    const attachment = this.#audience.get(room, peer);
    if (attachment === undefined || peer.hasFixedSlots) return;
    attachment.offeredAt = null;
    this.#behind.set(peer, room);
    this.#flushSoon();
  }

  changed(room: Room): void {
    for (const peer of this.#audience.of(room).keys()) {
      if (!peer.hasFixedSlots) this.#behind.set(peer, room);
    }
    if (this.#behind.size > 0) this.#flushSoon();
  }

  seated(room: Room, seating: Seating): void {
    this.#updates.request(seating, this.#audience.of(room).size, () => this.#tellSeating(room, seating));
  }

  #flushSoon(): void {
    this.#flushing ??= setTimeout(() => this.#flush(), OFFER_DELAY);
  }

  #flush(): void {
    this.#flushing = null;
    const startedAt = this.#now();
    for (const [peer, room] of this.#behind) {
      const attachment = this.#audience.get(room, peer);
      if (attachment === undefined || !isReady(attachment, startedAt)) continue;
      this.#behind.delete(peer);
      this.#offerSafely(room, peer, attachment);
      if (this.#now() - startedAt >= OFFER_BUDGET) break;
    }
    if (this.#behind.size > 0) this.#flushSoon();
  }

  /** Offers that are not answered are void: what they were about is due again. */
  #sweep(): void {
    const now = this.#now();
    for (const [room, attachments] of this.#audience.rooms()) {
      for (const [peer, attachment] of attachments) {
        const { offeredAt } = attachment;
        if (offeredAt === null || now - offeredAt < OFFER_LIFETIME) continue;
        attachment.offeredAt = null;
        this.#behind.set(peer, room);
        this.#flushSoon();
      }
    }
  }

  /** Nobody would catch what is thrown in a timer. */
  #offerSafely(room: Room, peer: Peer, attachment: Attachment): void {
    try {
      this.#offer(room, peer, attachment);
    } catch (error) {
      this.#onBug(error);
    }
  }

  #offer(room: Room, peer: Peer, attachment: Attachment): void {
    const offer = this.#source.subscribe(peer);
    if (offer === null) return;
    const now = this.#now();
    attachment.offeredAt = now;
    attachment.nextAt = now + OFFER_SPACING * room.peers.size;
    const { rid, uid, cid } = peer;
    const { type, sdp } = offer;
    const jsep = JSON.stringify({ type, sdp });
    tell(attachment.channel, 'offer', { rid, uid, cid, type: 'offer', sdp, jsep });
  }

  #tellOwn(room: Room, peer: Peer, reason: LeaveReason): void {
    const channel = this.#audience.get(room, peer)?.channel;
    if (channel === undefined) return;
    this.detach(channel);
    const { rid, uid, cid } = peer;
    if (channel !== this.#publisher) tell(channel, 'closed', { rid, uid, cid, reason });
  }

  #tellUpdated(room: Room, peer: Peer): void {
    if (peer.closed) return;
    const text = notificationText('updated', { rid: room.rid, participant: describe(peer) });
    for (const { channel } of this.#audience.of(room).values()) channel.send(text);
  }

  /** Those who have as many slots are told the same. */
  #tellSeating(room: Room, seating: Seating): void {
    const texts = new Map<number, string>();
    for (const [peer, { channel }] of this.#audience.of(room)) {
      if (!peer.hasFixedSlots || peer.worker !== seating.worker) continue;
      const text = texts.get(peer.slots) ?? slotsText(room, seating, peer.slots);
      texts.set(peer.slots, text);
      channel.send(text);
    }
  }

  #tellOthers<M extends keyof LiveNotifications>(
    room: Room,
    peer: Peer,
    method: M,
    params: LiveNotifications[M],
  ): void {
    const text = notificationText(method, params);
    for (const [other, { channel }] of this.#audience.of(room)) {
      if (other !== peer) channel.send(text);
    }
  }
}

function tell<M extends keyof LiveNotifications>(
  channel: LiveChannel,
  method: M,
  params: LiveNotifications[M],
): void {
  channel.send(notificationText(method, params));
}

function slotsText(room: Room, seating: Seating | null, slots: number): string {
  return notificationText('slots', { rid: room.rid, slots: holdersOf(room, seating, slots) });
}

/** @returns who is heard on each of so many slots; somebody who has just left is nobody */
function holdersOf(room: Room, seating: Seating | null, slots: number): (SlotHolder | null)[] {
  return Array.from({ length: slots }, (_, slot) => {
    const holder = room.heard.get(seating?.seats[slot] ?? 0);
    return holder === undefined ? null : { uid: holder.uid, cid: holder.cid };
  });
}

/** Whether the participant has answered what it was offered, and takes in what it is sent. */
function isReady({ channel, offeredAt, nextAt }: Attachment, now: number): boolean {
  return offeredAt === null && now >= nextAt && channel.backlog <= OFFER_BACKLOG;
}

function describe(peer: Peer): LiveParticipant {
  return {
    uid: peer.uid,
    cid: peer.cid,
    publishing: peer.isPublishing,
    muted: peer.muted,
    silenced: peer.silenced,
    permissions: peer.permissions,
    speaking: peer.speaking,
    ...(peer.name === null ? {} : { name: peer.name }),
  };
}
