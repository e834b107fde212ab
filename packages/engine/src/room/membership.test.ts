/** Who is in which room: joining, leaving, being displaced, and what the API is told about it. */
import { expect, test } from 'vitest';
import { loadOffer } from '../sdp/fixtures/load.js';
import { DEFAULT_CAPACITY } from './capacity.js';
import { DEPARTED_LIFETIME_MS, DepartedPeers, MAX_DEPARTED_PEERS } from './departed-peers.js';
import { Rooms } from './rooms.js';
import { FakeMediaWorker } from './testing/fake-media-worker.js';
import { newPeer } from './testing/new-peer.js';
import { rpcErrorOf, TestEngine } from './testing/test-engine.js';

const MICROPHONE = loadOffer('chromium-microphone');
const RECVONLY = loadOffer('chromium-recvonly');

test('a room is made by publish alone, and freed with its last peer', () => {
  const engine = new TestEngine();
  expect(engine.control.list('room')).toEqual([]);
  expect(engine.control.info()).toEqual({
    updated_at: '2023-11-14T22:13:20.000Z',
    active_peers: 0,
    closed_peers: 0,
    active_rooms: 0,
    closed_rooms: 0,
  });
  const alice = engine.publish('room', 'alice', MICROPHONE);
  const bob = engine.publish('room', 'bob', RECVONLY);
  expect(engine.control.list('room')).toEqual([
    { uid: 'alice', cid: alice.name.cid, speaking: false },
    { uid: 'bob', cid: bob.name.cid, speaking: false },
  ]);
  expect(engine.control.info()).toMatchObject({ active_peers: 2, active_rooms: 1 });
  engine.date += 1000;
  engine.control.end(alice.name);
  engine.control.end(bob.name);
  expect(engine.control.list('room')).toEqual([]);
  expect(engine.control.info()).toEqual({
    updated_at: '2023-11-14T22:13:21.000Z',
    active_peers: 0,
    closed_peers: 2,
    active_rooms: 0,
    closed_rooms: 1,
  });
  expect(engine.worker.open.size).toBe(0);
});

test('a publish that fails makes no room', () => {
  const engine = new TestEngine();
  expect(rpcErrorOf(() => engine.publish('room', 'alice', 'v=1'))).toBe('INVALID_SDP');
  expect(engine.control.info()).toMatchObject({ active_rooms: 0, active_peers: 0 });
  expect(engine.worker.messages).toEqual([]);
});

test('at the limit a new uid is refused, and the same uid may come back', () => {
  const engine = new TestEngine();
  engine.publish('room', 'alice', MICROPHONE, 2);
  engine.publish('room', 'bob', MICROPHONE, 2);
  expect(rpcErrorOf(() => engine.publish('room', 'carol', MICROPHONE, 2))).toBe('ROOM_FULL');
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE, 2))).toBeNull();
  expect(rpcErrorOf(() => engine.publish('room', 'carol', MICROPHONE))).toBeNull();
  expect(rpcErrorOf(() => engine.publish('elsewhere', 'carol', MICROPHONE, 2))).toBeNull();
});

test('a peer that was never there is not found', () => {
  const engine = new TestEngine();
  const stranger = { rid: 'room', uid: 'alice', cid: '' };
  expect(rpcErrorOf(() => engine.control.subscribe(stranger))).toBe('PEER_NOT_FOUND');
  engine.publish('room', 'bob', MICROPHONE);
  expect(rpcErrorOf(() => engine.control.end(stranger))).toBe('PEER_NOT_FOUND');
});

test('a peer that has ended is closed, and after a while not known', () => {
  const engine = new TestEngine();
  const { name } = engine.publish('room', 'alice', MICROPHONE);
  engine.control.end(name);
  expect(rpcErrorOf(() => engine.control.end(name))).toBe('PEER_CLOSED');
  expect(rpcErrorOf(() => engine.control.subscribe(name))).toBe('PEER_CLOSED');
  expect(rpcErrorOf(() => engine.control.subscribe({ ...name, rid: 'other' }))).toBe('PEER_NOT_FOUND');
  engine.now += DEPARTED_LIFETIME_MS;
  expect(rpcErrorOf(() => engine.control.subscribe(name))).toBe('PEER_NOT_FOUND');
});

