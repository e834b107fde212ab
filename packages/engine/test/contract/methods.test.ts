/** The shape of each method's data, member for member. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOffer } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf } from './sdp.js';

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

const OFFER = loadOffer('chromium-microphone');
const JSEP = offerOf(OFFER);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The same offer with other ICE credentials, as `createOffer({ iceRestart: true })` makes it. */
const RESTART = offerOf(
  OFFER.replaceAll(/a=ice-ufrag:.*\r\n/g, 'a=ice-ufrag:RST1\r\n').replaceAll(
    /a=ice-pwd:.*\r\n/g,
    `a=ice-pwd:${'p'.repeat(24)}\r\n`,
  ),
);

describe('data of', () => {
  test('info is the counters, and the time of their last change', async () => {
    const before = await engine.call('info');
    expect(Object.keys(before)).toEqual([
      'updated_at',
      'active_peers',
      'closed_peers',
      'active_rooms',
      'closed_rooms',
    ]);
    const { track } = await engine.call('publish', 'counted', 'u', JSEP);
    const during = await engine.call('info');
    expect(during).toMatchObject({
      active_peers: before.active_peers + 1,
      active_rooms: before.active_rooms + 1,
    });
    await engine.call('end', 'counted', 'u', track);
    const after = await engine.call('info');
    expect(after).toMatchObject({
      active_peers: before.active_peers,
      closed_peers: before.closed_peers + 1,
      active_rooms: before.active_rooms,
      closed_rooms: before.closed_rooms + 1,
    });
    expect(after.updated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(after.updated_at)).toBeGreaterThanOrEqual(Date.parse(during.updated_at));
  });

  test('publish is track, sdp as an object and jsep as its JSON', async () => {
    const data = await engine.call('publish', 'shape', 'u', JSEP);
    expect(Object.keys(data)).toEqual(['track', 'sdp', 'jsep']);
    expect(data.track).toMatch(UUID);
    expect(data.sdp).toEqual({ type: 'answer', sdp: expect.stringMatching(/^v=0\r\n/) });
    expect(JSON.parse(data.jsep)).toEqual(data.sdp);
  });

  test('restart is jsep alone', async () => {
    const { track, sdp } = await engine.call('publish', 'restarted', 'u', JSEP);
    const data = await engine.call('restart', 'restarted', 'u', track, RESTART);
    expect(Object.keys(data)).toEqual(['jsep']);
    const answer = JSON.parse(data.jsep);
    expect(answer).toEqual({ type: 'answer', sdp: expect.stringMatching(/^v=0\r\n/) });
    expect(/a=ice-ufrag:(.*)\r\n/.exec(answer.sdp)?.[1]).not.toBe(/a=ice-ufrag:(.*)\r\n/.exec(sdp.sdp)?.[1]);
    expect(/a=fingerprint:.*/.exec(answer.sdp)?.[0]).toBe(/a=fingerprint:.*/.exec(sdp.sdp)?.[0]);
    expect(await engine.call('list', 'restarted')).toEqual({ peers: [{ id: 'u', track }] });
  });

  test('subscribe with nothing new is an unknown type, an empty sdp and a jsep that parses', async () => {
    const { track } = await engine.call('publish', 'alone', 'u', JSEP);
    for (let poll = 0; poll < 3; poll++) {
      const data = await engine.call('subscribe', 'alone', 'u', track);
      expect(data).toEqual({ type: 'unknown', sdp: '', jsep: '{"type":"unknown","sdp":""}' });
      expect(JSON.parse(data.jsep)).toEqual({ type: 'unknown', sdp: '' });
    }
  });

  test('end and trickle is an empty object', async () => {
    const { track } = await engine.call('publish', 'ended', 'u', JSEP);
    expect(await engine.call('trickle', 'ended', 'u', track, 'null')).toEqual({});
    expect(await engine.call('end', 'ended', 'u', track)).toEqual({});
  });

  test('list leaves closed peers out, and asking for a room does not make one', async () => {
    const first = await engine.call('publish', 'listed', 'first', JSEP);
    const second = await engine.call('publish', 'listed', 'second', JSEP);
    expect(await engine.call('list', 'listed')).toEqual({
      peers: [
        { id: 'first', track: first.track },
        { id: 'second', track: second.track },
      ],
    });
    await engine.call('end', 'listed', 'first', first.track);
    expect(await engine.call('list', 'listed')).toEqual({ peers: [{ id: 'second', track: second.track }] });
    const { active_rooms } = await engine.call('info');
    expect(await engine.call('list', 'nobody-was-ever-here')).toEqual({ peers: [] });
    expect(await engine.call('info')).toMatchObject({ active_rooms });
  });
});

describe('params', () => {
  test.each([
    ['turn', []],
    ['info', ['x']],
    ['list', []],
    ['publish', ['r', 'u']],
    ['restart', ['r', 'u', 'c']],
    ['end', ['r', 'u']],
    ['trickle', ['r', 'u', 'c']],
    ['subscribe', ['r', 'u']],
    ['answer', ['r', 'u', 'c']],
    ['answer', ['r', 'u', 'c', { type: 'answer', sdp: 'v=0' }]],
  ])('%s %j is 5001000', async (method, params) => {
    expect(await engine.failureOf(method, ...params)).toMatchObject({ status: 202, code: 5001000 });
  });

  test.each([
    ['publish', ['r', 'u', '{']],
    ['publish', ['r', 'u', '{"type":"answer","sdp":"v=0"}']],
    ['publish', ['r', 'u', '{"type":"offer","sdp":"hello"}']],
  ])('%s %j is 5001001', async (method, params) => {
    expect(await engine.failureOf(method, ...params)).toMatchObject({ status: 202, code: 5001001 });
    expect(await engine.call('list', 'r')).toEqual({ peers: [] });
  });

  test('an answer or a restart that is no SDP is 5001001 and changes nothing', async () => {
    const { track } = await engine.call('publish', 'broken', 'u', JSEP);
    expect(await engine.codeOf('answer', 'broken', 'u', track, '{')).toBe(5001001);
    expect(await engine.codeOf('answer', 'broken', 'u', track, JSEP)).toBe(5001001);
    expect(await engine.codeOf('restart', 'broken', 'u', track, 'x')).toBe(5001001);
    expect(await engine.codeOf('subscribe', 'broken', 'u', track)).toBe(0);
  });

  test('an answer that answers no offer is 5003008 with status 500, and changes nothing', async () => {
    const { track } = await engine.call('publish', 'unasked', 'u', JSEP);
    const sdp = OFFER.replace('a=mid:0', 'a=mid:9').replace('BUNDLE 0', 'BUNDLE 9');
    const answer = JSON.stringify({ type: 'answer', sdp });
    expect(await engine.failureOf('answer', 'unasked', 'u', track, answer)).toMatchObject({
      status: 500,
      code: 5003008,
    });
    expect(await engine.codeOf('subscribe', 'unasked', 'u', track)).toBe(0);
  });

  test('a restart that is no continuation of the call is 5003005 with status 500', async () => {
    const { track } = await engine.call('publish', 'torn', 'u', JSEP);
    const other = offerOf(loadOffer('firefox-microphone'));
    expect(await engine.failureOf('restart', 'torn', 'u', track, other)).toMatchObject({
      status: 500,
      code: 5003005,
    });
  });
});
