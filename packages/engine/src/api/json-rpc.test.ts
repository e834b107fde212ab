import { OPEN_CALLER } from '@kraken/edge/auth/caller';
import { ALL_PERMISSIONS, RPC_ERRORS, RpcError, type RpcErrorName } from '@kraken/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { answerCall, type RpcBackend } from './json-rpc.js';
import { ANSWER, CID, OFFER, RecordingSignalling } from './signalling.fixture.js';

const TURN = [{ urls: 'turn:a?transport=udp', username: '1:u', credential: 'x' }];
const OPEN_SOURCE = { caller: OPEN_CALLER, client: null, opensRooms: true };
const PEER = { rid: 'r', uid: 'u', cid: CID };
const JSEP = '{"type":"offer","sdp":"v=0"}';

let signalling: RecordingSignalling;
let backend: RpcBackend;
beforeEach(() => {
  signalling = new RecordingSignalling();
  backend = { signalling, turnServers: () => TURN };
});

function call(method: string, ...params: unknown[]) {
  return answerCall(backend, { id: 'i', method, params }, OPEN_SOURCE);
}

function failure(method: string, ...params: unknown[]): string {
  const response = call(method, ...params);
  if (!('error' in response)) throw new Error(`${method} was accepted`);
  expect(response.error).toMatchObject({ status: 202, code: 5001000 });
  expect(signalling.calls).toEqual([]);
  return response.error.description;
}

test('who is sent by a monitor that only remembers the room may join it, and does not open it', () => {
  const publish = { id: 'i', method: 'publish', params: ['r', 'u', JSEP] };
  expect(answerCall(backend, publish, { ...OPEN_SOURCE, opensRooms: false })).toHaveProperty('data');
  signalling.holdsRooms = false;
  expect(answerCall(backend, publish, { ...OPEN_SOURCE, opensRooms: false })).toMatchObject({
    error: { code: 5003105 },
  });
  expect(answerCall(backend, publish, OPEN_SOURCE)).toHaveProperty('data');
});