test('a peer whose transport the worker closes is closed', () => {
  const engine = new TestEngine();
  const { name, transportId } = engine.publish('room', 'alice', MICROPHONE);
  engine.loseTransport(transportId);
  expect(rpcErrorOf(() => engine.control.subscribe(name))).toBe('PEER_CLOSED');
  expect(engine.control.info()).toMatchObject({ active_peers: 0, closed_rooms: 1 });
  expect(engine.worker.messages.map(({ type }) => type)).not.toContain('close-transport');
});

test('a displaced peer is told that its track is not found, and never to rejoin', () => {
  const engine = new TestEngine();
  const first = engine.publish('room', 'alice', MICROPHONE);
  const second = engine.publish('room', 'alice', MICROPHONE);
  for (const call of [
    () => engine.control.subscribe(first.name),
    () => engine.control.end(first.name),
    () => engine.answer(first.name, MICROPHONE),
    () => engine.restart(first.name, MICROPHONE),
  ]) {
    expect(rpcErrorOf(call)).toBe('TRACK_NOT_FOUND');
  }
  engine.control.end(second.name);
  expect(rpcErrorOf(() => engine.control.subscribe(first.name))).toBe('TRACK_NOT_FOUND');
  expect(rpcErrorOf(() => engine.control.subscribe(second.name))).toBe('PEER_CLOSED');
});

test('the new transport opens before the displaced one closes', () => {
  const engine = new TestEngine();
  const first = engine.publish('room', 'alice', MICROPHONE);
  const second = engine.publish('room', 'alice', MICROPHONE);
  expect(engine.worker.messages.slice(2)).toEqual([
    expect.objectContaining({ type: 'open-transport', transportId: second.transportId }),
    expect.objectContaining({ type: 'open-publication', transportId: second.transportId }),
    { type: 'close-transport', transportId: first.transportId },
  ]);
  expect(engine.control.info()).toMatchObject({ active_peers: 1, closed_peers: 1, active_rooms: 1 });
});

test('rooms go to the worker with the fewest transports, and their peers stay together', () => {
  const engine = new TestEngine({ workers: 2 });
  const publish = (rid: string, uid: string) =>
    engine.control.publish({
      rid,
      uid,
      jsep: JSON.stringify({ type: 'offer', sdp: MICROPHONE }),
      limit: 0,
      callback: null,
      slots: 0,
      permissions: { publish: true, subscribe: true },
      origin: { address: null, subject: null },
    });
  publish('one', 'alice');
  publish('one', 'bob');
  publish('two', 'carol');
  publish('three', 'dave');
  publish('one', 'erin');
  expect(engine.workers.map(({ transports }) => transports)).toEqual([3, 2]);
});

test('a room forgets who has left it, however many come and go', () => {
  const worker = new FakeMediaWorker();
  let lastId = 0;
  const rooms = new Rooms(
    {
      workers: [worker],
      spreadRoomAt: 1,
      loudest: 'auto',
      capacity: DEFAULT_CAPACITY,
      now: () => 0,
      date: () => 0,
    },
    () => ++lastId,
  );
  const comer = (uid: string) => newPeer({ uid, cid: `${uid}-${++lastId}`, worker, transportId: ++lastId });
  const alice = comer('alice');
  rooms.enter(alice);
  for (const uid of ['bob', 'bob', 'carol']) {
    const peer = comer(uid);
    const { room } = rooms.enter(peer);
    alice.routeFrom(peer);
    if (uid === 'carol') {
      rooms.leave({ room, peer });
    }
  }
  expect([...alice.routes.keys()].map(({ uid }) => uid)).toEqual(['bob']);
});

test('at shutdown all peers are closed', () => {
  const engine = new TestEngine();
  engine.publish('one', 'alice', MICROPHONE);
  engine.publish('two', 'bob', MICROPHONE);
  engine.control.closeAll();
  expect(engine.worker.open.size).toBe(0);
  expect(engine.control.info()).toMatchObject({ active_peers: 0, active_rooms: 0, closed_rooms: 2 });
});

