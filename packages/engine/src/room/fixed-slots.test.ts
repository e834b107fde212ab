/** Clients that ask for fixed slots: what they are answered, and what the media workers are told. */
import { MAX_SLOTS } from '@kraken/protocol';
import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import type { LimitRoom } from '../contract/messages.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { TestEngine } from './testing/test-engine.js';

function join(engine: TestEngine, uid: string, lines = 0, slots = lines) {
  const client = new SimulatedClient('sendrecv');
  for (let line = 0; line < lines; line++) client.addLine('recvonly');
  const joined = engine.publish('room', uid, client.offer(), 0, null, slots);
  client.takeAnswer(joined.answer);
  return { ...joined, client };
}

function speak(engine: TestEngine, uid: string, lines = 0) {
  const joined = join(engine, uid, lines);
  engine.startMedia(joined.transportId);
  return joined;
}

/** The m-lines of a description as `mid:direction`, or `mid:rejected`. */
function shapeOf(sdp: string): string[] {
  return parse(sdp).media.map(({ mid, port, direction }) => `${mid}:${port === 0 ? 'rejected' : direction}`);
}

function limitsOf({ worker }: TestEngine): LimitRoom[] {
  return worker.messages.filter((message) => message.type === 'limit-room');
}

test('the m-lines on which the client only receives are slots in the answer, each with a name and an SSRC', () => {
  const engine = new TestEngine();
  const { answer, client, transportId } = join(engine, 'ann', 3);
  expect(shapeOf(answer)).toEqual(['0:recvonly', '1:sendonly', '2:sendonly', '3:sendonly']);
  expect([...client.receptions].map(([mid, { uid }]) => `${mid} ${uid}`)).toEqual([
    '1 slot-0',
    '2 slot-1',
    '3 slot-2',
  ]);
  const ssrcs = [...client.receptions.values()].map(({ ssrc }) => ssrc);
  expect(engine.worker.slotsOf(transportId).map(({ slot, ssrc }) => [slot, ssrc])).toEqual(
    ssrcs.map((ssrc, slot) => [slot, ssrc]),
  );
  expect(engine.worker.slotsOf(transportId)[0]).toMatchObject({
    payloadType: 111,
    audioLevelExtension: 1,
    cname: 'slot-0',
  });
});

test('there are no more slots than the client asks for, and than it may have', () => {
  const engine = new TestEngine();
  expect(shapeOf(join(engine, 'ann', 3, 1).answer)).toEqual([
    '0:recvonly',
    '1:sendonly',
    '2:inactive',
    '3:inactive',
  ]);
  const { answer } = join(engine, 'bob', MAX_SLOTS + 2, 1_000);
  expect(shapeOf(answer).filter((line) => line.endsWith('sendonly'))).toHaveLength(MAX_SLOTS);
});

test('nothing is ever offered to it, and to the others it is a participant like any', () => {
  const engine = new TestEngine();
  const ann = speak(engine, 'ann', 2);
  const bob = speak(engine, 'bob');
  expect(engine.control.subscribe(ann.name)).toBeNull();
  const offer = engine.control.subscribe(bob.name)?.sdp ?? '';
  engine.answer(bob.name, bob.client.answer(offer));
  expect([...bob.client.receptions.values()]).toMatchObject([{ uid: 'ann' }]);
  engine.control.end(bob.name);
  expect(engine.control.subscribe(ann.name)).toBeNull();
  expect(engine.subscriptionsOf(ann.transportId)).toEqual([]);
});

test('who publishes nothing and only listens has slots as well', () => {
  const engine = new TestEngine();
  const client = new SimulatedClient('recvonly');
  client.addLine('recvonly');
  const { answer, transportId } = engine.publish('room', 'ann', client.offer(), 0, null, 2);
  expect(shapeOf(answer)).toEqual(['0:sendonly', '1:sendonly']);
  expect(engine.worker.slotsOf(transportId)).toHaveLength(2);
  expect(engine.publicationOf(transportId)).toBeUndefined();
});

test('a restart of ICE keeps the slots with their SSRCs, and tells the worker nothing of them', () => {
  const engine = new TestEngine();
  const { client, name, transportId } = join(engine, 'ann', 2);
  const [receptions, slots] = [client.receptions, engine.worker.slotsOf(transportId)];
  client.takeAnswer(engine.restart(name, client.offer(true)));
  expect(client.receptions).toEqual(receptions);
  expect(engine.worker.slotsOf(transportId)).toEqual(slots);
});

test('an m-line that comes with a restart becomes a slot too, where one was asked for', () => {
  const engine = new TestEngine();
  const { client, name, transportId } = join(engine, 'ann', 1, 2);
  for (let line = 0; line < 2; line++) client.addLine('recvonly');
  const answer = engine.restart(name, client.offer());
  expect(shapeOf(answer)).toEqual(['0:recvonly', '1:sendonly', '2:sendonly', '3:inactive']);
  expect(engine.worker.slotsOf(transportId)).toHaveLength(2);
});

test('there are as many seats as the most slots that anybody has, before any is opened', () => {
  const engine = new TestEngine();
  const ann = join(engine, 'ann', 2);
  join(engine, 'bob', 4);
  join(engine, 'carol', 3);
  const seats = () => limitsOf(engine).map(({ loudest, slots }) => [loudest, slots]);
  expect(seats()).toEqual([
    [null, 2],
    [null, 4],
  ]);
  join(engine, 'bob');
  expect(seats().at(-1)).toEqual([null, 3]);
  for (const uid of ['bob', 'carol']) join(engine, uid);
  engine.control.end(ann.name);
  expect(seats().at(-1)).toEqual([null, 0]);
});

test('whoever speaks is brought to workers on which somebody has slots', () => {
  const engine = new TestEngine({ workers: 2, spreadRoomAt: 2 });
  const [near, far] = engine.workers;
  const ann = speak(engine, 'ann');
  speak(engine, 'bob');
  expect(near?.relays.size).toBe(0);
  const carol = join(engine, 'carol', 1);
  expect(engine.workerOf(carol.transportId)).toBe(far);
  expect(far?.relayed.size).toBe(2);
  engine.control.end(ann.name);
  expect(far?.relayed.size).toBe(1);
  const dave = speak(engine, 'dave');
  expect(engine.workerOf(dave.transportId)).toBe(near);
  expect(far?.relayed.size).toBe(2);
});