describe('the data of each method', () => {
  test('turn answers a bare array', () => {
    expect(call('turn', 'u')).toEqual({ id: 'i', data: TURN });
  });

  test('turn takes any string for a uid, as in Kraken', () => {
    expect(call('turn', 'a b%')).toEqual({ id: 'i', data: TURN });
  });

  test('info answers the counters', () => {
    expect(call('info')).toEqual({
      id: 'i',
      data: {
        updated_at: '2026-01-01T00:00:00.000Z',
        active_peers: 1,
        closed_peers: 2,
        active_rooms: 3,
        closed_rooms: 4,
      },
    });
  });

  test('list answers id and track of each peer', () => {
    expect(call('list', 'r')).toEqual({ id: 'i', data: { peers: [{ id: 'u1', track: CID }] } });
    expect(signalling.calls).toEqual([['list', 'r']]);
  });

  test('publish answers the description as an object and as JSON', () => {
    const response = call('publish', 'r', 'u', JSEP);
    expect(response).toEqual({ id: 'i', data: { track: CID, sdp: ANSWER, jsep: JSON.stringify(ANSWER) } });
    expect(signalling.calls).toEqual([
      [
        'publish',
        {
          rid: 'r',
          uid: 'u',
          jsep: JSEP,
          limit: 0,
          callback: null,
          slots: 0,
          permissions: ALL_PERMISSIONS,
          origin: { address: null, subject: null },
        },
      ],
    ]);
  });

  test('restart answers the description as JSON', () => {
    expect(call('restart', 'r', 'u', CID, JSEP)).toEqual({ id: 'i', data: { jsep: JSON.stringify(ANSWER) } });
    expect(signalling.calls).toEqual([['restart', PEER, JSEP]]);
  });

  test('subscribe answers a description that can be set as it is', () => {
    signalling.offering = true;
    expect(call('subscribe', 'r', 'u', CID)).toEqual({
      id: 'i',
      data: { type: 'offer', sdp: OFFER.sdp, jsep: JSON.stringify(OFFER) },
    });
  });

  test('subscribe with nothing new answers a jsep that parses', () => {
    expect(call('subscribe', 'r', 'u', CID)).toEqual({
      id: 'i',
      data: { type: 'unknown', sdp: '', jsep: '{"type":"unknown","sdp":""}' },
    });
  });

  test.each([
    ['end', [], [PEER]],
    ['trickle', ['{"candidate":""}'], [PEER, '{"candidate":""}']],
    ['trickle', ['null'], [PEER, 'null']],
    ['trickle', [null], [PEER, 'null']],
    ['answer', [JSEP], [PEER, JSEP]],
  ])('%s answers an empty object', (method, more, recorded) => {
    expect(call(method, 'r', 'u', CID, ...more)).toEqual({ id: 'i', data: {} });
    expect(signalling.calls).toEqual([[method, ...recorded]]);
  });

  test('trickle takes the empty cid that it has before publish is answered', () => {
    expect(call('trickle', 'r', 'u', '', 'null')).toEqual({ id: 'i', data: {} });
  });

  test.each([0, 1, 100, null])('loudest hands %j on and answers nothing', (loudest) => {
    expect(call('loudest', 'r', 'u', CID, loudest)).toEqual({ id: 'i', data: {} });
    expect(signalling.calls).toEqual([['limit', PEER, loudest]]);
  });

  test.each([-1, 101, 1.5, '6', true, undefined])('loudest refuses %j', (loudest) => {
    expect(failure('loudest', 'r', 'u', CID, loudest)).toBe(
      'loudest is neither null nor an integer from 0 to 100',
    );
  });

  test.each([{}, { publish: true }, { subscribe: false, publish: false }])(
    'permit hands %j on',
    (permissions) => {
      expect(call('permit', 'r', 'u', permissions)).toEqual({ id: 'i', data: {} });
      expect(signalling.calls).toEqual([['permit', { rid: 'r', uid: 'u' }, permissions]]);
    },
  );

  test.each([
    [null, 'permissions is not an object'],
    [true, 'permissions is not an object'],
    [[], 'permissions is not an object'],
    [{ publish: 1 }, 'permissions.publish is not a boolean'],
    [{ speak: false }, 'permissions has a member other than publish and subscribe'],
  ])('permit refuses %j', (permissions, description) => {
    expect(failure('permit', 'r', 'u', permissions)).toBe(description);
  });

  test('silence and remove name a user, whichever connection it has', () => {
    expect(call('silence', 'r', 'u', true)).toEqual({ id: 'i', data: {} });
    expect(call('remove', 'r', 'u')).toEqual({ id: 'i', data: {} });
    expect(signalling.calls).toEqual([
      ['silence', { rid: 'r', uid: 'u' }, true],
      ['remove', { rid: 'r', uid: 'u' }],
    ]);
  });

  test('who publishes may do what the token says, and everything without tokens', () => {
    const grant = { rid: 'r', uid: 'u', name: null, publish: false, subscribe: true, administer: false };
    const caller = { kind: 'granted', grant: { ...grant, expiresAt: 2_000_000_000, subject: 'u' } } as const;
    answerCall(backend, { id: 'i', method: 'publish', params: ['r', 'u', JSEP] }, { ...OPEN_SOURCE, caller });
    call('publish', 'r', 'u', JSEP);
    expect(signalling.calls).toMatchObject([
      ['publish', { permissions: { publish: false, subscribe: true } }],
      ['publish', { permissions: { publish: true, subscribe: true } }],
    ]);
  });

  test("a join is its address's, or its network's, and its token's subject's", () => {
    const grant = { rid: 'r', uid: 'u', name: null, publish: true, subscribe: true, administer: false };
    const caller = { kind: 'granted', grant: { ...grant, expiresAt: 2_000_000_000, subject: 's' } } as const;
    const publish = { id: 'i', method: 'publish', params: ['r', 'u', JSEP] };
    answerCall(backend, publish, { ...OPEN_SOURCE, client: '192.0.2.1' });
    answerCall(backend, publish, { ...OPEN_SOURCE, client: '2001:db8:1:2::3', caller });
    answerCall(backend, publish, OPEN_SOURCE);
    expect(signalling.calls).toMatchObject([
      ['publish', { origin: { address: '192.0.2.1', subject: null } }],
      ['publish', { origin: { address: '2001:db8:1:2::/64', subject: 's' } }],
      ['publish', { origin: { address: null, subject: null } }],
    ]);
  });

  test('list says who speaks, and how many are forwarded, and nothing of others', () => {
    signalling.list = () => [
      { uid: 'u1', cid: 'c1', speaking: true },
      { uid: 'u2', cid: 'c2', speaking: false },
    ];
    const peers = [
      { id: 'u1', track: 'c1', speaking: true },
      { id: 'u2', track: 'c2' },
    ];
    expect(call('list', 'r')).toEqual({ id: 'i', data: { peers } });
    signalling.loudest = () => 6;
    expect(call('list', 'r')).toEqual({ id: 'i', data: { peers, loudest: 6 } });
  });

  test('ids are handed on verbatim', () => {
    call('subscribe', "it's+r%20x", 'uuid:YWJj==', 'cid');
    expect(signalling.calls).toEqual([['subscribe', { rid: "it's+r%20x", uid: 'uuid:YWJj==', cid: 'cid' }]]);
  });
});