test('events about what is gone are passed over', () => {
  const engine = new TestEngine();
  engine.tell({ type: 'transport-connected', transportId: 7 });
  engine.tell({ type: 'transport-closed', transportId: 7, reason: 'dtls-closed', detail: '' });
  engine.tell({ type: 'publication-started', publicationId: 7, transportId: 7 });
  engine.tell({ type: 'speakers', roomId: 7, seats: [7] });
  expect(engine.control.info()).toMatchObject({ closed_peers: 0 });
});

test('each event of a peer is one line of the log, without SDP', () => {
  const lines: { fields: object; message: string }[] = [];
  const engine = new TestEngine({ log: { info: (fields, message) => lines.push({ fields, message }) } });
  const { name, transportId } = engine.publish('room', 'alice', MICROPHONE);
  engine.tell({ type: 'transport-connected', transportId });
  engine.startMedia(transportId);
  engine.control.end(name);
  const peer = { ...name, transportId };
  expect(lines).toEqual([
    { fields: { ...peer, listens: false }, message: 'peer published' },
    { fields: peer, message: 'transport connected' },
    { fields: peer, message: 'media started' },
    { fields: { ...peer, reason: 'ended' }, message: 'peer left' },
  ]);
});

test('as many departed peers are remembered as are allowed, the newest of them', () => {
  const departed = new DepartedPeers();
  const name = (number: number) => ({ rid: 'r', uid: 'u', cid: String(number) });
  for (let number = 0; number <= MAX_DEPARTED_PEERS; number++) {
    departed.remember(name(number), 'closed', 0);
  }
  expect(departed.size).toBe(MAX_DEPARTED_PEERS);
  expect([departed.find(name(0), 1), departed.find(name(1), 1)]).toEqual([null, 'closed']);
  departed.remember(name(-1), 'displaced', DEPARTED_LIFETIME_MS);
  expect(departed.size).toBe(1);
});

const CALLBACK = 'https://app.example/ontrack';

function publishWithCallback(engine: TestEngine) {
  return engine.publish('room', 'alice', MICROPHONE, 0, CALLBACK);
}

test('the callback is told once when media first arrives', async () => {
  const engine = new TestEngine();
  const { name, transportId } = publishWithCallback(engine);
  expect(engine.notices).toEqual([]);
  engine.startMedia(transportId);
  engine.startMedia(transportId);
  await Promise.resolve();
  expect(engine.notices).toEqual([{ url: CALLBACK, notice: { ...name, action: 'ontrack' } }]);
  expect(engine.control.list('room')).toHaveLength(1);
});

test.each([
  ['answers anything but 200', () => Promise.resolve(false)],
  ['fails', () => Promise.reject(new Error('refused'))],
  [
    'cannot be reached',
    () => {
      throw new Error('bad address');
    },
  ],
])('a callback that %s closes the peer', async (_, notify) => {
  const engine = new TestEngine({ notify });
  const { name, transportId } = publishWithCallback(engine);
  engine.startMedia(transportId);
  await new Promise(setImmediate);
  expect(rpcErrorOf(() => engine.control.subscribe(name))).toBe('PEER_CLOSED');
  expect(engine.worker.open.size).toBe(0);
});

test('a callback that refuses a peer which has left meanwhile changes nothing', async () => {
  const engine = new TestEngine({ notify: () => Promise.resolve(false) });
  const { name, transportId } = publishWithCallback(engine);
  engine.startMedia(transportId);
  engine.control.end(name);
  await new Promise(setImmediate);
  expect(engine.control.info()).toMatchObject({ closed_peers: 1 });
});

test.each(['null', '{}', '{"candidate":""}'])(
  'the empty candidate %s is taken whoever sends it',
  (candidate) => {
    const { control } = new TestEngine();
    expect(control.trickle({ rid: 'room', uid: 'alice', cid: '' }, candidate)).toBeUndefined();
  },
);

const CANDIDATE = JSON.stringify({ candidate: 'candidate:1 1 udp 99 192.0.2.7 5000 typ host' });

