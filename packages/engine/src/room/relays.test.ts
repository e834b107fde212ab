/** Rooms on more than one worker: what the workers are told to bring to each other. */
import { expect, test } from 'vitest';
import { RELAY_RING_SIZE } from '../contract/messages.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { TestEngine } from './testing/test-engine.js';

function join(engine: TestEngine, uid: string, rid = 'room') {
  const client = new SimulatedClient('sendrecv');
  const joined = engine.publish(rid, uid, client.offer());
  client.takeAnswer(joined.answer);
  engine.startMedia(joined.transportId);
  return { ...joined, client };
}

function poll(engine: TestEngine, { name, client }: ReturnType<typeof join>): void {
  const offer = engine.control.subscribe(name);
  if (offer !== null) engine.answer(name, client.answer(offer.sdp));
}

function makeRoom() {
  const engine = new TestEngine({ workers: 2, spreadRoomAt: 1 });
  const [near, far] = engine.workers;
  if (near === undefined || far === undefined) throw new Error('two workers');
  const [alice, bob] = [join(engine, 'alice'), join(engine, 'bob')];
  return { engine, near, far, alice, bob };
}

test('a publication is brought to another worker when somebody there hears it, over a ring that both know', () => {
  const { engine, near, far, alice, bob } = makeRoom();
  expect(near.relays.size).toBe(0);
  poll(engine, bob);
  const published = near.publicationOf(alice.transportId)?.publicationId ?? 0;
  expect([...near.relays]).toEqual([[published, new Set([1])]]);
  expect([...far.relayed]).toEqual([published]);
  expect(far.links.get('from 0')).toBe(near.links.get('to 1'));
  expect(far.links.get('from 0')?.byteLength).toBe(RELAY_RING_SIZE);
  expect(far.subscriptionsOf(bob.transportId).map(({ publicationId }) => publicationId)).toEqual([published]);
});

test('it is brought there once, and another one over the same ring', () => {
  const { engine, near, far, bob } = makeRoom();
  poll(engine, bob);
  const ring = near.links.get('to 1');
  const carol = join(engine, 'carol');
  const dave = join(engine, 'dave');
  for (const one of [bob, carol, dave]) poll(engine, one);
  expect([...near.links.keys(), ...far.links.keys()].sort()).toEqual(['from 0', 'from 1', 'to 0', 'to 1']);
  expect(near.links.get('to 1')).toBe(ring);
});

test('it ends with the publication, and when the last of the room has left the other worker', () => {
  const { engine, near, far, alice, bob } = makeRoom();
  for (const one of [alice, bob]) poll(engine, one);
  engine.control.end(bob.name);
  expect([near.relays, far.relays, near.relayed, far.relayed].map((all) => [...all.values()])).toEqual([
    [new Set()],
    [],
    [],
    [],
  ]);
  const again = join(engine, 'bob');
  poll(engine, again);
  expect(far.relayed.size).toBe(1);
  engine.control.end(alice.name);
  expect([near.relays.size, far.relayed.size, far.relays.size]).toEqual([0, 0, 0]);
});

test('workers whose threads were started again get rings anew', () => {
  const { engine, near, far, bob } = makeRoom();
  poll(engine, bob);
  const ring = near.links.get('to 1');
  engine.loseWorker(far);
  const again = join(engine, 'bob');
  poll(engine, again);
  expect(near.links.get('to 1')).not.toBe(ring);
  expect(far.links.get('from 0')).toBe(near.links.get('to 1'));
});
