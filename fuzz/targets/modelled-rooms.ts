import type { Permissions } from '@kraken/protocol';
import type { OperatedRoom } from '../../packages/engine/src/room/operator.js';

/** Milliseconds. */
const KEPT_OUT = 60_000;
const REMEMBERED = 300_000;

const ROOM_FULL = 5002000;
const PEER_NOT_FOUND = 5002001;
const PEER_CLOSED = 5002002;
const TRACK_NOT_FOUND = 5002003;

interface Name {
  readonly rid: string;
  readonly uid: string;
  readonly cid: string;
}

interface Modelled extends Name {
  readonly token: Permissions;
  muted: boolean;
}

interface Departure extends Name {
  readonly code: number;
  readonly at: number;
}

/** Who is in which room, by what was answered to calls; what is decided of a uid lasts as long as its room. */
export class ModelledRooms {
  readonly #peers = new Map<string, Modelled>();
  readonly #departures = new Map<string, Departure>();
  /** By room and uid. */
  readonly #decided = new Map<string, Partial<Permissions> & { readonly silenced?: boolean }>();
  readonly #keptOut = new Map<string, number>();
  formerCid = 'nobody';

  of(rid: string): Modelled[] {
    return [...this.#peers.values()].filter((peer) => peer.rid === rid);
  }

  has(cid: string): boolean {
    return this.#peers.has(cid);
  }

  hasRoom(rid: string): boolean {
    return this.of(rid).length > 0;
  }

  userCode(rid: string, uid: string): number {
    return this.#find(rid, uid) === undefined ? PEER_NOT_FOUND : 0;
  }

  peerCode(rid: string, uid: string, cid: string, now: number): number {
    const peer = this.#find(rid, uid);
    if (peer?.cid === cid) return 0;
    const departure = this.#departures.get(cid);
    const isKnown = departure?.rid === rid && departure.uid === uid && now < departure.at + REMEMBERED;
    if (peer !== undefined) return TRACK_NOT_FOUND;
    return isKnown ? departure.code : PEER_NOT_FOUND;
  }

  admissionCode(rid: string, uid: string, now: number): number {
    return now < (this.#keptOut.get(`${rid} ${uid}`) ?? 0) ? ROOM_FULL : 0;
  }

  join({ rid, uid, cid }: Name, { publish, subscribe }: Permissions, now: number): void {
    const former = this.#find(rid, uid);
    if (former !== undefined) this.#depart(former, TRACK_NOT_FOUND, now);
    this.#peers.set(cid, { rid, uid, cid, token: { publish, subscribe }, muted: false });
  }

  leave(cid: string, now: number): void {
    const peer = this.#peers.get(cid);
    if (peer === undefined) return;
    this.#depart(peer, PEER_CLOSED, now);
    if (this.hasRoom(peer.rid)) return;
    for (const key of this.#decided.keys()) if (key.startsWith(`${peer.rid} `)) this.#decided.delete(key);
  }

  remove(rid: string, uid: string, now: number): void {
    this.#keptOut.set(`${rid} ${uid}`, now + KEPT_OUT);
    this.leave(this.#find(rid, uid)?.cid ?? '', now);
  }

  mute(cid: string, muted: boolean): void {
    const peer = this.#peers.get(cid);
    if (peer !== undefined) peer.muted = muted;
  }

  silence(rid: string, uid: string, silenced: boolean): void {
    this.#decide(rid, uid, { silenced });
  }

  permit(rid: string, uid: string, changes: Partial<Permissions>): void {
    this.#decide(rid, uid, changes);
  }

  /** @returns whether what there is is what is modelled */
  describes(rooms: readonly OperatedRoom[]): boolean {
    const there = rooms.flatMap(({ rid, participants }) =>
      participants.map(({ uid, cid, muted, silenced, permissions: { publish, subscribe } }) =>
        JSON.stringify([rid, uid, cid, muted, silenced, publish, subscribe]),
      ),
    );
    const modelled = [...this.#peers.values()].map(({ rid, uid, cid, muted, token }) => {
      const decided = this.#decided.get(`${rid} ${uid}`) ?? {};
      const { silenced = false, publish = token.publish, subscribe = token.subscribe } = decided;
      return JSON.stringify([rid, uid, cid, muted, silenced, publish, subscribe]);
    });
    return there.toSorted().join('\n') === modelled.toSorted().join('\n');
  }

  #find(rid: string, uid: string): Modelled | undefined {
    return this.of(rid).find((peer) => peer.uid === uid);
  }

  #depart({ rid, uid, cid }: Name, code: number, at: number): void {
    this.#departures.set(cid, { rid, uid, cid, code, at });
    this.#peers.delete(cid);
    this.formerCid = cid;
  }

  #decide(rid: string, uid: string, changes: Partial<Permissions> & { readonly silenced?: boolean }): void {
    this.#decided.set(`${rid} ${uid}`, { ...this.#decided.get(`${rid} ${uid}`), ...changes });
  }
}
