/** What participants see of each other while media flows: Google's WebRTC library in this process. */
import { parse } from 'sdp-transform';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ContractEngine } from './contract-engine.js';
import { msidsOf, opusPayloadTypes, shapeOf } from './sdp.js';
import { WrtcParticipant } from './wrtc-participant.js';

const TRACK_NOT_FOUND = 5002003;

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

let participants: WrtcParticipant[] = [];
let room = 0;
afterEach(() => {
  for (const participant of participants) participant.close();
  participants = [];
  room++;
});

function participant(uid: string): WrtcParticipant {
  const one = new WrtcParticipant(engine, `room-${room}`, uid);
  participants.push(one);
  return one;
}

function until(isSo: () => boolean | Promise<boolean>): Promise<unknown> {
  return vi.waitUntil(isSo, { timeout: 15_000, interval: 50 });
}

/** Polls until the participant hears exactly these uids. */
function untilHears(one: WrtcParticipant, ...uids: readonly string[]): Promise<unknown> {
  return until(async () => {
    await one.poll();
    return one.hears().join() === [...uids].sort().join();
  });
}

/** Polls, without answering, until there is an offer. */
async function nextOffer(one: WrtcParticipant): Promise<string> {
  return vi.waitUntil(async () => (await one.subscribe()).sdp, { timeout: 15_000, interval: 50 });
}

test("a client's procedure from turn to end, as Kraken's clients go through it", async () => {
  expect(await engine.call('turn', 'alice')).toEqual([]);
  const alice = await participant('alice').speak();
  for (const candidate of alice.candidates) {
    const json = JSON.stringify(candidate);
    expect(await engine.call('trickle', alice.rid, alice.uid, alice.cid, json)).toEqual({});
  }
  const bob = await participant('bob').speak();
  await Promise.all([untilHears(alice, 'bob'), untilHears(bob, 'alice')]);
  await alice.end();
  await untilHears(bob);
  await bob.end();
  expect(await engine.call('list', alice.rid)).toEqual({ peers: [] });
});

test.each([
  "a%20b~!'()*-_.",
  'user:YmFzZTY0',
  'eyJuYW1lIjoiw4QifQ==',
  'userId~sessionId',
  '3d8e7f0a-2a60-4b9d-8b4b-6d1d0c9f7e21:Qm9i',
])('msid is the uid %s and the cid, verbatim: stream.id and track.id', async (uid) => {
  const alice = await participant('alice').listen();
  const speaker = await participant(uid).speak();
  const offer = await nextOffer(alice);
  expect(msidsOf(offer)).toEqual([{ stream: uid, track: speaker.cid }]);
  await untilHears(alice, uid);
  expect([...alice.streams.values()]).toMatchObject([{ streamId: uid, trackId: speaker.cid }]);
});

test('the offer has one m-line per other participant, in one BUNDLE group with RTCP-MUX and ICE-lite', async () => {
  const alice = await participant('alice').speak();
  for (const uid of ['bob', 'carol', 'dave']) await participant(uid).speak();
  await untilHears(alice, 'bob', 'carol', 'dave');
  const offer = (await alice.subscribe()).sdp;
  expect(offer).toBe('');
  await participant('erin').speak();
  const { icelite, groups, media } = parse(await nextOffer(alice));
  expect(media.map(({ direction }) => direction)).toEqual(['recvonly', ...Array(4).fill('sendonly')]);
  expect(media.every(({ rtcpMux }) => rtcpMux === 'rtcp-mux')).toBe(true);
  expect(icelite).toBe('ice-lite');
  expect(groups).toEqual([{ type: 'BUNDLE', mids: media.map(({ mid }) => mid).join(' ') }]);
  expect(new Set(media.map(({ port }) => port)).size).toBe(1);
});

test('the whole data of subscribe, and JSON.parse of its jsep, can be given to setRemoteDescription', async () => {
  const alice = await participant('alice').listen();
  await participant('bob').speak();
  await nextOffer(alice);
  const data = await alice.subscribe();
  expect(Object.keys(data)).toEqual(['type', 'sdp', 'jsep']);
  expect(JSON.parse(data.jsep)).toEqual({ type: data.type, sdp: data.sdp });
  await alice.connection.setRemoteDescription(data);
  await alice.connection.setRemoteDescription(JSON.parse(data.jsep));
  await alice.answer();
  await untilHears(alice, 'bob');
});

