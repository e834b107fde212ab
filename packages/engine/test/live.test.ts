/** The live API of a real engine: libwebrtc participants that poll nothing. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ContractEngine } from './contract/contract-engine.js';
import { WrtcParticipant } from './contract/wrtc-participant.js';
import { LiveClient } from './live-client.js';

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

const clients: LiveClient[] = [];
const participants: WrtcParticipant[] = [];
let number = 0;
let room = '';
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const participant of participants.splice(0)) participant.close();
});

async function open(rid = `live-${number}`): Promise<LiveClient> {
  const client = await LiveClient.open(engine.url, rid);
  clients.push(client);
  return client;
}

/** Joins, and from then on answers each offer that is pushed, one after the other. */
async function join(uid: string): Promise<{ client: LiveClient; participant: WrtcParticipant }> {
  room = `live-${number}`;
  const client = await open();
  const participant = new WrtcParticipant(client, room, uid);
  participants.push(participant);
  await client.join(participant);
  return { client, participant };
}

function untilHears(participant: WrtcParticipant, ...uids: readonly string[]): Promise<unknown> {
  return vi.waitUntil(() => participant.hears().join() === uids.join(), { timeout: 10_000, interval: 10 });
}

describe('people in a call', () => {
  afterEach(() => {
    number++;
  });

  test('hear each other without asking for anything, and who polls over HTTP is among them', async () => {
    const alice = await join('alice');
    const bob = await join('bob');
    const carol = new WrtcParticipant(engine, room, 'carol');
    participants.push(carol);
    await carol.speak();
    await vi.waitUntil(
      async () => {
        await carol.poll();
        return carol.hears().length === 2;
      },
      { timeout: 10_000, interval: 50 },
    );
    await Promise.all([
      untilHears(alice.participant, 'bob', 'carol'),
      untilHears(bob.participant, 'alice', 'carol'),
    ]);
    await bob.participant.end();
    expect(await alice.client.notified('left')).toMatchObject({ uid: 'bob', reason: 'ended' });
    expect(await bob.client.notified('closed')).toMatchObject({ uid: 'bob', reason: 'ended' });
    await untilHears(alice.participant, 'carol');
  });

  test('are heard by a late joiner, who does not poll', async () => {
    for (const uid of ['alice', 'bob', 'carol', 'dave']) await join(uid);
    const startedAt = performance.now();
    const { participant } = await join('late');
    await untilHears(participant, 'alice', 'bob', 'carol', 'dave');
    const milliseconds = Math.round(performance.now() - startedAt);
    process.stdout.write(`from opening the socket to decoded sound of all four: ${milliseconds} ms\n`);
  });

  test('go on while a socket is gone; who resumes gets what it missed', async () => {
    const alice = await join('alice');
    const bob = await join('bob');
    await Promise.all([untilHears(alice.participant, 'bob'), untilHears(bob.participant, 'alice')]);
    alice.client.socket.terminate();
    const carol = await join('carol');
    await untilHears(carol.participant, 'alice', 'bob');
    await untilHears(alice.participant, 'bob');
    const client = await open(room);
    const { cid } = alice.participant;
    client.onNotification = ({ method, params }) => {
      if (method !== 'offer') return;
      void (async () => {
        await alice.participant.take(params);
        await client.call('answer', room, 'alice', cid, alice.participant.jsep);
      })();
    };
    expect(await client.request('resume', [room, 'alice', cid])).toEqual({});
    const { participants: there } = await client.notified('participants');
    expect(there.map(({ uid }) => uid)).toEqual(['alice', 'bob', 'carol']);
    await untilHears(alice.participant, 'bob', 'carol');
  });

  test('are told who mutes, over HTTP too', async () => {
    const alice = await join('alice');
    const bob = await join('bob');
    const { uid, cid } = bob.participant;
    await bob.client.call('mute', room, uid, cid, true);
    await alice.client.notified('updated', ({ participant }) => participant.uid === uid && participant.muted);
    await engine.call('mute', room, uid, cid, false);
    await vi.waitUntil(
      () => {
        const last = alice.client.received.findLast(({ method }) => method === 'updated');
        return JSON.stringify(last).includes('"muted":false');
      },
      { timeout: 10_000 },
    );
    expect((await engine.failureOf('mute', room, uid, cid, 'yes')).description).toBe(
      'muted is not a boolean',
    );
  });
});

describe('what is no proper message is answered, and disturbs nothing', () => {
  test.each([
    ['{', -32700, null],
    ['[]', -32600, null],
    ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, null],
    ['{"jsonrpc":"2.0","id":2,"method":"dance"}', -32601, 2],
    ['{"jsonrpc":"2.0","id":3,"method":"list","params":["another"]}', 5001000, 3],
    ['{"jsonrpc":"2.0","id":"4","method":"resume","params":["room","alice","x"]}', 5002001, '4'],
    ['{"jsonrpc":"2.0","id":5,"method":"publish","params":["room"]}', 5001000, 5],
  ])('%s', async (text, code, id) => {
    const client = await open('room');
    client.socket.send(text);
    await vi.waitUntil(() => client.received.length > 0, { timeout: 10_000 });
    expect(client.received).toMatchObject([{ jsonrpc: '2.0', id, error: { code } }]);
    expect(await client.request('ping', [])).toEqual({});
  });

  test('a binary message ends the socket with 1003, a long one with 1009', async () => {
    const [binary, long] = [await open('room'), await open('room')];
    binary.socket.send(Buffer.from('{}'));
    expect(await binary.closed).toBe(1003);
    long.socket.send(' '.repeat(2 * 1024 * 1024 + 1));
    expect(await long.closed).toBe(1009);
  });
});

test.each([
  ['/ws', 400, 'room is missing in the query'],
  ['/ws?room=', 400, 'room is empty'],
  ['/other?room=x', 404, 'not found'],
])('an upgrade at %s is refused with HTTP %i', async (path, status, error) => {
  const socket = new WebSocket(new URL(path, engine.url.replace('http', 'ws')));
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const piece of response) body += piece;
  expect([response.statusCode, JSON.parse(body)]).toEqual([status, { error }]);
});

test('an engine that ends tells so: closed with shutdown, and the socket with 1001', async () => {
  const other = await ContractEngine.start();
  const client = await LiveClient.open(other.url, 'room');
  const participant = new WrtcParticipant(client, 'room', 'alice');
  participants.push(participant);
  await participant.speak();
  const stopped = other.stop();
  expect(await client.notified('closed')).toMatchObject({ uid: 'alice', reason: 'shutdown' });
  expect(await client.closed).toBe(1001);
  expect((await stopped).exitCode).toBe(0);
});
