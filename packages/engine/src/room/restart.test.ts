/** Offers that participants make again: ICE restarts, and what else a client may change by one. */
import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import { loadOffer } from '../sdp/fixtures/load.js';
import { heardBy, poll, shapeOf, speak } from './testing/negotiating-participant.js';
import { rpcErrorOf, TestEngine } from './testing/test-engine.js';

test('a restart changes the ICE credentials of both sides and nothing else', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const before = parse(poll(engine, alice) ?? '').media[0]?.iceUfrag;
  const { length } = engine.worker.messages;
  const offer = alice.client.offer(true);
  const answer = engine.restart(alice.name, offer);
  alice.client.takeAnswer(answer);
  const [media] = parse(answer).media;
  expect(engine.worker.messages.slice(length)).toEqual([
    {
      type: 'restart-ice',
      transportId: alice.transportId,
      ice: {
        localUfrag: String(media?.iceUfrag),
        localPassword: String(media?.icePwd),
        remoteUfrag: String(parse(offer).media[0]?.iceUfrag),
        remotePassword: 'p'.repeat(24),
      },
    },
  ]);
  expect(media?.iceUfrag).not.toBe(before);
  expect(shapeOf(answer)).toEqual(['0:recvonly', 'k1:sendonly']);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('an offer with unchanged credentials is answered with unchanged credentials', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const before = parse(poll(engine, alice) ?? '').media[0]?.iceUfrag;
  const answer = engine.restart(alice.name, alice.client.offer());
  expect(parse(answer).media[0]?.iceUfrag).toBe(before);
  expect(engine.worker.messages.map(({ type }) => type)).not.toContain('restart-ice');
});

test('a restart while an offer of the engine is out is taken, and the offer made again', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  alice.client.setOffer(engine.control.subscribe(alice.name)?.sdp ?? '');
  const answer = engine.restart(alice.name, alice.client.offer(true));
  alice.client.takeAnswer(answer);
  expect(shapeOf(answer)).toEqual(['0:recvonly']);
  poll(engine, alice);
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
});

test('a restart after a lost answer counts as that answer', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  alice.client.answer(engine.control.subscribe(alice.name)?.sdp ?? '');
  alice.client.takeAnswer(engine.restart(alice.name, alice.client.offer(true)));
  expect(heardBy(engine, alice)).toEqual([bob.name.cid]);
  expect(engine.control.subscribe(alice.name)).toBeNull();
});

test('a restart that pauses a participant stops its media until another resumes it', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  poll(engine, alice);
  const offer = alice.client.offer(true);
  const paused = engine.restart(alice.name, offer.replace('a=recvonly', 'a=inactive'));
  expect(shapeOf(paused)).toEqual(['0:recvonly', 'k1:inactive']);
  expect(heardBy(engine, alice)).toEqual([]);
  expect(engine.control.subscribe(alice.name)).toBeNull();
  expect(shapeOf(engine.restart(alice.name, offer))).toEqual(['0:recvonly', 'k1:sendonly']);
  expect(heardBy(engine, alice)).toHaveLength(1);
});

test('a restart that renumbers Opus moves media to the new payload type', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, alice);
  poll(engine, bob);
  const offer = alice.client
    .offer()
    .replaceAll('SAVPF 111', 'SAVPF 109')
    .replaceAll('rtpmap:111', 'rtpmap:109');
  const [toBob] = engine.worker.subscriptionsOf(bob.transportId);
  engine.restart(alice.name, offer);
  expect(engine.worker.subscriptionsOf(alice.transportId)).toMatchObject([{ payloadType: 109 }]);
  engine.startMedia(alice.transportId);
  const publication = engine.worker.publicationOf(alice.transportId);
  expect(publication?.payloadType).toBe(109);
  expect(engine.worker.subscriptionsOf(bob.transportId)).toMatchObject([
    { subscriptionId: toBob?.subscriptionId, publicationId: publication?.publicationId },
  ]);
  expect(engine.control.subscribe(bob.name)).toBeNull();
});

test('a restart by another certificate is refused and changes nothing', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const { length } = engine.worker.messages;
  const offer = alice.client.offer(true).replaceAll('sha-256 C3', 'sha-256 C4');
  expect(rpcErrorOf(() => engine.restart(alice.name, offer))).toBe('SET_REMOTE_OFFER');
  expect(engine.worker.messages).toHaveLength(length);
});

test('a restart without m-lines that were negotiated, or with other mids, is refused', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  const first = alice.client.offer();
  poll(engine, alice);
  expect(rpcErrorOf(() => engine.restart(alice.name, first))).toBe('SET_REMOTE_OFFER');
  const renamed = alice.client.offer().replaceAll('k1', 'x1');
  expect(rpcErrorOf(() => engine.restart(alice.name, renamed))).toBe('SET_REMOTE_OFFER');
});

test('a restart may put a new microphone where video was rejected', () => {
  const engine = new TestEngine();
  const offer = loadOffer('firefox-max-bundle');
  const { name, transportId } = engine.publish('room', 'alice', offer);
  const [head = '', audio = ''] =
    offer
      .replace('BUNDLE 0 1', 'BUNDLE 0 2')
      .split(/m=video[\s\S]*/)[0]
      ?.split('m=') ?? [];
  const second = audio.replace('a=mid:0', 'a=mid:2').replaceAll(/a=ssrc.*\r\n/g, '');
  const answer = engine.restart(name, `${head}m=${audio.replace('sendrecv', 'inactive')}m=${second}`);
  expect(shapeOf(answer)).toEqual(['0:inactive', '2:recvonly']);
  expect(engine.worker.publicationOf(transportId)).toMatchObject({ mid: '2', ssrcs: [] });
});

test('an m-line that is video all at once, under the same mid, is answered as video and heard no longer', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  const bob = speak(engine, 'bob');
  poll(engine, bob);
  const offer = alice.client.offer();
  const [session = '', microphone = ''] = offer.split(/^(?=m=)/m);
  const video = microphone.replace('m=audio', 'm=video').replace('opus/48000/2', 'VP8/90000');
  const answer = engine.restart(
    alice.name,
    session.replace('BUNDLE 0', 'BUNDLE 0 1') + video + microphone.replaceAll('a=mid:0', 'a=mid:1'),
  );
  expect(parse(answer).media.map(({ type, port }) => [type, port === 0])).toEqual([
    ['video', true],
    ['audio', false],
  ]);
  expect(heardBy(engine, bob)).toEqual([alice.name.cid]);
  expect(engine.worker.publicationOf(alice.transportId)?.mid).toBe('1');
});

test('a stopped m-line that the client gives to another transceiver stops what it carried', () => {
  const engine = new TestEngine();
  const alice = speak(engine, 'alice');
  speak(engine, 'bob');
  poll(engine, alice);
  const offer = alice.client.offer();
  const at = offer.lastIndexOf('m=audio 9');
  const stopped = `${offer.slice(0, at).replace('BUNDLE 0 k1', 'BUNDLE 0')}${offer.slice(at).replace('audio 9', 'audio 0').replace('k1', 'gone')}`;
  const answer = engine.restart(alice.name, stopped);
  expect(shapeOf(answer)).toEqual(['0:recvonly', 'gone:rejected']);
  expect(heardBy(engine, alice)).toEqual([]);
  expect(shapeOf(engine.control.subscribe(alice.name)?.sdp ?? '')).toEqual([
    '0:recvonly',
    'gone:rejected',
    'k2:sendonly',
  ]);
});
