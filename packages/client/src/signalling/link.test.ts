import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Link } from './link.js';
import { NoAnswerError } from './protocol.js';
import { FakeWebSocket } from './web-socket.fixture.js';

let told: string[] = [];
let posted: string[] = [];
let link: Link;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  vi.stubGlobal('WebSocket', FakeWebSocket);
  vi.stubGlobal('fetch', async (_url: string, { body }: { readonly body: string }) => {
    const { id, method } = JSON.parse(body);
    posted.push(method);
    return Response.json({ id, data: `${method} over HTTP` });
  });
  told = [];
  posted = [];
  link = new Link('http://server/', 'r', {
    onOpen: () => told.push('open'),
    onClosed: () => told.push('closed'),
    onNotification: ({ method }) => told.push(method),
  });
});
afterEach(() => {
  link.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

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