test('a candidate that comes before publish has answered is taken', () => {
  const engine = new TestEngine();
  const early = { rid: 'room', uid: 'alice', cid: '' };
  expect(rpcErrorOf(() => engine.control.trickle(early, CANDIDATE))).toBeNull();
  engine.publish('room', 'alice', MICROPHONE);
  expect(rpcErrorOf(() => engine.control.trickle(early, CANDIDATE))).toBeNull();
  expect(rpcErrorOf(() => engine.control.trickle(early, '{"candidate":"x"}'))).toBe('INVALID_CANDIDATE');
});

test('candidates are checked, those of unknown peers refused', () => {
  const engine = new TestEngine();
  const stranger = { rid: 'room', uid: 'alice', cid: 'another' };
  expect(rpcErrorOf(() => engine.control.trickle(stranger, CANDIDATE))).toBe('PEER_NOT_FOUND');
  const { name } = engine.publish('room', 'alice', MICROPHONE);
  expect(rpcErrorOf(() => engine.control.trickle(stranger, CANDIDATE))).toBe('TRACK_NOT_FOUND');
  expect(rpcErrorOf(() => engine.control.trickle(name, CANDIDATE))).toBeNull();
  expect(rpcErrorOf(() => engine.control.trickle(name, '{"candidate":"x"}'))).toBe('INVALID_CANDIDATE');
});

test('the start of a stream that its publisher has replaced starts nothing', () => {
  const engine = new TestEngine();
  const alice = engine.publish('room', 'alice', MICROPHONE);
  const bob = engine.publish('room', 'bob', MICROPHONE);
  const { transportId } = alice;
  engine.tell({ type: 'publication-started', publicationId: 1_000, transportId });
  expect(engine.control.subscribe(bob.name)).toBeNull();
  engine.startMedia(transportId);
  expect(engine.control.subscribe(bob.name)).not.toBeNull();
});

test('an engine that is cut off takes nobody new, and those that it has may come again', () => {
  const engine = new TestEngine();
  engine.publish('room', 'alice', MICROPHONE);
  engine.admission = 'nobody';
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE))).toBe('ENGINE_CUT_OFF');
  expect(rpcErrorOf(() => engine.publish('other', 'alice', MICROPHONE))).toBe('ENGINE_CUT_OFF');
  expect(rpcErrorOf(() => engine.publish('room', 'alice', MICROPHONE))).toBeNull();
  engine.admission = 'everybody';
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE))).toBeNull();
});

test('an engine whose monitors have lost their registry takes newcomers into its rooms, and opens none', () => {
  const engine = new TestEngine();
  engine.publish('room', 'alice', MICROPHONE);
  engine.admission = 'into its rooms';
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE))).toBeNull();
  expect(rpcErrorOf(() => engine.publish('other', 'carol', MICROPHONE))).toBe('ENGINE_CUT_OFF');
});

test('an engine that drains takes no rooms that it does not have, and lets people join those that it has', () => {
  const engine = new TestEngine();
  engine.publish('room', 'alice', MICROPHONE);
  engine.isDraining = true;
  expect(rpcErrorOf(() => engine.publish('other', 'carol', MICROPHONE))).toBe('ENGINE_DRAINING');
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE))).toBeNull();
  engine.control.closeRooms(['room']);
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE))).toBe('ENGINE_DRAINING');
});

test('an engine that drains and is cut off says of a room that it has that it is cut off: it may be elsewhere', () => {
  const engine = new TestEngine();
  engine.publish('room', 'alice', MICROPHONE);
  engine.isDraining = true;
  engine.admission = 'nobody';
  expect(rpcErrorOf(() => engine.publish('room', 'bob', MICROPHONE))).toBe('ENGINE_CUT_OFF');
});

test('rooms that another engine has are closed, with all transports, and no others', () => {
  const engine = new TestEngine();
  const alice = engine.publish('moved', 'alice', MICROPHONE);
  engine.publish('moved', 'bob', RECVONLY);
  engine.publish('stays', 'carol', MICROPHONE);
  expect(engine.control.rooms()).toEqual(['moved', 'stays']);
  engine.control.closeRooms(['moved', 'unknown']);
  expect(engine.control.rooms()).toEqual(['stays']);
  expect(engine.worker.open.size).toBe(1);
  expect(rpcErrorOf(() => engine.control.subscribe(alice.name))).toBe('PEER_CLOSED');
});
