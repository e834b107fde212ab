import { ALL_PERMISSIONS, type Permissions, RpcError } from '@kraken/protocol';
import type { PeerName } from '../../packages/engine/src/room/signalling.js';
import { SimulatedClient } from '../../packages/engine/src/room/testing/simulated-client.js';
import { TestEngine } from '../../packages/engine/src/room/testing/test-engine.js';
import { promise } from '../target.js';

const ROOMS = ['room', 'other'];
const UIDS = ['alice', 'bob', 'carol', 'dave'];
/** More polls than this in a row, each with a proper answer, are never needed. */
const POLLS_TO_SETTLE = 4;
/** Milliseconds for which somebody whom the operator has taken out is kept out. */
const KEPT_OUT = 61_000;
const WORKERS = 2;

interface Participant {
  readonly client: SimulatedClient;
  readonly name: PeerName;
  readonly transportId: number;
}

/**
 * A control plane with rooms of simulated clients. The model: who is in a room hears all the others of it whose media has
 * begun, and nobody else; a call that is not theirs is refused and changes nothing.
 */
export class SignallingModel {
  readonly #engine = new TestEngine({ workers: WORKERS, spreadRoomAt: 1 });
  readonly #participants = new Map<string, Participant>();
  /** Publications whose media has begun. */
  readonly #started = new Set<number>();
  /** Of all that ever were: what a subscription says whom it is of. */
  readonly #roomByCid = new Map<string, string>();
  /** What was decided for a uid in a room, by both; it lasts as long as the room. */
  readonly #decided = new Map<string, Partial<Permissions>>();
  /** Whom nobody is to hear, as long as the room lasts. */
  readonly #silenced = new Set<string>();
  #formerCid = 'nobody';

  /** Takes one step. */
  act(action: number, who: number): void {
    const rid = ROOMS[(who >> 2) % ROOMS.length] ?? '';
    const uid = UIDS[who & 3] ?? '';
    const participant = this.#participants.get(keyOf({ rid, uid }));
    const actions = [
      () => this.#join(rid, uid, true),
      () => this.#join(rid, uid, false),
      () => participant && this.#startMedia(participant),
      () => participant && this.#settle(participant),
      () => participant && this.#end(participant),
      () => participant && this.#engine.control.subscribe(participant.name),
      () => participant && this.#setOffer(participant),
      () => participant && this.#answerLate(participant),
      () => participant && this.#restart(participant, true),
      () => participant && this.#restart(participant, false),
      () => participant && this.#setMicrophone(participant, (who & 0x80) !== 0),
      () => participant && this.#addLine(participant),
      () => this.#silence(rid, uid, (who & 0x80) !== 0),
      () => participant && this.#remove(participant),
      () => participant && this.#loseWorker(participant),
      () => participant && this.#loseTransport(participant),
      () => this.#callOthers(rid, uid, who),
      () => participant && this.#engine.control.mute(participant.name, (who & 0x80) !== 0),
      () => participant && this.#engine.control.limit(participant.name, who >> 4 || null),
      () => this.#closeRoom(rid),
      () => participant && this.#permit(participant, who),
    ];
    actions[action % actions.length]?.();
    for (const rid of ROOMS) if (this.#of(rid).length === 0) this.#forgetDecisions(rid);
    this.#checkRooms();
    this.#checkPermissions();
  }

  /** Everybody polls and answers until there is nothing new, and hears whom they should. */
  settleAll(): void {
    for (const participant of this.#participants.values()) this.#settle(participant);
  }

  /** Everybody leaves, and nothing stays. */
  endAll(): void {
    for (const { name } of this.#participants.values()) this.#engine.control.end(name);
    for (const { open, publications, subscriptions, slots, relayed, relays } of this.#engine.workers) {
      const left = [open, publications, subscriptions, slots, relayed, relays].map(({ size }) => size);
      promise(
        left.every((size) => size === 0),
        `nothing stays in the workers, and not ${left}`,
      );
    }
    const { active_peers, active_rooms } = this.#engine.control.info();
    promise(active_peers === 0 && active_rooms === 0, 'no room stays');
  }

  #join(rid: string, uid: string, speaks: boolean): void {
    const client = new SimulatedClient(speaks ? 'sendrecv' : 'recvonly');
    const { name, answer, transportId } = this.#engine.publish(rid, uid, client.offer());
    client.takeAnswer(answer);
    this.#formerCid = this.#participants.get(keyOf(name))?.name.cid ?? this.#formerCid;
    this.#participants.set(keyOf(name), { client, name, transportId });
    this.#roomByCid.set(name.cid, rid);
  }

  #startMedia({ transportId }: Participant): void {
    const publication = this.#engine.publicationOf(transportId);
    if (publication === undefined || this.#started.has(publication.publicationId)) return;
    this.#started.add(publication.publicationId);
    this.#engine.startMedia(transportId);
  }

  #end({ name }: Participant): void {
    this.#engine.control.end(name);
    this.#forget(name);
  }

  #remove({ name }: Participant): void {
    promise(this.#engine.control.operator.remove(name.rid, name.uid), 'who is there can be taken out');
    this.#forget(name);
    this.#engine.now += KEPT_OUT;
  }

  #permit({ name }: Participant, bits: number): void {
    const isAllowed = (bits & 0x80) !== 0;
    const changes = (bits & 0x40) !== 0 ? { publish: isAllowed } : { subscribe: isAllowed };
    this.#engine.control.permit(name, changes);
    this.#decided.set(keyOf(name), { ...this.#decided.get(keyOf(name)), ...changes });
  }

