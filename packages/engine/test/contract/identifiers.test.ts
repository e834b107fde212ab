/** Ids of rooms and users: taken in every encoding that clients write, and never rewritten. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOffer } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf } from './sdp.js';

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

const JSEP = offerOf(loadOffer('chromium-microphone'));

const IDS = [
  '3d8e7f0a-2a60-4b9d-8b4b-6d1d0c9f7e21',
  'a+b',
  'a%20b',
  'a%2Bb',
  'a%2bb',
  "it's!(a)*~room-_.",
  'it%27s%21%28a%29%2A',
  'user:YmFzZTY0',
  'user%3AYmFzZTY0',
  'eyJuYW1lIjoiw4QifQ==',
  'eyJuYW1lIjoiw4QifQ%3D%3D',
  'userId~sessionId',
  '~',
  '!',
  '0',
  '007',
  '1e3',
  '__proto__',
  '%FF%FE',
  'a/b?c=d&e#f',
  'x'.repeat(256),
];

describe('an id in any form that decodes', () => {
  test.each(IDS)('%j is taken and echoed verbatim', async (id) => {
    const { track } = await engine.call('publish', id, id, JSEP);
    expect(await engine.call('list', id)).toEqual({ peers: [{ id, track }] });
    expect(await engine.codeOf('subscribe', id, id, track)).toBe(0);
    await engine.call('end', id, id, track);
    expect(await engine.call('list', id)).toEqual({ peers: [] });
  });

  test('two spellings of one id are two ids', async () => {
    for (const uid of ['a+b', 'a%20b', 'a%2Bb', 'a%2bb'])
      await engine.call('publish', 'spellings', uid, JSEP);
    const { peers } = await engine.call('list', 'spellings');
    expect(peers.map(({ id }) => id)).toEqual(['a+b', 'a%20b', 'a%2Bb', 'a%2bb']);
    expect(await engine.call('list', 'spellings%20')).toEqual({ peers: [] });
  });

  test('a room may have any characters but white space and controls', async () => {
    const { track } = await engine.call('publish', 'Zimmer-Ä-部屋', 'u', JSEP);
    expect(await engine.call('list', 'Zimmer-Ä-部屋')).toEqual({ peers: [{ id: 'u', track }] });
  });
});

describe('an id is refused with 5001000', () => {
  test.each(['', '%', '%zz', 'a b', 'a\nb', 'a\u2028b', 'x'.repeat(257), 7, null, {}])(
    '%j as room and as user',
    async (id) => {
      expect(await engine.failureOf('publish', id, 'u', JSEP)).toMatchObject({ status: 202, code: 5001000 });
      expect(await engine.failureOf('publish', 'r', id, JSEP)).toMatchObject({ status: 202, code: 5001000 });
      expect(await engine.codeOf('subscribe', 'r', id, 'c')).toBe(5001000);
      expect(await engine.codeOf('list', id)).toBe(5001000);
    },
  );

  test('a user beyond ASCII, whose msid Firefox would refuse', async () => {
    const { code, description } = await engine.failureOf('publish', 'r', '部屋', JSEP);
    expect(code).toBe(5001000);
    expect(description).toBe('uid holds characters beyond ASCII, which have to be URL-encoded');
    expect(await engine.codeOf('publish', 'r', encodeURIComponent('部屋'), JSEP)).toBe(0);
  });
});
