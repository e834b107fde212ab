import { expect, test } from 'vitest';
import { loadOffer } from '../sdp/fixtures/load.js';
import { MAX_MISMATCHED_ANSWERS } from './slot.js';
import { LibdatachannelClient } from './testing/libdatachannel-client.js';
import { TestEngine } from './testing/test-engine.js';

test('libdatachannel hears others come, go and be followed on the same m-line', async () => {
  const engine = new TestEngine();
  const client = new LibdatachannelClient();
  const alice = engine.publish('room', 'alice', await client.offer());
  client.takeAnswer(alice.answer);
  engine.startMedia(alice.transportId);
  const speak = (uid: string) => {
    const peer = engine.publish('room', uid, loadOffer('chromium-microphone'));
    engine.startMedia(peer.transportId);
    return peer.name;
  };
  const poll = async () => {
    const offer = engine.control.subscribe(alice.name);
    if (offer !== null) {
      engine.answer(alice.name, await client.answer(offer.sdp));
    }
    return engine.worker.subscriptionsOf(alice.transportId).map(({ cname }) => cname);
  };

  const bob = speak('bob');
  const carol = speak('carol');
  expect(await poll()).toEqual([bob.cid, carol.cid]);
  expect(engine.control.subscribe(alice.name)).toBeNull();
  engine.control.end(bob);
  // It answers recvonly to inactive, so it is asked again, and not for ever.
  for (let answers = 0; answers < MAX_MISMATCHED_ANSWERS; answers++) {
    expect(await poll()).toEqual([carol.cid]);
  }
  expect(engine.control.subscribe(alice.name)).toBeNull();
  const dave = speak('dave');
  expect(await poll()).toEqual([carol.cid, dave.cid]);
  expect(engine.worker.publicationOf(alice.transportId)).toMatchObject({ mid: 'audio', ssrcs: [4711] });
  client.close();
});