  #silence(rid: string, uid: string, silenced: boolean): void {
    const isThere = this.#engine.control.operator.silence(rid, uid, silenced);
    promise(isThere === this.#participants.has(keyOf({ rid, uid })), 'who is there can be silenced');
    if (isThere && silenced) this.#silenced.add(keyOf({ rid, uid }));
    else this.#silenced.delete(keyOf({ rid, uid }));
  }

  #permissionsOf(name: PeerName): Permissions {
    return { ...ALL_PERMISSIONS, ...this.#decided.get(keyOf(name)) };
  }

  #closeRoom(rid: string): void {
    this.#engine.control.operator.closeRoom(rid);
    for (const { name } of this.#of(rid)) this.#forget(name);
    this.#engine.now += KEPT_OUT;
  }

  #loseTransport({ transportId, name }: Participant): void {
    this.#engine.loseTransport(transportId);
    this.#forget(name);
  }

  #loseWorker({ transportId }: Participant): void {
    const worker = this.#engine.workerOf(transportId);
    for (const one of [...this.#participants.values()])
      if (worker.open.has(one.transportId)) this.#forget(one.name);
    this.#engine.loseWorker(worker);
  }

  #setOffer({ name, client }: Participant): void {
    const offer = this.#engine.control.subscribe(name);
    if (offer !== null) client.setOffer(offer.sdp);
  }

  /** What changes meanwhile is in the next offer, and a second answer does no harm. */
  #answerLate({ name, client }: Participant): void {
    const offer = this.#engine.control.subscribe(name);
    if (offer === null) return;
    const answer = client.answer(offer.sdp);
    for (const other of this.#of(name.rid)) this.#startMedia(other);
    this.#engine.control.subscribe(name);
    this.#engine.answer(name, answer);
    this.#engine.answer(name, answer);
  }

  #restart({ name, client }: Participant, iceRestart: boolean): void {
    client.takeAnswer(this.#engine.restart(name, client.offer(iceRestart)));
  }

  #setMicrophone(participant: Participant, isOn: boolean): void {
    participant.client.setMicrophone(isOn ? 'sendrecv' : 'recvonly');
    this.#restart(participant, false);
  }

  #addLine(participant: Participant): void {
    // A client has a few transceivers, and each makes all further descriptions longer.
    participant.client.addLine('recvonly');
    this.#restart(participant, false);
  }

  /** With ids that are not the caller's: of a former connection, of another room, of nobody. */
  #callOthers(rid: string, uid: string, bits: number): void {
    const [other] = this.#participants.values();
    const cid = (bits & 0x10) === 0 ? this.#formerCid : (other?.name.cid ?? 'nobody');
    if (this.#participants.get(keyOf({ rid, uid }))?.name.cid === cid) return;
    const name = { rid, uid, cid };
    const { control } = this.#engine;
    const offer = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
    const calls = [
      () => control.subscribe(name),
      () => control.end(name),
      () => control.restart(name, offer),
      () => control.answer(name, offer),
      () => control.mute(name, true),
      () => control.limit(name, 1),
    ];
    promise(isRefused(calls[(bits >> 5) % calls.length] ?? (() => null)), 'a call by foreign ids is refused');
  }

  #settle(participant: Participant): void {
    const { name, client } = participant;
    for (let polls = 0; ; polls++) {
      const offer = this.#engine.control.subscribe(name);
      if (offer === null) break;
      promise(polls < POLLS_TO_SETTLE, 'offers come to an end');
      this.#engine.answer(name, client.answer(offer.sdp));
    }
    this.#checkHears(participant);
  }

  /** What the workers send to who is up to date, and what its own view of the descriptions is. */
  #checkHears({ name, transportId, client }: Participant): void {
    const held = this.#engine.subscriptionsOf(transportId);
    const views = [...client.receptions.values()];
    if (!this.#permissionsOf(name).subscribe) {
      promise(held.length + views.length === 0, 'who may not hear hears nobody');
      return;
    }
    promise(
      sorted(held.map(({ ssrc, cname }) => `${ssrc} ${cname}`)) ===
        sorted(views.map(({ ssrc, cid }) => `${ssrc} ${cid}`)),
      'the workers send what was negotiated',
    );
    for (const other of this.#of(name.rid)) {
      const publication = this.#engine.publicationOf(other.transportId);
      const heard = views.filter(({ cid }) => cid === other.name.cid).length;
      const isHeard =
        other.name.uid !== name.uid && publication !== undefined && this.#hasStarted(publication);
      promise(heard === (isHeard ? 1 : 0), `${name.uid} hears ${other.name.uid} ${isHeard ? 'once' : 'not'}`);
      const feeds = held.filter(({ cname }) => cname === other.name.cid);
      promise(
        !isHeard || feeds[0]?.publicationId === publication?.publicationId,
        'by their newest publication',
      );
    }
    const cids = new Set(this.#of(name.rid).map((other) => other.name.cid));
    const uids = new Set(this.#of(name.rid).map((other) => other.name.uid));
    for (const { uid, cid } of views) {
      // An m-line of somebody who has come again waits for the new publication.
      promise(cids.has(cid) || uids.has(uid), `${name.uid} hears nobody who has left`);
      promise(this.#roomByCid.get(cid) === name.rid, `${name.uid} hears nobody of another room`);
    }
  }

  #hasStarted({ publicationId }: { readonly publicationId: number }): boolean {
    return this.#started.has(publicationId);
  }

  /** At any time: no route leads from one room into another. */
  #checkRooms(): void {
    const rooms = new Map<number, string>();
    for (const { transportId, name } of this.#participants.values()) rooms.set(transportId, name.rid);
    for (const { subscriptions, open } of this.#engine.workers) {
      for (const { transportId, cname } of subscriptions.values())
        promise(rooms.get(transportId) === this.#roomByCid.get(cname), 'no route leads into another room');
      for (const transportId of open.keys())
        promise(rooms.has(transportId), 'no transport stays behind its participant');
    }
  }

  /** At any time: each worker knows what its participants may do. */
  #checkPermissions(): void {
    for (const { transportId, name } of this.#participants.values()) {
      const told = this.#engine.workerOf(transportId).open.get(transportId)?.permissions;
      const { publish, subscribe } = this.#permissionsOf(name);
      promise(told?.publish === publish && told.subscribe === subscribe, 'workers know what each may do');
      const publicationId = this.#engine.publicationOf(transportId)?.publicationId;
      if (publicationId === undefined) continue;
      const isSilenced = this.#engine.workerOf(transportId).silenced.has(publicationId);
      promise(isSilenced === this.#silenced.has(keyOf(name)), 'workers know whom nobody is to hear');
    }
  }

  #of(rid: string): Participant[] {
    return [...this.#participants.values()].filter(({ name }) => name.rid === rid);
  }

  #forgetDecisions(rid: string): void {
    for (const uid of UIDS) {
      this.#decided.delete(keyOf({ rid, uid }));
      this.#silenced.delete(keyOf({ rid, uid }));
    }
  }

  #forget(name: PeerName): void {
    this.#formerCid = name.cid;
    this.#participants.delete(keyOf(name));
  }
}

function keyOf({ rid, uid }: { readonly rid: string; readonly uid: string }): string {
  return `${rid} ${uid}`;
}

function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (error instanceof RpcError) return true;
    throw error;
  }
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join('\n');
}
