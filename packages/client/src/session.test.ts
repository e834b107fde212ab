import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AbortedError } from './errors.js';
import { FakePeerConnection } from './peer-connection.fixture.js';
import { publishersOf, Session } from './session.js';
import { AccessToken } from './signalling/access-token.js';
import { Link } from './signalling/link.js';
import { RpcError } from './signalling/protocol.js';

interface Asked {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly answer: (result: unknown) => void;
  readonly refuse: (error: unknown) => void;
}

let asked: Asked[] = [];
let connection: FakePeerConnection;
let session: Session;

beforeEach(() => {
  asked = [];
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends FakePeerConnection {
      constructor(configuration: RTCConfiguration) {
        super(configuration);
        connection = this;
      }
    },
  );
  vi.stubGlobal('WebSocket', undefined);
  vi.spyOn(Link.prototype, 'call').mockImplementation(
    (method, ...params) =>
      new Promise((answer, refuse) => {
        asked.push({ method, params, answer, refuse });
      }),
  );
  session = new Session({
    link: new Link('http://server/', 'r', new AccessToken(undefined), {
      onOpen() {},
      onClosed() {},
      onNotification() {},
    }),
    room: 'r',
    uid: 'me',
    configuration: {},
    microphone: null,
    slots: 2,
    onVoices() {},
    onConnectionState() {},
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function next(method: string): Promise<Asked> {
  await vi.waitFor(() => expect(asked.map((one) => one.method)).toContain(method), { timeout: 10_000 });
  const index = asked.findIndex((one) => one.method === method);
  const [found] = asked.splice(index, 1);
  if (found === undefined) throw new Error(`no ${method}`);
  return found;
}

async function published(): Promise<void> {
  const done = session.publish();
  const { answer } = await next('publish');
  answer({ track: 'cid-1', jsep: '{"type":"answer","sdp":"first"}' });
  await done;
  connection.told.splice(0);
}

test('candidates wait for the cid', async () => {
  const done = session.publish();
  connection.onicecandidate?.({ candidate: { candidate: 'one' } });
  connection.onicecandidate?.({ candidate: { candidate: '' } });
  connection.onicecandidate?.({ candidate: null });
  const { answer } = await next('publish');
  expect(asked).toEqual([]);
  answer({ track: 'cid-1', jsep: '{"type":"answer","sdp":"first"}' });
  await done;
  expect(asked.map(({ method, params }) => [method, params[2], params[3]])).toEqual([
    ['trickle', 'cid-1', '{"candidate":"one"}'],
  ]);
});

test('slots are m-lines of its own offer, and asked for', async () => {
  const done = session.publish();
  const { params, answer } = await next('publish');
  expect(params.slice(3)).toEqual([0, '', { slots: 2 }]);
  expect(connection.told.filter((what) => what.startsWith('transceiver'))).toHaveLength(3);
  answer({ track: 'cid-1', jsep: '{"type":"answer","sdp":"of a server without slots"}' });
  session.takeSlots([{ uid: 'ann', cid: 'c' }]);
  await done;
  expect([session.slots, [...session.voices]]).toEqual([[], []]);
});

test('an offer is answered after what was negotiated before', async () => {
  connection.told.splice(0);
  const done = session.publish();
  const { answer } = await next('publish');
  const taken = session.takeOffer('pushed');
  answer({ track: 'cid-1', jsep: '{"type":"answer","sdp":"first"}' });
  (await next('answer')).answer({});
  await Promise.all([done, taken]);
  expect(connection.told).toEqual([
    'local offer',
    'remote answer first',
    'remote offer pushed',
    'local answer',
  ]);
});

test('an offer that was pushed before the answer to a restart is dropped, a later one is taken', async () => {
  await published();
  const restarted = session.restart();
  const restart = await next('restart');
  const dropped = session.takeOffer('void');
  restart.answer({ jsep: '{"type":"answer","sdp":"again"}' });
  await Promise.all([restarted, dropped]);
  const taken = session.takeOffer('good');
  (await next('answer')).answer({});
  await taken;
  expect(connection.told).toEqual([
    'local offer',
    'remote answer again',
    'remote offer good',
    'local answer',
  ]);
});

test('a refused restart leaves a connection that takes offers', async () => {
  await published();
  const restarted = expect(session.restart()).rejects.toBeInstanceOf(RpcError);
  (await next('restart')).refuse(new RpcError(5003999, 'timeout'));
  await restarted;
  const taken = session.takeOffer('pushed');
  (await next('answer')).answer({});
  await taken;
  expect(connection.told).toEqual(['local offer', 'local rollback', 'remote offer pushed', 'local answer']);
});

test('an offer that comes for a closed connection is left alone', async () => {
  await published();
  const taken = session.takeOffer('late');
  session.close();
  await taken;
  expect(connection.told).toEqual(['close']);
});

test('who goes while entering leaves as soon as the cid is known', async () => {
  const send = vi.spyOn(Link.prototype, 'send').mockImplementation(() => {});
  const done = expect(session.publish()).rejects.toBeInstanceOf(AbortedError);
  const { answer } = await next('publish');
  session.end();
  expect(send).not.toHaveBeenCalled();
  answer({ track: 'cid-1', jsep: '{"type":"answer","sdp":"first"}' });
  await done;
  expect(send).toHaveBeenCalledExactlyOnceWith('end', 'r', 'me', 'cid-1');
});

test('an answer that a proxy has made up is none', async () => {
  const done = expect(session.publish()).rejects.toThrow('does not answer');
  (await next('publish')).answer({ welcome: 'captive portal' });
  await done;
});

test('publishers are read from m-lines that send, whatever they were before', () => {
  const section = (mid: string, uid: string, direction: string): string =>
    `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:${mid}\r\na=msid:${uid} cid\r\na=${direction}\r\n`;
  const sdp = `v=0\r\n${section('0', 'me', 'recvonly')}${section('1', 'ann', 'sendonly')}${section('2', 'bob', 'inactive')}${section('3', 'eve', 'sendrecv')}`;
  expect([...publishersOf(sdp)]).toEqual([
    ['1', 'ann'],
    ['3', 'eve'],
  ]);
});
