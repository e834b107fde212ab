/** Who is let in, who is displaced, and which code each one gets: clients decide by it whether to rejoin. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOffer } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf } from './sdp.js';

const ROOM_FULL = 5002000;
const PEER_NOT_FOUND = 5002001;
const PEER_CLOSED = 5002002;
const TRACK_NOT_FOUND = 5002003;

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

const OFFER = loadOffer('chromium-microphone');
const JSEP = offerOf(OFFER);
const ANSWER = JSON.stringify({ type: 'answer', sdp: OFFER });
const CANDIDATE = JSON.stringify({ candidate: 'candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host' });

const CALLS: readonly [method: string, ...more: readonly string[]][] = [
  ['subscribe'],
  ['answer', ANSWER],
  ['restart', JSEP],
  ['trickle', CANDIDATE],
  ['end'],
];

async function publish(rid: string, uid: string, ...more: readonly unknown[]): Promise<string> {
  return (await engine.call('publish', rid, uid, JSEP, ...more)).track;
}

describe('limit', () => {
  test('at the limit a new uid gets 5002000, and the same uid may come back', async () => {
    await publish('full', 'a', 2, '');
    const before = await publish('full', 'b', 2, '');
    expect(await engine.failureOf('publish', 'full', 'c', JSEP, 2, '')).toMatchObject({
      status: 202,
      code: ROOM_FULL,
    });
    const again = await publish('full', 'b', 2, '');
    expect(again).not.toBe(before);
    const { peers } = await engine.call('list', 'full');
    expect(peers.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('who leaves makes room', async () => {
    const a = await publish('rotating', 'a', 1, '');
    expect(await engine.codeOf('publish', 'rotating', 'b', JSEP, 1, '')).toBe(ROOM_FULL);
    await engine.call('end', 'rotating', 'a', a);
    expect(await engine.codeOf('publish', 'rotating', 'b', JSEP, 1, '')).toBe(0);
  });

  test('counts with exactly five params: neither with three, four nor six', async () => {
    await publish('five', 'a', 1, '');
    expect(await engine.codeOf('publish', 'five', 'b', JSEP, 1, '')).toBe(ROOM_FULL);
    expect(await engine.codeOf('publish', 'five', 'b', JSEP)).toBe(0);
    expect(await engine.codeOf('publish', 'five', 'c', JSEP, 1)).toBe(0);
    expect(await engine.codeOf('publish', 'five', 'd', JSEP, 1, '', 'more')).toBe(0);
  });

  test('0 is none, and a string of digits is a number', async () => {
    await publish('numbers', 'a', 0, '');
    expect(await engine.codeOf('publish', 'numbers', 'b', JSEP, 0, '')).toBe(0);
    expect(await engine.codeOf('publish', 'numbers', 'c', JSEP, '2', '')).toBe(ROOM_FULL);
  });
});

describe('callback', () => {
  test.each(['http://app.example.org/', 'ftp://app.example.org/', 'app.example.org', null, 7])(
    '%j, which is no https URL, is 5001000',
    async (callback) => {
      expect(await engine.codeOf('publish', 'callback', 'u', JSEP, 0, callback)).toBe(5001000);
    },
  );
});

describe('who publishes again with the same uid', () => {
  test('takes the place of the old peer, which gets 5002003 on every method and no rejoin code', async () => {
    const old = await publish('tabs', 'u');
    const current = await publish('tabs', 'u');
    expect(await engine.call('list', 'tabs')).toEqual({ peers: [{ id: 'u', track: current }] });
    for (const [method, ...more] of CALLS) {
      expect([method, await engine.codeOf(method, 'tabs', 'u', old, ...more)]).toEqual([
        method,
        TRACK_NOT_FOUND,
      ]);
    }
    expect(await engine.codeOf('subscribe', 'tabs', 'u', current)).toBe(0);
  });

  test('leaves the old peer at 5002003 even when it ends itself, so that nobody rejoins', async () => {
    const old = await publish('tabs-closed', 'u');
    const current = await publish('tabs-closed', 'u');
    await engine.call('end', 'tabs-closed', 'u', current);
    for (const [method, ...more] of CALLS) {
      expect([method, await engine.codeOf(method, 'tabs-closed', 'u', old, ...more)]).toEqual([
        method,
        TRACK_NOT_FOUND,
      ]);
    }
  });

  test('with another cid than was ever there is 5002003 too', async () => {
    await publish('made-up', 'u');
    expect(await engine.codeOf('subscribe', 'made-up', 'u', 'no-such-cid')).toBe(TRACK_NOT_FOUND);
    expect(await engine.codeOf('subscribe', 'made-up', 'u', '')).toBe(TRACK_NOT_FOUND);
  });
});

test('who was never there gets 5002001 on every method', async () => {
  await publish('others', 'somebody');
  for (const rid of ['others', 'nowhere']) {
    for (const [method, ...more] of CALLS) {
      expect([method, await engine.codeOf(method, rid, 'stranger', 'cid', ...more)]).toEqual([
        method,
        PEER_NOT_FOUND,
      ]);
    }
  }
});

test('who has left gets 5002002 on every method, with status 202, and may publish again', async () => {
  const cid = await publish('left', 'u');
  await engine.call('end', 'left', 'u', cid);
  for (const [method, ...more] of CALLS) {
    expect(await engine.failureOf(method, 'left', 'u', cid, ...more)).toMatchObject({
      status: 202,
      code: PEER_CLOSED,
    });
  }
  expect(await publish('left', 'u')).not.toBe(cid);
});
