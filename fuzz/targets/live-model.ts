import type { LiveNotifications, LiveParticipant, Permissions } from '@kraken/protocol';
import {
  type LiveChannel,
  LiveRooms,
  OFFER_LIFETIME,
  SWEEP_INTERVAL,
} from '../../packages/engine/src/live/live-rooms.js';
import type { PeerName } from '../../packages/engine/src/room/signalling.js';
import { SimulatedClient } from '../../packages/engine/src/room/testing/simulated-client.js';
import { TestEngine } from '../../packages/engine/src/room/testing/test-engine.js';
import { promise } from '../target.js';
import type { VirtualTimers } from './virtual-timers.js';

const ROOM = 'room';
const UIDS = ['alice', 'bob', 'carol', 'dave'];
const TICK = 20;
/** Milliseconds for which somebody whom the operator has taken out is kept out. */
const KEPT_OUT = 61_000;
/** More rounds of offers and answers than this are never needed. */
const ROUNDS_TO_SETTLE = 6;

type Message = {
  [M in keyof LiveNotifications]: { readonly method: M; readonly params: LiveNotifications[M] };
}[keyof LiveNotifications];

/** A socket whose client reads when the model says so. */
class Channel implements LiveChannel {
  readonly backlog = 0;
  readonly pending: Message[] = [];
  isReplaced = false;

  send(text: string): void {
    this.pending.push(JSON.parse(text));
  }

  replaced(): void {
    this.isReplaced = true;
  }

  /** What is told of a description before a restart is void. */
  dropOffers(): void {
    for (let i = this.pending.length - 1; i >= 0; i--)
      if (this.pending[i]?.method === 'offer') this.pending.splice(i, 1);
  }
}

interface Participant {
  readonly client: SimulatedClient;
  readonly name: PeerName;
  readonly transportId: number;
  channel: Channel | null;
  /** What it was told last that it may do; null for nothing. */
  permissions: Permissions | null;
  /** Whom it knows to be there, by uid. */
  view: Map<string, LiveParticipant>;
}

/**
 * One room, and clients with sockets. The model: who has a socket knows who is there and in which state, and hears all of
 * them whose media has begun, without asking; who has gone is told so.
 */
export class LiveModel {
  readonly #timers: VirtualTimers;
  readonly #engine = new TestEngine({ workers: 2, spreadRoomAt: 2 });
  readonly #live: LiveRooms;
  readonly #participants = new Map<string, Participant>();
  readonly #started = new Set<number>();