describe('limit and callback of publish', () => {
  const recorded = () => signalling.calls[0]?.[1];

  test.each([
    [[2, 'https://example.org/x'], { limit: 2, callback: 'https://example.org/x' }],
    [['2', ''], { limit: 2, callback: null }],
    [[0, ''], { limit: 0, callback: null }],
    [[-1, ''], { limit: 0, callback: null }],
  ])('with five params %j counts', (more, expected) => {
    expect(call('publish', 'r', 'u', JSEP, ...more)).toHaveProperty('data');
    expect(recorded()).toMatchObject(expected);
  });

  test.each([[[2]], [['x']], [[2, 'https://example.org', 1]]])('with any other count %j does not', (more) => {
    expect(call('publish', 'r', 'u', JSEP, ...more)).toHaveProperty('data');
    expect(recorded()).toMatchObject({ limit: 0, callback: null });
  });

  test.each([
    [[2, 'https://example.org/x', { slots: 6 }], { limit: 2, callback: 'https://example.org/x', slots: 6 }],
    [[0, '', {}], { limit: 0, callback: null, slots: 0 }],
    [[0, '', [6]], { slots: 0 }],
    [[0, '', null], { slots: 0 }],
  ])('with an object behind them they count as well, and what it asks for: %j', (more, expected) => {
    expect(call('publish', 'r', 'u', JSEP, ...more)).toHaveProperty('data');
    expect(recorded()).toMatchObject(expected);
  });

  test.each([-1, 1.5, '6', null, true])('slots of %j are refused', (slots) => {
    expect(failure('publish', 'r', 'u', JSEP, 0, '', { slots })).toBe('slots is not an integer of 0 or more');
  });

  test.each([
    [['x', ''], 'limit is not an integer'],
    [[1.5, ''], 'limit is not an integer'],
    [[null, ''], 'limit is not an integer'],
    [[{}, ''], 'limit is not an integer'],
    [[2, null], 'callback is not a string'],
    [[2, 'http://example.org/'], 'callback is not an https URL'],
    [[2, 'ftp://example.org/'], 'callback is not an https URL'],
    [[2, 'example.org'], 'callback is not a URL'],
    [[2, `https://example.org/${'x'.repeat(2048)}`], 'callback is longer than 2048 characters'],
  ])('%j is refused', (more, description) => {
    expect(failure('publish', 'r', 'u', JSEP, ...more)).toBe(description);
  });
});

