import type { LiveNotifications } from '@kraken/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import { rpcErrorOf, TestEngine } from '../room/testing/test-engine.js';
import {
  type LiveChannel,
  LiveRooms,
  OFFER_BACKLOG,
  OFFER_DELAY,
  OFFER_LIFETIME,
  OFFER_SPACING,
  SWEEP_INTERVAL,
} from './live-rooms.js';
import { UPDATE_BURST, UPDATE_SPACING } from './spaced-updates.js';

class Channel implements LiveChannel {
  backlog = 0;
  isReplaced = false;
  readonly #texts: string[] = [];

  send(text: string): void {
    this.#texts.push(text);
  }

  replaced(): void {
    this.isReplaced = true;
  }

  /** Takes what was sent under this method since the last time. */
  take<M extends keyof LiveNotifications>(method: M): LiveNotifications[M][] {
    const taken = this.#texts.map((text) => JSON.parse(text)).filter((message) => message.method === method);
    const left = this.#texts.filter((text) => JSON.parse(text).method !== method);
    this.#texts.splice(0, this.#texts.length, ...left);
    return taken.map(({ params }) => params);
  }

  get methods(): string[] {
    return this.#texts.map((text) => JSON.parse(text).method);
  }
}

let engine: TestEngine;
let live: LiveRooms;
let bugs: unknown[];
beforeEach(() => {
  vi.useFakeTimers();
  engine = new TestEngine();
  bugs = [];
  live = new LiveRooms(
    engine.control,
    () => Date.now(),
    (error) => bugs.push(error),
  );
  engine.control.observe(live);
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

function join(uid: string, channel: Channel | null = new Channel()) {
  const client = new SimulatedClient('sendrecv');
  const joined = engine.publish('room', uid, client.offer());
  client.takeAnswer(joined.answer);
  if (channel !== null) live.attach(joined.name, channel);
  return { ...joined, client, channel: channel ?? new Channel() };
}

type Joined = ReturnType<typeof join>;

function answer({ name, client }: Joined, { sdp }: { readonly sdp: string }): void {
  engine.control.answer(name, JSON.stringify({ type: 'answer', sdp: client.answer(sdp) }));
}

function offersOf({ channel }: Joined) {
  vi.advanceTimersByTime(OFFER_DELAY);
  return channel.take('offer');
}

describe('an attached participant', () => {
  test('is first told who is there, itself included, and at once offered whom it can hear', () => {
    const alice = join('alice', null);
    engine.startMedia(alice.transportId);
    const bob = join('bob');
    expect(bob.channel.methods).toEqual(['participants', 'offer']);
    expect(bob.channel.take('participants')[0]?.participants).toMatchObject([
      { uid: 'alice', cid: alice.name.cid, publishing: true, muted: false, speaking: false },
      { uid: 'bob', cid: bob.name.cid, publishing: false },
    ]);
    const [offer] = bob.channel.take('offer');
    expect(JSON.parse(offer?.jsep ?? '')).toEqual({ type: 'offer', sdp: offer?.sdp });
    expect(bob.client.setOffer(offer?.sdp ?? '')).toEqual(['sendonly', 'recvonly']);
  });

  test('is offered a newcomer when its media flows, without asking', () => {
    const alice = join('alice');
    const bob = join('bob');
    expect(offersOf(alice)).toEqual([]);
    engine.startMedia(bob.transportId);
    const [offer] = offersOf(alice);
    answer(alice, offer ?? { sdp: '' });
    expect([...alice.client.receptions.values()]).toMatchObject([{ uid: 'bob' }]);
    expect(engine.subscriptionsOf(alice.transportId)).toHaveLength(1);
  });

  test('has one offer outstanding: what changes meanwhile is in the next one, right after its answer', () => {
    const alice = join('alice');
    for (const uid of ['bob', 'carol', 'dave']) {
      engine.startMedia(join(uid, null).transportId);
      vi.advanceTimersByTime(OFFER_DELAY);
    }
    const [first, ...others] = alice.channel.take('offer');
    expect(others).toEqual([]);
    answer(alice, first ?? { sdp: '' });
    vi.advanceTimersByTime(OFFER_DELAY);
    const [second] = alice.channel.take('offer');
    answer(alice, second ?? { sdp: '' });
    expect([...alice.client.receptions.values()].map(({ uid }) => uid)).toEqual(['bob', 'carol', 'dave']);
    vi.advanceTimersByTime(2 * OFFER_LIFETIME);
    expect(alice.channel.take('offer')).toEqual([]);
  });

  test('gets an offer again that it does not answer, of the newest state', () => {
    const alice = join('alice');
    engine.startMedia(join('bob', null).transportId);
    expect(offersOf(alice)).toHaveLength(1);
    vi.advanceTimersByTime(OFFER_LIFETIME - 2 * SWEEP_INTERVAL);
    expect(alice.channel.take('offer')).toHaveLength(0);
    engine.startMedia(join('carol', null).transportId);
    vi.advanceTimersByTime(3 * SWEEP_INTERVAL);
    const [offer] = alice.channel.take('offer');
    expect(alice.client.setOffer(offer?.sdp ?? '')).toHaveLength(3);
  });

  test('is offered nothing while too much is waiting for it, and the newest state afterwards', () => {
    const alice = join('alice');
    alice.channel.backlog = OFFER_BACKLOG + 1;
    engine.startMedia(join('bob', null).transportId);
    expect(offersOf(alice)).toEqual([]);
    alice.channel.backlog = 0;
    expect(offersOf(alice)).toHaveLength(1);
  });

  test('in a large room is offered newcomers together, not one after the other', () => {
    const alice = join('alice');
    const others = Array.from({ length: 100 }, (_, index) => join(`u${index}`, null));
    let offers = 0;
    for (const { transportId } of others) {
      engine.startMedia(transportId);
      for (const offer of offersOf(alice)) {
        offers++;
        answer(alice, offer);
      }
    }
    vi.advanceTimersByTime(OFFER_SPACING * 101 + OFFER_DELAY);
    for (const offer of alice.channel.take('offer')) answer(alice, offer);
    expect(alice.client.receptions.size).toBe(100);
    // 100 newcomers in 2 s, and 0.2 s between offers.
    expect(offers).toBeLessThanOrEqual(10);
  });

  test('makes an offer of its own, which voids that of the engine: the next one comes without waiting', () => {
    const alice = join('alice');
    engine.startMedia(join('bob', null).transportId);
    expect(offersOf(alice)).toHaveLength(1);
    const restart = JSON.stringify({ type: 'offer', sdp: alice.client.offer(true) });
    alice.client.takeAnswer(engine.control.restart(alice.name, restart).sdp);
    engine.startMedia(join('carol', null).transportId);
    const [offer] = offersOf(alice);
    answer(alice, offer ?? { sdp: '' });
    expect([...alice.client.receptions.values()].map(({ uid }) => uid).sort()).toEqual(['bob', 'carol']);
  });

  test('is offered silence when whom it heard comes again, and then does not publish after all', () => {
    const alice = join('alice');
    const former = join('bob', null);
    engine.startMedia(former.transportId);
    answer(alice, offersOf(alice)[0] ?? { sdp: '' });
    const bob = join('bob', null);
    expect(offersOf(alice)).toEqual([]);
    bob.client.setMicrophone('recvonly');
    bob.client.takeAnswer(engine.restart(bob.name, bob.client.offer()));
    answer(alice, offersOf(alice)[0] ?? { sdp: '' });
    expect(alice.client.receptions.size).toBe(0);
  });

  test('for whom no offer can be made, by a bug, does not take the others with it', () => {
    const [alice, carol] = [join('alice'), join('carol')];
    const subscribe = vi.spyOn(engine.control, 'subscribe').mockImplementationOnce(() => {
      throw new Error('a bug');
    });
    engine.startMedia(join('bob', null).transportId);
    expect([...offersOf(alice), ...offersOf(carol)]).toHaveLength(1);
    expect(bugs).toMatchObject([{ message: 'a bug' }]);
    subscribe.mockRestore();
  });

  test('that is not there cannot be attached', () => {
    const nobody = { rid: 'room', uid: 'nobody', cid: 'x' };
    expect(rpcErrorOf(() => live.attach(nobody, new Channel()))).toBe('PEER_NOT_FOUND');
  });
});

describe('what happens in the room is told', () => {
  test('to the others: joined, updated by media, mute and speech, left', () => {
    const alice = join('alice');
    const bob = join('bob');
    const { uid, cid } = bob.name;
    expect(alice.channel.take('joined')).toMatchObject([{ rid: 'room', participant: { uid, cid } }]);
    engine.startMedia(bob.transportId);
    expect(alice.channel.take('updated')).toMatchObject([{ participant: { uid, publishing: true } }]);
    engine.control.mute(bob.name, true);
    engine.control.mute(bob.name, true);
    expect(alice.channel.take('updated')).toMatchObject([{ participant: { uid, muted: true } }]);
    const { publicationId = 0 } = engine.publicationOf(bob.transportId) ?? {};
    const speech = { type: 'speech', publicationId, transportId: bob.transportId, speaking: true } as const;
    engine.tell(speech);
    expect(alice.channel.take('updated')).toMatchObject([{ participant: { uid, speaking: true } }]);
    engine.control.end(bob.name);
    expect(alice.channel.take('left')).toEqual([{ rid: 'room', uid, cid, reason: 'ended' }]);
    expect(bob.channel.take('closed')).toEqual([{ rid: 'room', uid, cid, reason: 'ended' }]);
  });

  test('a uid that comes again is updated with another cid, and its former connection is displaced', () => {
    const alice = join('alice');
    const former = join('bob');
    alice.channel.take('joined');
    const bob = join('bob');
    expect(former.channel.take('closed')).toMatchObject([{ cid: former.name.cid, reason: 'displaced' }]);
    expect(alice.channel.take('updated')).toMatchObject([{ participant: { uid: 'bob', cid: bob.name.cid } }]);
    expect(alice.channel.methods).toEqual(['participants']);
  });

  test('but not that it is displaced to who joins again on the same socket', () => {
    const channel = new Channel();
    join('bob', channel);
    const again = live.publishOn(channel, () =>
      engine.publish('room', 'bob', new SimulatedClient('sendrecv').offer()),
    );
    live.attach(again.name, channel);
    expect(channel.take('closed')).toEqual([]);
    expect(live.size).toBe(1);
  });

  test('many changes of one participant are told a few at once, then spaced, and the last of them is told', () => {
    const alice = join('alice');
    const bob = join('bob');
    for (let index = 0; index < 1_000; index++) engine.control.mute(bob.name, index % 2 === 0);
    expect(alice.channel.take('updated')).toHaveLength(UPDATE_BURST);
    vi.advanceTimersByTime(1_000 * UPDATE_SPACING);
    engine.control.mute(bob.name, true);
    vi.advanceTimersByTime(10 * UPDATE_SPACING);
    expect(alice.channel.take('updated').at(-1)).toMatchObject({ participant: { uid: 'bob', muted: true } });
    for (let index = 0; index < 1_000; index++) engine.control.mute(bob.name, index % 2 === 1);
    engine.control.end(bob.name);
    alice.channel.take('updated');
    vi.advanceTimersByTime(1_000);
    expect(alice.channel.take('updated')).toEqual([]);
  });

  test('a room that is closed as a whole: each of it is told once, and nothing of the others', () => {
    const ends = [
      () => engine.control.closeRooms(['room']),
      () => engine.control.closeAll(),
      () => engine.control.operator.closeRoom('room'),
    ];
    for (const end of ends) {
      const all = ['alice', 'bob', 'carol'].map((uid) => join(uid));
      for (const { channel } of all) channel.take('joined');
      end();
      for (const { channel } of all) expect(channel.methods).toEqual(['participants', 'closed']);
    }
  });

  test('why a participant is over: lost, moved, removed, room closed, shut down', () => {
    const [lost, moved] = [join('lost'), join('moved')];
    engine.loseTransport(lost.transportId);
    engine.control.closeRooms(['room']);
    const removed = join('removed');
    const closed = join('closed');
    engine.control.operator.remove('room', 'removed');
    engine.control.operator.closeRoom('room');
    engine.now += 3_600_000;
    const last = join('last');
    engine.control.closeAll();
    const reasons = [lost, moved, removed, closed, last].map(
      ({ channel }) => channel.take('closed')[0]?.reason,
    );
    expect(reasons).toEqual(['lost', 'moved', 'removed', 'room-closed', 'shutdown']);
    expect(live.size).toBe(0);
  });

  test('the engine drains: to everybody with a socket', () => {
    const [alice, bob] = [join('alice'), join('bob')];
    live.draining();
    expect(alice.channel.take('draining')).toEqual([{}]);
    expect(bob.channel.take('draining')).toEqual([{}]);
    expect(join('carol').channel.take('draining')).toEqual([{}]);
  });
});

test('a socket that resumes a participant replaces the one before, which is told nothing more', () => {
  const alice = join('alice');
  const next = new Channel();
  live.attach(alice.name, next);
  expect(alice.channel.isReplaced).toBe(true);
  join('bob');
  expect(alice.channel.take('joined')).toEqual([]);
  expect(next.take('joined')).toHaveLength(1);
});

test('a socket that resumes again and again is offered no more than others', () => {
  const alice = join('alice');
  engine.startMedia(join('bob', null).transportId);
  vi.advanceTimersByTime(OFFER_DELAY);
  for (let index = 0; index < 100; index++) live.attach(alice.name, alice.channel);
  expect(alice.channel.take('offer')).toHaveLength(1);
  expect(offersOf(alice)).toHaveLength(1);
});

test('a participant whose socket is gone stays in the room, and gets what it missed when it resumes', () => {
  const alice = join('alice');
  live.detach(alice.channel);
  engine.startMedia(join('bob', null).transportId);
  vi.advanceTimersByTime(60_000);
  expect(engine.control.list('room')).toHaveLength(2);
  const next = new Channel();
  live.attach(alice.name, next);
  expect(next.methods).toEqual(['participants', 'offer']);
});

describe('a participant with fixed slots', () => {
  function joinWithSlots(uid: string, slots: number) {
    const client = new SimulatedClient('sendrecv');
    for (let line = 0; line < slots; line++) client.addLine('recvonly');
    const joined = engine.publish('room', uid, client.offer(), 0, null, slots);
    const channel = new Channel();
    live.attach(joined.name, channel);
    return { ...joined, channel };
  }

  function seat(...publishers: readonly (Joined | null)[]): void {
    const roomId = [...engine.worker.open.values()][0]?.roomId ?? 0;
    const seats = publishers.map((one) =>
      one === null ? null : (engine.publicationOf(one.transportId)?.publicationId ?? null),
    );
    engine.tell({ type: 'speakers', roomId, seats });
  }

  function speak(uid: string): Joined {
    const joined = join(uid);
    engine.startMedia(joined.transportId);
    return joined;
  }

  const holderOf = ({ name: { uid, cid } }: Joined) => ({ uid, cid });

  test('is told who is there and who is heard, and offered nothing, whoever comes', () => {
    const ann = speak('ann');
    const eve = joinWithSlots('eve', 2);
    expect(eve.channel.methods).toEqual(['participants', 'slots']);
    expect(eve.channel.take('slots')).toEqual([{ rid: 'room', slots: [null, null] }]);
    speak('bob');
    seat(ann, null, null);
    vi.advanceTimersByTime(2 * OFFER_LIFETIME);
    expect(eve.channel.take('slots')).toEqual([{ rid: 'room', slots: [holderOf(ann), null] }]);
    expect(eve.channel.methods).not.toContain('offer');
    live.attach(eve.name, eve.channel);
    expect(eve.channel.take('slots')).toEqual([{ rid: 'room', slots: [holderOf(ann), null] }]);
  });

  test('is told of as many seats as it has slots, and others of none', () => {
    const [ann, bob] = [speak('ann'), speak('bob')];
    const [eve, mallory] = [joinWithSlots('eve', 1), joinWithSlots('mallory', 2)];
    for (const { channel } of [eve, mallory]) channel.take('slots');
    seat(ann, bob);
    expect(eve.channel.take('slots').map(({ slots }) => slots)).toEqual([[holderOf(ann)]]);
    expect(mallory.channel.take('slots').map(({ slots }) => slots)).toEqual([[holderOf(ann), holderOf(bob)]]);
    expect(ann.channel.take('slots')).toEqual([]);
    engine.control.end(ann.name);
    seat(null, bob);
    expect(mallory.channel.take('slots').map(({ slots }) => slots)).toEqual([[null, holderOf(bob)]]);
  });

  test('is told by its own worker alone', () => {
    const ann = speak('ann');
    const eve = joinWithSlots('eve', 1);
    eve.channel.take('slots');
    const roomId = [...engine.worker.open.values()][0]?.roomId ?? 0;
    const publicationId = engine.publicationOf(ann.transportId)?.publicationId ?? 0;
    engine.tell({ type: 'speakers', roomId, seats: [publicationId] }, 1);
    expect(eve.channel.take('slots')).toEqual([]);
  });

  test('seats that change all the time are told now and then, the newest state at last', () => {
    const [ann, bob] = [speak('ann'), speak('bob')];
    const eve = joinWithSlots('eve', 1);
    eve.channel.take('slots');
    for (let change = 0; change < 100; change++) seat(change % 2 === 0 ? ann : bob);
    vi.advanceTimersByTime(1_000);
    const told = eve.channel.take('slots');
    expect(told.length).toBeLessThan(2 * UPDATE_BURST);
    expect(told.at(-1)?.slots).toEqual([holderOf(bob)]);
  });
});

describe('permissions', () => {
  test('are told to the participant at once, and to everybody with its state', () => {
    const [alice, bob] = [join('alice'), join('bob')];
    for (const { channel } of [alice, bob]) channel.take('participants');
    const permissions = { publish: false, subscribe: true };
    engine.control.permit(alice.name, { publish: false });
    expect(alice.channel.take('permitted')).toEqual([{ ...alice.name, permissions }]);
    expect(bob.channel.take('permitted')).toEqual([]);
    vi.advanceTimersByTime(UPDATE_SPACING);
    expect(bob.channel.take('updated').at(-1)?.participant).toMatchObject({ uid: 'alice', permissions });
  });

  test('who may not be heard any longer does not count as publishing', () => {
    const [alice, bob] = [join('alice'), join('bob')];
    engine.startMedia(alice.transportId);
    engine.control.permit(alice.name, { publish: false });
    vi.advanceTimersByTime(UPDATE_SPACING);
    expect(bob.channel.take('updated').at(-1)?.participant).toMatchObject({
      uid: 'alice',
      publishing: false,
    });
  });

  test('to hear bring offers: of the others when they are given, of nobody when they are taken', () => {
    const [alice, bob] = [join('alice'), join('bob', null)];
    engine.startMedia(bob.transportId);
    for (const offer of offersOf(alice)) answer(alice, offer);
    engine.control.permit(alice.name, { subscribe: false });
    const [taken] = offersOf(alice);
    expect(taken?.sdp).not.toContain('a=msid:bob ');
    if (taken !== undefined) answer(alice, taken);
    expect(offersOf(alice)).toEqual([]);
    engine.control.permit(alice.name, { subscribe: true });
    expect(offersOf(alice)[0]?.sdp).toContain('a=msid:bob ');
  });
});