  constructor(timers: VirtualTimers) {
    this.#timers = timers;
    this.#live = new LiveRooms(
      this.#engine.control,
      () => timers.now,
      (error) => {
        throw error;
      },
    );
    this.#engine.control.observe(this.#live);
  }

  close(): void {
    this.#live.close();
  }

  /** Takes one step. */
  act(action: number, who: number): void {
    const uid = UIDS[who & 3] ?? '';
    const participant = this.#participants.get(uid);
    const isOn = (who & 0x80) !== 0;
    const { control } = this.#engine;
    const actions = [
      () => this.#join(uid, new Channel()),
      () => this.#join(uid, null),
      () => participant && this.#startMedia(participant),
      () => participant && this.#read(participant),
      () => participant && this.#detach(participant),
      () => participant && this.#resume(participant),
      () => participant && this.#leave(participant, () => control.end(participant.name)),
      () => participant && this.#restart(participant),
      () => this.#timers.advance(TICK * (1 + (who >> 2))),
      () => this.#timers.advance(OFFER_LIFETIME + SWEEP_INTERVAL),
      () =>
        participant && this.#leave(participant, () => this.#engine.loseTransport(participant.transportId)),
      () => participant && this.#leave(participant, () => control.operator.remove(ROOM, uid)),
      () => this.#closeRoom(),
      () => participant && this.#loseWorker(participant),
      () => participant && control.mute(participant.name, isOn),
      () => control.operator.silence(ROOM, uid, isOn),
      () => control.operator.permit(ROOM, uid, (who & 0x40) !== 0 ? { publish: isOn } : { subscribe: isOn }),
    ];
    actions[action % actions.length]?.();
  }

  /** Time passes and everybody reads, until nothing is told any more. */
  settle(): void {
    for (let rounds = 0; this.#readAll(); rounds++)
      promise(rounds < ROUNDS_TO_SETTLE, 'there is an end to what is told');
    const there = this.#engine.control.operator.rooms().flatMap(({ participants }) => participants);
    promise(there.length === this.#participants.size, 'who has not left is there');
    for (const participant of this.#participants.values()) {
      if (participant.channel === null) continue;
      promise(!participant.channel.isReplaced, 'a socket is its own');
      const known = sorted([...participant.view.values()].map(stateOf));
      promise(known === sorted(there.map(stateOf)), `${participant.name.uid} knows who is there, and how`);
      const own = there.find(({ cid }) => cid === participant.name.cid);
      if (own?.permissions.subscribe !== false) this.#checkHears(participant);
      else promise(participant.client.receptions.size === 0, 'who may not hear hears nobody');
      const told = participant.permissions;
      const isTold =
        told?.publish === own?.permissions.publish && told?.subscribe === own?.permissions.subscribe;
      promise(isTold, 'each knows what they may do');
    }
  }

  #readAll(): boolean {
    this.#timers.advance(OFFER_LIFETIME + SWEEP_INTERVAL + TICK);
    const channels = [...this.#participants.values()].filter(
      ({ channel }) => (channel?.pending.length ?? 0) > 0,
    );
    for (const participant of channels) this.#read(participant);
    return channels.length > 0;
  }

  #checkHears({ name, client }: Participant): void {
    const heard = sorted([...client.receptions.values()].map(({ cid }) => cid));
    const others = [...this.#participants.values()].filter((other) => other.name.uid !== name.uid);
    const speaking = others.filter(({ transportId }) => {
      const publication = this.#engine.publicationOf(transportId);
      return publication !== undefined && this.#started.has(publication.publicationId);
    });
    // Of somebody who has come again, the former m-line may wait for the new media.
    const known = new Set(others.map((other) => other.name.uid));
    for (const other of speaking)
      promise(heard.includes(other.name.cid), `${name.uid} hears ${other.name.uid}`);
    for (const { uid } of client.receptions.values())
      promise(known.has(uid), `${name.uid} hears who is there`);
  }

  #join(uid: string, channel: Channel | null): void {
    const client = new SimulatedClient('sendrecv');
    const { name, answer, transportId } = this.#engine.publish(ROOM, uid, client.offer());
    client.takeAnswer(answer);
    const former = this.#participants.get(uid)?.channel;
    if (former) promise(former.pending.at(-1)?.method === 'closed', 'who is displaced is told so');
    this.#participants.set(uid, { client, name, transportId, channel, permissions: null, view: new Map() });
    if (channel !== null) this.#live.attach(name, channel);
  }

  #startMedia({ transportId }: Participant): void {
    const publication = this.#engine.publicationOf(transportId);
    if (publication === undefined || this.#started.has(publication.publicationId)) return;
    this.#started.add(publication.publicationId);
    this.#engine.startMedia(transportId);
  }

  #read(participant: Participant): void {
    const { channel, view } = participant;
    for (const { method, params } of channel?.pending.splice(0) ?? []) {
      if (method === 'participants') {
        view.clear();
        for (const one of params.participants) view.set(one.uid, one);
        participant.permissions = view.get(participant.name.uid)?.permissions ?? null;
      } else if (method === 'joined' || method === 'updated')
        view.set(params.participant.uid, params.participant);
      else if (method === 'left') view.delete(params.uid);
      else if (method === 'offer') this.#answer(participant, params.sdp);
      else if (method === 'permitted') participant.permissions = params.permissions;
      else promise(method !== 'closed', 'nobody is told of an end that has not come');
    }
  }

  #answer({ client, name }: Participant, offer: string): void {
    this.#engine.answer(name, client.answer(offer));
  }

  #detach(participant: Participant): void {
    if (participant.channel !== null) this.#live.detach(participant.channel);
    participant.channel = null;
  }

  /** On another socket, whether or not the former is still there. */
  #resume(participant: Participant): void {
    const { channel: former } = participant;
    participant.channel = new Channel();
    this.#live.attach(participant.name, participant.channel);
    promise(former === null || former.isReplaced, 'a socket that another takes the place of is told so');
  }

  #restart({ client, name, channel }: Participant): void {
    client.takeAnswer(this.#engine.restart(name, client.offer(true)));
    channel?.dropOffers();
  }

  #leave({ name, channel }: Participant, leave: () => void): void {
    leave();
    this.#participants.delete(name.uid);
    promise(channel === null || channel.pending.at(-1)?.method === 'closed', 'who has gone is told so');
    this.#engine.now += KEPT_OUT;
  }

  #closeRoom(): void {
    this.#engine.control.operator.closeRoom(ROOM);
    this.#checkAllClosed([...this.#participants.values()]);
    this.#engine.now += KEPT_OUT;
  }

  #loseWorker({ transportId }: Participant): void {
    const worker = this.#engine.workerOf(transportId);
    const lost = [...this.#participants.values()].filter((one) => worker.open.has(one.transportId));
    this.#engine.loseWorker(worker);
    this.#checkAllClosed(lost);
  }

  #checkAllClosed(gone: readonly Participant[]): void {
    for (const { name, channel } of gone) {
      this.#participants.delete(name.uid);
      const wasTold = channel === null || channel.pending.some(({ method }) => method === 'closed');
      promise(wasTold, 'who has gone is told so');
    }
  }
}

function stateOf({
  uid,
  cid,
  publishing,
  muted,
  silenced,
  permissions,
  speaking,
}: Omit<LiveParticipant, 'name'>): string {
  const { publish, subscribe } = permissions;
  return JSON.stringify([uid, cid, publishing, muted, silenced, publish, subscribe, speaking]);
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join('\n');
}
