/** Offers of the engine, and the clients' answers to them. */
import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import { heardBy, join, poll, shapeOf, speak } from './testing/negotiating-participant.js';
import { rpcErrorOf, TestEngine } from './testing/test-engine.js';

test('a publisher is offered when its media has arrived, not before', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = join(engine, 'bob');
  expect(engine.control.subscribe(alice.name)).toBeNull();
  engine.startMedia(bob.transportId);
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:sendonly']);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('media follows the answer, under the SSRC that was offered', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  const offer = engine.control.subscribe(alice.name)?.sdp ?? '';
  expect(heardBy(engine, alice)).toEqual([]);
  engine.answer(alice.name, alice.client.answer(offer));
  expect(engine.worker.subscriptionsOf(alice.transportId)).toEqual([
    {
      type: 'open-subscription',
      subscriptionId: expect.any(Number),
      publicationId: engine.worker.publicationOf(bob.transportId)?.publicationId,
      transportId: alice.transportId,
      ssrc: alice.client.receptions.get('k1')?.ssrc,
      payloadType: 111,
      redPayloadType: null,
      retransmission: null,
      audioLevelExtension: 1,
      cname: bob.name.cid,
    },
  ]);
});

test('msid is the uid and the cid verbatim, whatever characters clients put into a uid', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const uid = `user-1%3AeyJuIjoiw6QifQ%3D%3D~!'()*+${'x'.repeat(200)}`;
  const { name } = speak(engine, uid);
  expect(poll(engine, alice)).toContain(`a=msid:${uid} ${name.cid}\r\n`);
});

test('the audio level is not sent to a client that answers without its extension', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const offer = engine.control.subscribe(alice.name)?.sdp ?? '';
  const answer = alice.client.answer(offer).replaceAll(/a=extmap.*\r\n/g, '');
  engine.answer(alice.name, answer);
  expect(engine.worker.subscriptionsOf(alice.transportId)).toMatchObject([{ audioLevelExtension: null }]);
});

test('an answer that never comes wedges nothing: each offer is new and holds the newest state', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const offers = [1, 2, 3].map(() => engine.control.subscribe(alice.name)?.sdp ?? '');
  const carol = speak(engine, 'carol');
  offers.push(engine.control.subscribe(alice.name)?.sdp ?? '');
  const versions = offers.map((sdp) => parse(sdp).origin.sessionVersion);
  expect(versions).toEqual([2, 3, 4, 5]);
  expect(shapeOf(offers[3] ?? '')).toEqual(['0:recvonly', 'k1:sendonly', 'k2:sendonly']);
  poll(engine, alice);
  expect(heardBy(engine, alice)).toContain(carol.name.cid);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('an answer to an older offer counts for the m-lines that it has', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  const answer = alice.client.answer(engine.control.subscribe(alice.name)?.sdp ?? '');
  const carol = speak(engine, 'carol');
  engine.control.subscribe(alice.name);
  engine.answer(alice.name, answer);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid, carol.name.cid]);
});

test('a second answer to the same offer, and one without an offer, change nothing', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const answer = alice.client.answer(engine.control.subscribe(alice.name)?.sdp ?? '');
  engine.answer(alice.name, answer);
  const { length } = engine.worker.messages;
  engine.answer(alice.name, answer);
  engine.answer(alice.name, answer);
  expect(engine.worker.messages).toHaveLength(length);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('an answer that can answer no offer is refused and changes nothing', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const answer = alice.client.answer(engine.control.subscribe(alice.name)?.sdp ?? '');
  const other = answer.replaceAll('k1', 'x1');
  expect(rpcErrorOf(() => engine.answer(alice.name, other))).toBe('SET_REMOTE_ANSWER');
  const line = answer.slice(answer.lastIndexOf('m=audio'));
  const longer = `${answer.replace('BUNDLE 0 k1', 'BUNDLE 0 k1 k2')}${line.replace('mid:k1', 'mid:k2')}`;
  expect(rpcErrorOf(() => engine.answer(alice.name, longer))).toBe('SET_REMOTE_ANSWER');
  expect(rpcErrorOf(() => engine.control.answer(alice.name, '{}'))).toBe('INVALID_SDP');
  expect(heardBy(engine, alice)).toEqual([]);
  poll(engine, alice);
  expect(heardBy(engine, alice)).toHaveLength(1);
});

test('a leaver falls silent at once; its m-line becomes inactive and is then recycled', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  const before = alice.client.receptions.get('k1')?.ssrc;
  engine.control.end(bob.name);
  expect(heardBy(engine, alice)).toEqual([]);
  const carol = speak(engine, 'carol');
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:inactive', 'k2:sendonly']);
  const dave = speak(engine, 'dave');
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:sendonly', 'k2:sendonly']);
  expect(alice.client.receptions.get('k1')?.cid).toBe(dave.name.cid);
  expect(alice.client.receptions.get('k1')?.ssrc).not.toBe(before);
  expect(heardBy(engine, alice)).toEqual([carol.name.cid, dave.name.cid]);
});