describe('a malformed call is 5001000 and names the parameter', () => {
  test.each([
    ['turn', [], 'expected 1 params (uid), got 0, uid is missing'],
    ['turn', [1], 'uid is not a string'],
    ['turn', ['x'.repeat(257)], 'uid is longer than 256 bytes'],
    ['info', [1], 'expected 0 params, got 1'],
    ['list', [], 'expected 1 params (rid), got 0, rid is missing'],
    ['list', ['r', 'x'], 'expected 1 params (rid), got 2'],
    ['list', [{}], 'rid is not a string'],
    ['list', [''], 'rid is empty'],
    [
      'publish',
      ['r', 'u'],
      'expected 3 or 5 params (rid, uid, jsep, limit, callback), got 2, jsep is missing',
    ],
    ['publish', ['r', 'u', {}], 'jsep is not a string'],
    ['publish', ['%', 'u', JSEP], 'rid holds a % that two hexadecimal digits do not follow'],
    ['publish', ['r', 'a\nb', JSEP], 'uid holds white space or control characters'],
    ['publish', ['r', 'x'.repeat(257), JSEP], 'uid is longer than 256 bytes'],
    ['publish', ['r', 'Ä', JSEP], 'uid holds characters beyond ASCII, which have to be URL-encoded'],
    ['restart', ['r', 'u', 'c'], 'expected 4 params (rid, uid, cid, jsep), got 3, jsep is missing'],
    ['restart', ['r', 'u', 'c', null], 'jsep is not a string'],
    ['end', ['r', 'u'], 'expected 3 params (rid, uid, cid), got 2, cid is missing'],
    ['end', ['r', 'u', null], 'cid is not a string'],
    ['end', [null, 'u', 'c'], 'rid is not a string'],
    ['trickle', ['r', 'u', 'c'], 'expected 4 params (rid, uid, cid, candidate), got 3, candidate is missing'],
    ['trickle', ['r', 'u', 'c', {}], 'candidate is not a string'],
    ['subscribe', ['r', 'u', 'c', 'd'], 'expected 3 params (rid, uid, cid), got 4'],
    ['subscribe', ['r', ['u'], 'c'], 'uid is not a string'],
    ['answer', ['r', 'u', 'c', 1], 'jsep is not a string'],
  ])('%s %j', (method, params, description) => {
    expect(failure(method, ...params)).toBe(description);
  });

  test.each(['', 'nope', 'constructor', '__proto__', 'toString', 'Publish'])(
    'unknown method %j',
    (method) => {
      expect(failure(method)).toBe(`unknown method ${JSON.stringify(method)}`);
    },
  );

  test('the name of an unknown method is cut', () => {
    expect(failure('x'.repeat(10_000)).length).toBeLessThan(100);
  });
});

describe('errors of the control plane', () => {
  test.each(Object.keys(RPC_ERRORS).filter((name): name is RpcErrorName => name in RPC_ERRORS))(
    '%s',
    (name) => {
      signalling.failure = new RpcError(name, 'why');
      const { code, status } = RPC_ERRORS[name];
      expect(call('end', 'r', 'u', CID)).toEqual({ id: 'i', error: { status, code, description: 'why' } });
    },
  );

  test('anything else is a bug and thrown on', () => {
    signalling.failure = new TypeError('bug');
    expect(() => call('end', 'r', 'u', CID)).toThrow('bug');
  });
});

test('without an id the response has none', () => {
  expect(answerCall(backend, { id: undefined, method: 'turn', params: ['u'] }, OPEN_SOURCE)).toEqual({
    data: TURN,
  });
  expect(answerCall(backend, { id: undefined, method: 'turn', params: [] }, OPEN_SOURCE)).not.toHaveProperty(
    'id',
  );
});
