import { afterEach, expect, test } from 'vitest';
import type { PeerName } from './signalling.js';
import { LibwebrtcClient } from './testing/libwebrtc-client.js';
import { TestEngine } from './testing/test-engine.js';

const ROOM = 'room';
const clients: LibwebrtcClient[] = [];

afterEach(() => {
  for (const { connection } of clients.splice(0)) {
    connection.close();
  }
});

interface Participant {
  readonly client: LibwebrtcClient;
  readonly name: PeerName;
  readonly transportId: number;
}

async function join(
  engine: TestEngine,
  uid: string,
  prepare: (client: LibwebrtcClient) => void = (client) => client.addMicrophone(),
): Promise<Participant> {
  const client = new LibwebrtcClient();
  clients.push(client);
  prepare(client);
  const { name, answer, transportId } = engine.publish(ROOM, uid, await client.offer());
  await client.takeAnswer(answer);
  return { client, name, transportId };
}

async function speak(engine: TestEngine, uid: string): Promise<Participant> {
  const participant = await join(engine, uid);
  engine.startMedia(participant.transportId);
  return participant;
}

/** Polls once and answers what comes. */
async function poll(engine: TestEngine, { client, name }: Participant): Promise<boolean> {
  const offer = engine.control.subscribe(name);
  if (offer === null) {
    return false;
  }
  engine.answer(name, await client.answer(offer.sdp));
  return true;
}

function heardBy(engine: TestEngine, { transportId }: Participant): string[] {
  return engine.worker.subscriptionsOf(transportId).map(({ cname }) => cname);
}

test('libwebrtc hears everyone with the uid as stream id and the cid as track id', async () => {
  const engine = new TestEngine();
  const alice = await speak(engine, 'alice%2Bx~y');
  const bob = await speak(engine, 'bob');
  const carol = await speak(engine, 'carol');
  for (const participant of [alice, bob, carol]) {
    expect(await poll(engine, participant)).toBe(true);
    expect(await poll(engine, participant)).toBe(false);
  }
  expect(carol.client.tracks.map(({ streamId, trackId }) => [streamId, trackId])).toEqual([
    ['alice%2Bx~y', alice.name.cid],
    ['bob', bob.name.cid],
  ]);
  expect(heardBy(engine, carol)).toEqual([alice.name.cid, bob.name.cid]);
});

test('libwebrtc takes a recycled m-line and sees the new track on it', async () => {
  const engine = new TestEngine();
  const alice = await speak(engine, 'alice');
  const bob = await speak(engine, 'bob');
  await poll(engine, alice);
  const mid = alice.client.tracks[0]?.mid ?? '';
  engine.control.end(bob.name);
  await poll(engine, alice);
  expect(alice.client.directionOf(mid)).toBe('inactive');
  const carol = await speak(engine, 'carol');
  await poll(engine, alice);
  expect(alice.client.tracks[1]).toEqual({ streamId: 'carol', trackId: expect.any(String), mid });
  expect(alice.client.directionOf(mid)).toBe('recvonly');
  expect(heardBy(engine, alice)).toEqual([carol.name.cid]);
});

test('libwebrtc moves to another m-line when a uid publishes again, without a gap', async () => {
  const engine = new TestEngine();
  const alice = await speak(engine, 'alice');
  const bob = await speak(engine, 'bob');
  await poll(engine, alice);
  const again = await join(engine, 'bob');
  expect(await poll(engine, alice)).toBe(false);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  engine.startMedia(again.transportId);
  expect(engine.worker.subscriptionsOf(alice.transportId)[0]?.publicationId).toBe(
    engine.worker.publicationOf(again.transportId)?.publicationId,
  );
  await poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([again.name.cid]);
  expect(alice.client.tracks.map(({ trackId }) => trackId)).toEqual([bob.name.cid, again.name.cid]);
});

test('libwebrtc restarts ICE with m-lines of the engine among its own', async () => {
  const engine = new TestEngine();
  const alice = await speak(engine, 'alice');
  const bob = await speak(engine, 'bob');
  const carol = await speak(engine, 'carol');
  await poll(engine, alice);
  engine.control.end(bob.name);
  await poll(engine, alice);
  const answer = engine.restart(alice.name, await alice.client.offer({ iceRestart: true }));
  await alice.client.takeAnswer(answer);
  expect(alice.client.connection.signalingState).toBe('stable');
  expect(heardBy(engine, alice)).toEqual([carol.name.cid]);
  expect(engine.worker.messages.filter(({ type }) => type === 'restart-ice')).toHaveLength(1);
  const dave = await speak(engine, 'dave');
  await poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([carol.name.cid, dave.name.cid]);
});

test('libwebrtc offers its microphone only in a restart', async () => {
  const engine = new TestEngine();
  const alice = await join(engine, 'alice', ({ connection }) => {
    connection.addTransceiver('audio', { direction: 'recvonly' });
  });
  const bob = await speak(engine, 'bob');
  await poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  expect(alice.client.tracks).toMatchObject([{ streamId: 'bob', trackId: bob.name.cid }]);
  alice.client.addMicrophone();
  await alice.client.takeAnswer(engine.restart(alice.name, await alice.client.offer()));
  engine.startMedia(alice.transportId);
  await poll(engine, bob);
  expect(heardBy(engine, bob)).toEqual([alice.name.cid]);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  expect(await poll(engine, alice)).toBe(false);
});

test.each([
  ['a data channel alone', (client: LibwebrtcClient) => client.addDataChannel()],
  [
    'video alone',
    ({ connection }: LibwebrtcClient) => void connection.addTransceiver('video', { direction: 'sendrecv' }),
  ],
])('libwebrtc listens with %s', async (_, prepare) => {
  const engine = new TestEngine();
  const alice = await join(engine, 'alice', prepare);
  const bob = await speak(engine, 'bob');
  const carol = await speak(engine, 'carol');
  await poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid, carol.name.cid]);
  const answer = engine.restart(alice.name, await alice.client.offer({ iceRestart: true }));
  await alice.client.takeAnswer(answer);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid, carol.name.cid]);
});

test('libwebrtc speaks with video first and a data channel behind', async () => {
  const engine = new TestEngine();
  const alice = await join(engine, 'alice', (client) => {
    client.connection.addTransceiver('video', { direction: 'sendrecv' });
    client.addMicrophone();
    client.addDataChannel();
  });
  engine.startMedia(alice.transportId);
  const bob = await speak(engine, 'bob');
  await poll(engine, alice);
  await poll(engine, bob);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  expect(heardBy(engine, bob)).toEqual([alice.name.cid]);
  await alice.client.takeAnswer(engine.restart(alice.name, await alice.client.offer({ iceRestart: true })));
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
});

test('libwebrtc sets an offer whose predecessor it set and never answered', async () => {
  const engine = new TestEngine();
  const alice = await speak(engine, 'alice');
  const bob = await speak(engine, 'bob');
  const lost = engine.control.subscribe(alice.name);
  await alice.client.connection.setRemoteDescription(lost ?? { type: 'offer', sdp: '' });
  engine.control.end(bob.name);
  const carol = await speak(engine, 'carol');
  await poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([carol.name.cid]);
  expect(await poll(engine, alice)).toBe(false);
  const dave = await speak(engine, 'dave');
  await poll(engine, alice);
  expect(heardBy(engine, alice).sort()).toEqual([carol.name.cid, dave.name.cid].sort());
  expect(alice.client.connection.getTransceivers()).toHaveLength(3);
});