test('a uid gets the m-line back that it had before', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  const carol = speak(engine, 'carol');
  poll(engine, alice);
  engine.control.end(bob.name);
  engine.control.end(carol.name);
  poll(engine, alice);
  speak(engine, 'carol');
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:inactive', 'k2:sendonly']);
});

test('a leaver that comes back before the client has answered keeps to the rules for a newcomer', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  engine.control.end(bob.name);
  const again = speak(engine, 'bob');
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:inactive', 'k2:sendonly']);
  expect(heardBy(engine, alice)).toEqual([again.name.cid]);
});

test('a uid that publishes again is heard on the old m-line until the answer moves it', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  const [held] = engine.worker.subscriptionsOf(alice.transportId);
  const again = join(engine, 'bob');
  expect(engine.control.subscribe(alice.name)).toBeNull();
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  const { length } = engine.worker.messages;
  engine.startMedia(again.transportId);
  const publicationId = engine.worker.publicationOf(again.transportId)?.publicationId;
  expect(engine.worker.messages.slice(length)).toEqual([
    { type: 'switch-subscription', subscriptionId: held?.subscriptionId, publicationId },
  ]);
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:inactive', 'k2:sendonly']);
  expect(engine.worker.messages.slice(length + 1)).toEqual([
    { type: 'close-subscription', subscriptionId: held?.subscriptionId },
    expect.objectContaining({ type: 'open-subscription', publicationId, cname: again.name.cid }),
  ]);
});

test('a uid that comes back as a listener falls silent', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  poll(engine, alice);
  join(engine, 'bob', 'recvonly');
  expect(heardBy(engine, alice)).toEqual([]);
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:inactive']);
});

test('a successor that is lost before its media arrives leaves silence behind', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  poll(engine, alice);
  engine.loseTransport(join(engine, 'bob').transportId);
  expect(heardBy(engine, alice)).toEqual([]);
});

test('a client that refuses a participant is not asked for ever', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  let offers = 0;
  for (let polls = 0; polls < 10; polls++) {
    const offer = engine.control.subscribe(alice.name);
    if (offer !== null) {
      offers++;
      engine.answer(alice.name, alice.client.answer(offer.sdp).replace('a=recvonly', 'a=inactive'));
    }
  }
  expect(offers).toBe(3);
  expect(heardBy(engine, alice)).toEqual([]);
  speak(engine, 'carol');
  poll(engine, alice);
  expect(heardBy(engine, alice)).toHaveLength(2);
});

test('a client that answers with the direction of its own track is not offered the same again', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  const offer = engine.control.subscribe(alice.name)?.sdp ?? '';
  engine.answer(alice.name, alice.client.answer(offer).replaceAll(/a=(recv|send)only/g, 'a=sendrecv'));
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('a client that stops an m-line is not offered it again', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  speak(engine, 'carol');
  const offer = engine.control.subscribe(alice.name)?.sdp ?? '';
  const answer = alice.client.answer(offer).split('m=audio 9');
  engine.answer(
    alice.name,
    [answer[0], answer[1], answer[2]?.replace(/^/, '\0'), answer[3]]
      .join('m=audio 9')
      .replace('m=audio 9\0', 'm=audio 0'),
  );
  expect(heardBy(engine, alice)).toHaveLength(1);
  expect(heardBy(engine, alice)).not.toContain(bob.name.cid);
  expect(engine.control.subscribe(alice.name)).toBeNull();
  engine.control.end(bob.name);
  speak(engine, 'dave');
  expect(shapeOf(engine.control.subscribe(alice.name)?.sdp ?? '')).toEqual([
    '0:recvonly',
    'k1:rejected',
    'k2:sendonly',
    'k3:sendonly',
  ]);
});

test('a publisher that stops sending in an answer falls silent, and is heard again when it resumes', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  const offer = engine.control.subscribe(bob.name)?.sdp ?? '';
  const answer = bob.client.answer(offer);
  engine.answer(bob.name, answer.replace('a=sendonly', 'a=inactive'));
  expect(heardBy(engine, alice)).toEqual([]);
  expect(heardBy(engine, bob)).toEqual([alice.name.cid]);
  engine.answer(bob.name, answer);
  engine.startMedia(bob.transportId);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('a publisher that pauses while the client knows it gone returns to its m-line', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  bob.client.setMicrophone('recvonly');
  bob.client.takeAnswer(engine.restart(bob.name, bob.client.offer()));
  expect(shapeOf(engine.control.subscribe(alice.name)?.sdp ?? '')).toEqual(['0:recvonly', 'k1:inactive']);
  bob.client.setMicrophone('sendrecv');
  bob.client.takeAnswer(engine.restart(bob.name, bob.client.offer()));
  engine.startMedia(bob.transportId);
  expect(shapeOf(poll(engine, alice))).toEqual(['0:recvonly', 'k1:sendonly']);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
});
