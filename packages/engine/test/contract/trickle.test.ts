/** The forms in which candidates come. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOffer } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf } from './sdp.js';

let engine: ContractEngine;
let cid = '';
beforeAll(async () => {
  engine = await ContractEngine.start();
  const jsep = offerOf(loadOffer('chromium-microphone'));
  cid = (await engine.call('publish', 'room', 'u', jsep)).track;
});
afterAll(() => engine.stop());

const HOST = 'candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0';
const MDNS = 'candidate:0 1 UDP 2122252543 8f2b9e2c-6e5b-4d3c-9d1e-3a1f6f0e2c11.local 59142 typ host';

const EMPTY = [
  'null',
  '{"candidate":""}',
  '{"candidate":"","sdpMid":"0","sdpMLineIndex":0}',
  '{"sdp":""}',
  '""',
];

describe('an empty candidate answers {}', () => {
  test.each(EMPTY)('%s', async (candidate) => {
    expect(await engine.call('trickle', 'room', 'u', cid, candidate)).toEqual({});
  });

  test('null in the place of JSON', async () => {
    expect(await engine.call('trickle', 'room', 'u', cid, null)).toEqual({});
  });

  test.each(EMPTY)('%s with the cid "" of a client that has not heard of publish', async (candidate) => {
    expect(await engine.call('trickle', 'room', 'u', '', candidate)).toEqual({});
    expect(await engine.call('trickle', 'no-such-room', 'u', '', candidate)).toEqual({});
  });
});

describe('a candidate answers {}', () => {
  test.each([
    JSON.stringify({ candidate: HOST, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'OFBM' }),
    JSON.stringify({ candidate: MDNS, sdpMid: '0', sdpMLineIndex: 0 }),
    JSON.stringify({ sdp: HOST, sdpMid: '0', sdpMLineIndex: 0 }),
    JSON.stringify({ sdp: HOST, sdpMLineIndex: 0, type: 'candidate' }),
  ])('%s', async (candidate) => {
    expect(await engine.call('trickle', 'room', 'u', cid, candidate)).toEqual({});
  });

  test('before publish has answered (cid ""), and sends nobody back to the start', async () => {
    const candidate = JSON.stringify({ candidate: HOST });
    expect(await engine.call('trickle', 'not-yet', 'u', '', candidate)).toEqual({});
    expect(await engine.call('trickle', 'room', 'u', '', candidate)).toEqual({});
  });
});

test.each(['{', '7', '{"candidate":7}', '{"candidate":"hello"}'])(
  '%j is no candidate: 5001002',
  async (candidate) => {
    expect(await engine.failureOf('trickle', 'room', 'u', cid, candidate)).toMatchObject({
      status: 202,
      code: 5001002,
    });
  },
);
