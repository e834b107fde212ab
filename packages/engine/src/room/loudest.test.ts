/** Of which rooms only the loudest are forwarded, and what the media workers are told of it. */
import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import {
  AUTO_FORWARDS_ALL_AGAIN_AT,
  AUTO_FORWARDS_ALL_UP_TO,
  AUTO_LOUDEST,
  LoudestPolicy,
} from './loudest-policy.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { rpcErrorOf, TestEngine, type TestEngineOptions } from './testing/test-engine.js';

function speak(engine: TestEngine, uid: string) {
  const client = new SimulatedClient('sendrecv');
  const joined = engine.publish('room', uid, client.offer());
  engine.startMedia(joined.transportId);
  return joined;
}

function makeRoom(size: number, options: TestEngineOptions = {}) {
  const engine = new TestEngine(options);
  const participants = Array.from({ length: size }, (_, number) => speak(engine, `u${number}`));
  const limits = (worker = 0) =>
    engine.workers[worker]?.messages.flatMap((message) =>
      message.type === 'limit-room' ? [message.loudest] : [],
    );
  return { engine, participants, limits };
}

test('a room that is asked for nothing is limited from the first participant beyond, who sends, until it has shrunk', () => {
  const { engine, participants, limits } = makeRoom(AUTO_FORWARDS_ALL_UP_TO);
  engine.publish('room', 'listener', new SimulatedClient('recvonly').offer());
  expect(limits()).toEqual([]);
  speak(engine, 'another');
  expect(limits()).toEqual([AUTO_LOUDEST]);
  expect([engine.control.loudest('room'), engine.control.loudest('other')]).toEqual([AUTO_LOUDEST, null]);
  const excess = AUTO_FORWARDS_ALL_UP_TO - AUTO_FORWARDS_ALL_AGAIN_AT;
  for (const { name } of participants.slice(0, excess)) engine.control.end(name);
  expect(limits()).toEqual([AUTO_LOUDEST]);
  for (const { name } of participants.slice(excess, excess + 1)) engine.control.end(name);
  expect(limits()).toEqual([AUTO_LOUDEST, null]);
});

test('hysteresis: a room between both bounds stays as it was', () => {
  const policy = new LoudestPolicy('auto');
  const between = AUTO_FORWARDS_ALL_AGAIN_AT + 1;
  expect(policy.decide(between)).toBeNull();
  expect(policy.decide(AUTO_FORWARDS_ALL_UP_TO + 1)).toBe(AUTO_LOUDEST);
  expect(policy.decide(between)).toBe(AUTO_LOUDEST);
  expect(policy.decide(AUTO_FORWARDS_ALL_AGAIN_AT)).toBeNull();
});

test('a configured number counts from the first participant on, and 0 never', () => {
  expect(makeRoom(1, { loudest: 3 }).limits()).toEqual([3]);
  expect(makeRoom(AUTO_FORWARDS_ALL_UP_TO + 1, { loudest: 0 }).limits()).toEqual([]);
});

test('a participant sets it for its room, for as long as the room lasts', () => {
  const { engine, participants, limits } = makeRoom(2);
  const [ann, bob] = participants.map(({ name }) => name);
  if (ann === undefined || bob === undefined) throw new Error('two participants');
  for (const loudest of [2, 2, 0, 4, null]) engine.control.limit(ann, loudest);
  expect(limits()).toEqual([2, null, 4, null]);
  engine.control.limit(bob, 1);
  for (const name of [ann, bob]) engine.control.end(name);
  expect(limits()?.slice(4)).toEqual([1, null]);
  speak(engine, 'carol');
  expect(limits()).toHaveLength(6);
});

test('clients of a limited room are offered all who publish, as in any other', () => {
  const offerIn = (loudest: number) => {
    const { engine } = makeRoom(3, { loudest });
    const listener = engine.publish('room', 'listener', new SimulatedClient('recvonly').offer());
    return parse(engine.control.subscribe(listener.name)?.sdp ?? '').media.map(({ mid, direction }) => [
      mid,
      direction,
    ]);
  };
  expect(offerIn(1)).toEqual(offerIn(0));
  expect(offerIn(1).filter(([, direction]) => direction === 'sendonly')).toHaveLength(3);
});

test('who is not there cannot', () => {
  const { engine, participants } = makeRoom(1);
  const name = participants[0]?.name ?? { rid: '', uid: '', cid: '' };
  expect(rpcErrorOf(() => engine.control.limit({ ...name, uid: 'bob' }, 1))).toBe('PEER_NOT_FOUND');
  expect(rpcErrorOf(() => engine.control.limit({ ...name, cid: 'other' }, 1))).toBe('TRACK_NOT_FOUND');
  engine.control.end(name);
  expect(rpcErrorOf(() => engine.control.limit(name, 1))).toBe('PEER_CLOSED');
});

test('a worker that the room comes to is told, and told once more when the room leaves it', () => {
  const { engine, limits } = makeRoom(1, { workers: 2, spreadRoomAt: 1, loudest: 2 });
  expect(limits(1)).toEqual([]);
  const bob = speak(engine, 'bob');
  expect([limits(0), limits(1)]).toEqual([[2], [2]]);
  engine.control.end(bob.name);
  expect([limits(0), limits(1)]).toEqual([[2], [2, null]]);
});

test('a worker that was started again is told anew', () => {
  const { engine, limits } = makeRoom(1, { workers: 2, spreadRoomAt: 1, loudest: 2 });
  speak(engine, 'bob');
  const [, far] = engine.workers;
  if (far === undefined) throw new Error('two workers');
  engine.loseWorker(far);
  speak(engine, 'bob');
  expect([...far.limits.values()]).toMatchObject([{ loudest: 2 }]);
  expect(limits(1)?.at(-1)).toBe(2);
});

test('how many rooms are limited, who has a seat and how often seats changed is counted', () => {
  const { engine, participants } = makeRoom(2, { loudest: 2 });
  const [ann, bob] = participants.map(
    ({ transportId }) => engine.publicationOf(transportId)?.publicationId ?? 0,
  );
  const roomId = [...engine.worker.limits.keys()][0] ?? 0;
  expect(engine.control.speakers()).toEqual({ limitedRooms: 1, speakers: 0, switches: 0 });
  for (const seats of [
    [ann ?? 0, null],
    [bob ?? 0, null],
    [bob ?? 0, ann ?? 0],
  ])
    engine.tell({ type: 'speakers', roomId, seats });
  expect(engine.control.speakers()).toEqual({ limitedRooms: 1, speakers: 2, switches: 3 });
  for (const { name } of participants) engine.control.end(name);
  expect(engine.control.speakers()).toEqual({ limitedRooms: 0, speakers: 0, switches: 3 });
});