test("a leaver's m-line turns inactive and is not removed, and serves a later publisher", async () => {
  const alice = await participant('alice').speak();
  const bob = await participant('bob').speak();
  await untilHears(alice, 'bob');
  await bob.end();
  const leaving = await nextOffer(alice);
  expect(shapeOf(leaving)).toEqual(['audio:recvonly', 'audio:inactive']);
  expect(msidsOf(leaving)).toEqual([]);
  await untilHears(alice);
  const carol = await participant('carol').speak();
  const recycled = await nextOffer(alice);
  expect(shapeOf(recycled)).toEqual(['audio:recvonly', 'audio:sendonly']);
  expect(msidsOf(recycled)).toEqual([{ stream: 'carol', track: carol.cid }]);
  await untilHears(alice, 'carol');
});

test('an answer that never comes wedges nothing: the next offer holds the newest state', async () => {
  const alice = await participant('alice').speak();
  await participant('bob').speak();
  const first = await nextOffer(alice);
  const second = await nextOffer(alice);
  expect(msidsOf(second)).toEqual(msidsOf(first));
  expect(versionOf(second)).toBeGreaterThan(versionOf(first));
  await participant('carol').speak();
  await until(async () => msidsOf((await alice.subscribe()).sdp).length === 2);
  await untilHears(alice, 'bob', 'carol');
  expect((await alice.subscribe()).type).toBe('unknown');
});

test('a client that set an offer and skipped the answer takes the repeated one', async () => {
  const alice = await participant('alice').speak();
  await participant('bob').speak();
  const sdp = await nextOffer(alice);
  await alice.connection.setRemoteDescription({ type: 'offer', sdp });
  await participant('carol').speak();
  await untilHears(alice, 'bob', 'carol');
});

test('an answer that comes twice, or late, changes nothing', async () => {
  const alice = await participant('alice').speak();
  await participant('bob').speak();
  await untilHears(alice, 'bob');
  await alice.sendAnswer();
  await alice.sendAnswer();
  expect((await alice.subscribe()).type).toBe('unknown');
  await participant('carol').speak();
  await nextOffer(alice);
  await alice.sendAnswer();
  await untilHears(alice, 'bob', 'carol');
});

test('listeners that offer recvonly, and those that send nothing, hear and are not offered', async () => {
  const silent = participant('silent');
  silent.connection.addTransceiver('audio', { direction: 'sendrecv' });
  await silent.publish();
  const recvonly = await participant('recvonly').listen();
  await participant('speaker').speak();
  await Promise.all([untilHears(silent, 'speaker'), untilHears(recvonly, 'speaker')]);
  expect((await silent.subscribe()).type).toBe('unknown');
  const { peers } = await engine.call('list', silent.rid);
  expect(peers.map(({ id }) => id)).toEqual(['silent', 'recvonly', 'speaker']);
});

test('who publishes again with the same uid is heard in place of the old peer, which is displaced', async () => {
  const alice = await participant('alice').speak();
  const old = await participant('bob').speak();
  await untilHears(alice, 'bob');
  const current = await participant('bob').speak();
  expect(await engine.codeOf('subscribe', old.rid, 'bob', old.cid)).toBe(TRACK_NOT_FOUND);
  await until(async () => {
    await alice.poll();
    return [...alice.streams.values()].some(({ trackId }) => trackId === current.cid);
  });
  await untilHears(alice, 'bob');
  await untilHears(current, 'alice');
});

test('restart goes on with the call under new ICE credentials', async () => {
  const alice = await participant('alice').speak();
  const bob = await participant('bob').speak();
  await Promise.all([untilHears(alice, 'bob'), untilHears(bob, 'alice')]);
  await bob.restart();
  await until(() => bob.connection.connectionState === 'connected');
  await Promise.all([untilHears(alice, 'bob'), untilHears(bob, 'alice')]);
});

test('a subscriber is offered Opus under the payload type of its own offer', async () => {
  const listener = await participant('listener').listen();
  await participant('speaker').speak();
  const payloadTypes = opusPayloadTypes(await nextOffer(listener));
  expect(new Set(payloadTypes)).toEqual(new Set([111]));
});

function versionOf(sdp: string): number {
  return Number(parse(sdp).origin.sessionVersion);
}
