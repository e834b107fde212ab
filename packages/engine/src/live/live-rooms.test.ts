import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import { rpcErrorOf, type TestEngine } from '../room/testing/test-engine.js';
import {
  type LiveRooms,
  OFFER_BACKLOG,
  OFFER_DELAY,
  OFFER_LIFETIME,
  OFFER_SPACING,
  SWEEP_INTERVAL,
} from './live-rooms.js';
import { UPDATE_BURST, UPDATE_SPACING } from './spaced-updates.js';
import { Channel, LiveBench } from './testing/live-bench.js';

let bench: LiveBench;
let engine: TestEngine;
let live: LiveRooms;
beforeEach(() => {
  vi.useFakeTimers();
  bench = new LiveBench();
  ({ engine, live } = bench);
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

describe('an attached participant', () => {
  test('is first told who is there, itself included, and at once offered whom it can hear', () => {
    const alice = bench.join('alice', null);
    engine.startMedia(alice.transportId);
    const bob = bench.join('bob');
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
    const alice = bench.join('alice');
    const bob = bench.join('bob');
    expect(bench.offersOf(alice)).toEqual([]);
    engine.startMedia(bob.transportId);
    const [offer] = bench.offersOf(alice);
    bench.answer(alice, offer ?? { sdp: '' });
    expect([...alice.client.receptions.values()]).toMatchObject([{ uid: 'bob' }]);
    expect(engine.subscriptionsOf(alice.transportId)).toHaveLength(1);
  });

  test('has one offer outstanding: what changes meanwhile is in the next one, right after its answer', () => {
    const alice = bench.join('alice');
    for (const uid of ['bob', 'carol', 'dave']) {
      engine.startMedia(bench.join(uid, null).transportId);
      vi.advanceTimersByTime(OFFER_DELAY);
    }
    const [first, ...others] = alice.channel.take('offer');
    expect(others).toEqual([]);
    bench.answer(alice, first ?? { sdp: '' });
    vi.advanceTimersByTime(OFFER_DELAY);
    const [second] = alice.channel.take('offer');
    bench.answer(alice, second ?? { sdp: '' });
    expect([...alice.client.receptions.values()].map(({ uid }) => uid)).toEqual(['bob', 'carol', 'dave']);
    vi.advanceTimersByTime(2 * OFFER_LIFETIME);
    expect(alice.channel.take('offer')).toEqual([]);
  });

  test('gets an offer again that it does not answer, of the newest state', () => {
    const alice = bench.join('alice');
    engine.startMedia(bench.join('bob', null).transportId);
    expect(bench.offersOf(alice)).toHaveLength(1);
    vi.advanceTimersByTime(OFFER_LIFETIME - 2 * SWEEP_INTERVAL);
    expect(alice.channel.take('offer')).toHaveLength(0);
    engine.startMedia(bench.join('carol', null).transportId);
    vi.advanceTimersByTime(3 * SWEEP_INTERVAL);
    const [offer] = alice.channel.take('offer');
    expect(alice.client.setOffer(offer?.sdp ?? '')).toHaveLength(3);
  });

  test('is offered nothing while too much is waiting for it, and the newest state afterwards', () => {
    const alice = bench.join('alice');
    alice.channel.backlog = OFFER_BACKLOG + 1;
    engine.startMedia(bench.join('bob', null).transportId);
    expect(bench.offersOf(alice)).toEqual([]);
    alice.channel.backlog = 0;
    expect(bench.offersOf(alice)).toHaveLength(1);
  });

  test('in a large room is offered newcomers together, not one after the other', () => {
    const alice = bench.join('alice');
    const others = Array.from({ length: 100 }, (_, index) => bench.join(`u${index}`, null));
    let offers = 0;
    for (const { transportId } of others) {
      engine.startMedia(transportId);
      for (const offer of bench.offersOf(alice)) {
        offers++;
        bench.answer(alice, offer);
      }
    }
    vi.advanceTimersByTime(OFFER_SPACING * 101 + OFFER_DELAY);
    for (const offer of alice.channel.take('offer')) bench.answer(alice, offer);
    expect(alice.client.receptions.size).toBe(100);
    // 100 newcomers in 2 s, and 0.2 s between offers.
    expect(offers).toBeLessThanOrEqual(10);
  });

  test('makes an offer of its own, which voids that of the engine: the next one comes without waiting', () => {
    const alice = bench.join('alice');
    engine.startMedia(bench.join('bob', null).transportId);
    expect(bench.offersOf(alice)).toHaveLength(1);
    const restart = JSON.stringify({ type: 'offer', sdp: alice.client.offer(true) });
    alice.client.takeAnswer(engine.control.restart(alice.name, restart).sdp);
    engine.startMedia(bench.join('carol', null).transportId);
    const [offer] = bench.offersOf(alice);
    bench.answer(alice, offer ?? { sdp: '' });
    expect([...alice.client.receptions.values()].map(({ uid }) => uid).sort()).toEqual(['bob', 'carol']);
  });

  test('is offered silence when whom it heard comes again, and then does not publish after all', () => {
    const alice = bench.join('alice');
    const former = bench.join('bob', null);
    engine.startMedia(former.transportId);
    bench.answer(alice, bench.offersOf(alice)[0] ?? { sdp: '' });
    const bob = bench.join('bob', null);
    expect(bench.offersOf(alice)).toEqual([]);
    bob.client.setMicrophone('recvonly');
    bob.client.takeAnswer(engine.restart(bob.name, bob.client.offer()));
    bench.answer(alice, bench.offersOf(alice)[0] ?? { sdp: '' });
    expect(alice.client.receptions.size).toBe(0);
  });

  test('for whom no offer can be made, by a bug, does not take the others with it', () => {
    const [alice, carol] = [bench.join('alice'), bench.join('carol')];
    const subscribe = vi.spyOn(engine.control, 'subscribe').mockImplementationOnce(() => {
      throw new Error('a bug');
    });
    engine.startMedia(bench.join('bob', null).transportId);
    expect([...bench.offersOf(alice), ...bench.offersOf(carol)]).toHaveLength(1);
    expect(bench.bugs).toMatchObject([{ message: 'a bug' }]);
    subscribe.mockRestore();
  });

  test('that is not there cannot be attached', () => {
    const nobody = { rid: 'room', uid: 'nobody', cid: 'x' };
    expect(rpcErrorOf(() => live.attach(nobody, new Channel()))).toBe('PEER_NOT_FOUND');
  });
});

describe('what happens in the room is told', () => {
  test('to the others: joined, updated by media, mute and speech, left', () => {
    const alice = bench.join('alice');
    const bob = bench.join('bob');
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
    const alice = bench.join('alice');
    const former = bench.join('bob');
    alice.channel.take('joined');
    const bob = bench.join('bob');
    expect(former.channel.take('closed')).toMatchObject([{ cid: former.name.cid, reason: 'displaced' }]);
    expect(alice.channel.take('updated')).toMatchObject([{ participant: { uid: 'bob', cid: bob.name.cid } }]);
    expect(alice.channel.methods).toEqual(['participants']);
  });

  test('but not that it is displaced to who joins again on the same socket', () => {
    const channel = new Channel();
    bench.join('bob', channel);
    const again = live.publishOn(channel, () =>
      engine.publish('room', 'bob', new SimulatedClient('sendrecv').offer()),
    );
    live.attach(again.name, channel);
    expect(channel.take('closed')).toEqual([]);
    expect(live.size).toBe(1);
  });

  test('many changes of one participant are told a few at once, then spaced, and the last of them is told', () => {
    const alice = bench.join('alice');
    const bob = bench.join('bob');
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
      const all = ['alice', 'bob', 'carol'].map((uid) => bench.join(uid));
      for (const { channel } of all) channel.take('joined');
      end();
      for (const { channel } of all) expect(channel.methods).toEqual(['participants', 'closed']);
    }
  });

  test('why a participant is over: lost, moved, removed, room closed, shut down', () => {
    const [lost, moved] = [bench.join('lost'), bench.join('moved')];
    engine.loseTransport(lost.transportId);
    engine.control.closeRooms(['room']);
    const removed = bench.join('removed');
    const closed = bench.join('closed');
    engine.control.operator.remove('room', 'removed');
    engine.control.operator.closeRoom('room');
    engine.now += 3_600_000;
    const last = bench.join('last');
    engine.control.closeAll();
    const reasons = [lost, moved, removed, closed, last].map(
      ({ channel }) => channel.take('closed')[0]?.reason,
    );
    expect(reasons).toEqual(['lost', 'moved', 'removed', 'room-closed', 'shutdown']);
    expect(live.size).toBe(0);
  });

  test('the engine drains: to everybody with a socket', () => {
    const [alice, bob] = [bench.join('alice'), bench.join('bob')];
    live.draining();
    expect(alice.channel.take('draining')).toEqual([{}]);
    expect(bob.channel.take('draining')).toEqual([{}]);
    expect(bench.join('carol').channel.take('draining')).toEqual([{}]);
  });
});

test('a socket that resumes a participant replaces the one before, which is told nothing more', () => {
  const alice = bench.join('alice');
  const next = new Channel();
  live.attach(alice.name, next);
  expect(alice.channel.isReplaced).toBe(true);
  bench.join('bob');
  expect(alice.channel.take('joined')).toEqual([]);
  expect(next.take('joined')).toHaveLength(1);
});

test('a socket that resumes again and again is offered no more than others', () => {
  const alice = bench.join('alice');
  engine.startMedia(bench.join('bob', null).transportId);
  vi.advanceTimersByTime(OFFER_DELAY);
  for (let index = 0; index < 100; index++) live.attach(alice.name, alice.channel);
  expect(alice.channel.take('offer')).toHaveLength(1);
  expect(bench.offersOf(alice)).toHaveLength(1);
});

test('a participant whose socket is gone stays in the room, and gets what it missed when it resumes', () => {
  const alice = bench.join('alice');
  live.detach(alice.channel);
  engine.startMedia(bench.join('bob', null).transportId);
  vi.advanceTimersByTime(60_000);
  expect(engine.control.list('room')).toHaveLength(2);
  const next = new Channel();
  live.attach(alice.name, next);
  expect(next.methods).toEqual(['participants', 'offer']);
});
