import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AccessToken, type TokenSource } from './access-token.js';
import { Link } from './link.js';
import { NoAnswerError, RpcError } from './protocol.js';
import { FakeWebSocket } from './web-socket.fixture.js';

let told: string[] = [];
let posted: string[] = [];
let authorizations: (string | null)[] = [];
let link: Link;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  vi.stubGlobal('WebSocket', FakeWebSocket);
  vi.stubGlobal('fetch', async (_url: string, { body, headers }: RequestInit) => {
    const { id, method } = JSON.parse(String(body));
    posted.push(method);
    const shown = new Headers(headers).get('Authorization');
    authorizations.push(shown);
    if (shown === 'Bearer old')
      return Response.json({ id, error: { status: 202, code: 5004002, description: 'expired' } });
    return Response.json({ id, data: `${method} over HTTP` });
  });
  told = [];
  posted = [];
  authorizations = [];
  link = newLink(undefined);
});
afterEach(() => {
  link.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function newLink(source: TokenSource | undefined): Link {
  return new Link('http://server/', 'r', new AccessToken(source), {
    onOpen: () => told.push('open'),
    onClosed: () => told.push('closed'),
    onNotification: ({ method }) => told.push(method),
  });
}

test('calls go over HTTP until there is a socket', async () => {
  await expect(link.call('list', 'r')).resolves.toBe('list over HTTP');
  FakeWebSocket.latest.open();
  const call = link.call('list', 'r');
  FakeWebSocket.latest.answer('list over the socket');
  await expect(call).resolves.toBe('list over the socket');
});

test('a call whose socket breaks is made again over HTTP, but for resume', async () => {
  FakeWebSocket.latest.open();
  const answer = expect(link.call('answer', 'r')).resolves.toBe('answer over HTTP');
  const resume = expect(link.call('resume', 'r')).rejects.toBeInstanceOf(NoAnswerError);
  FakeWebSocket.latest.break();
  await Promise.all([answer, resume]);
  expect(posted).toEqual(['answer']);
});

test('publish and resume attach the socket, and its end detaches it', async () => {
  FakeWebSocket.latest.open();
  expect(link.isAttached).toBe(false);
  const publish = link.call('publish', 'r');
  FakeWebSocket.latest.answer({});
  await publish;
  expect(link.isAttached).toBe(true);
  FakeWebSocket.latest.break();
  expect(link.isAttached).toBe(false);
  expect(told).toEqual(['open', 'closed']);
});

test('a socket that has worked comes back soon, one that never did seldom', () => {
  const made = FakeWebSocket.made.length;
  FakeWebSocket.latest.break();
  vi.advanceTimersByTime(4_999);
  expect(FakeWebSocket.made.length).toBe(made);
  vi.advanceTimersByTime(1);
  expect(FakeWebSocket.made.length).toBe(made + 1);
  FakeWebSocket.latest.open();
  FakeWebSocket.latest.break();
  vi.advanceTimersByTime(500);
  expect(FakeWebSocket.made.length).toBe(made + 2);
  FakeWebSocket.latest.break();
  vi.advanceTimersByTime(999);
  expect(FakeWebSocket.made.length).toBe(made + 2);
  vi.advanceTimersByTime(1);
  expect(FakeWebSocket.made.length).toBe(made + 3);
});

test('who waits for the socket waits until it opens, fails or takes too long', async () => {
  const waiting = link.settled(1_000);
  FakeWebSocket.latest.open();
  await waiting;
  await link.settled(1_000);
  link.renew();
  const failing = link.settled(1_000);
  FakeWebSocket.latest.break();
  await failing;
  link.renew();
  const late = link.settled(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  await late;
});

test('a renewed link hears nothing of the socket before', () => {
  const [before] = [FakeWebSocket.latest];
  before.open();
  link.renew();
  before.say({ jsonrpc: '2.0', method: 'draining', params: {} });
  before.break();
  expect(told).toEqual(['open']);
  FakeWebSocket.latest.open();
  expect(told).toEqual(['open', 'open']);
});

test('a page that forbids sockets still makes calls', async () => {
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor() {
        throw new DOMException('refused by policy', 'SecurityError');
      }
    },
  );
  link.renew();
  await link.settled(1_000);
  await expect(link.call('list', 'r')).resolves.toBe('list over HTTP');
});

test('once stopped, it opens nothing any more', () => {
  FakeWebSocket.latest.break();
  link.stop();
  const made = FakeWebSocket.made.length;
  vi.advanceTimersByTime(600_000);
  link.probe();
  expect(FakeWebSocket.made.length).toBe(made);
});

describe('with an access token', () => {
  test('calls over HTTP show it, and those without one show nothing', async () => {
    await link.call('list', 'r');
    await newLink('token').call('list', 'r');
    expect(authorizations).toEqual([null, 'Bearer token']);
  });

  test('one that has expired is replaced once, where there may be a fresh one', async () => {
    const tokens = ['old', 'new', 'newer'];
    const renewing = newLink(async () => tokens.shift() ?? '');
    await expect(renewing.call('list', 'r')).resolves.toBe('list over HTTP');
    await renewing.call('list', 'r');
    expect(authorizations).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
    await expect(newLink('old').call('list', 'r')).rejects.toEqual(new RpcError(5004002, 'expired'));
  });

  test('a socket is used once the server has taken it', async () => {
    const other = newLink(() => 'token');
    const socket = FakeWebSocket.latest;
    socket.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.sent).toMatchObject([{ method: 'authenticate', params: ['token'] }]);
    expect([other.isOpen, told]).toEqual([false, []]);
    socket.answer({});
    await vi.advanceTimersByTimeAsync(0);
    expect([other.isOpen, told]).toEqual([true, ['open']]);
  });

  test('a server that knows no tokens is used all the same, one that refuses it is not', async () => {
    const other = newLink('token');
    for (const [code, isOpen] of [
      [-32601, true],
      [5004001, false],
    ] as const) {
      other.renew();
      const socket = FakeWebSocket.latest;
      socket.open();
      await vi.advanceTimersByTimeAsync(0);
      socket.say({ jsonrpc: '2.0', id: 1, error: { code, message: 'no' } });
      await vi.advanceTimersByTimeAsync(0);
      expect(other.isOpen).toBe(isOpen);
    }
  });

  test('a call on a socket whose token has expired is made again with a fresh one', async () => {
    const tokens = ['old', 'new'];
    const other = newLink(() => tokens.shift() ?? '');
    const socket = FakeWebSocket.latest;
    socket.open();
    await vi.advanceTimersByTimeAsync(0);
    socket.answer({});
    await vi.advanceTimersByTimeAsync(0);
    const call = other.call('answer', 'r');
    socket.say({ jsonrpc: '2.0', id: 2, error: { code: 5004002, message: 'expired' } });
    await vi.advanceTimersByTimeAsync(0);
    socket.answer({});
    await vi.advanceTimersByTimeAsync(0);
    socket.answer('answered');
    await expect(call).resolves.toBe('answered');
    expect(socket.methods).toEqual(['authenticate', 'answer', 'authenticate', 'answer']);
  });
});
