import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NoAnswerError, RpcError } from './protocol.js';
import { Socket, socketUrl } from './socket.js';
import { FakeWebSocket } from './web-socket.fixture.js';

let told: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeWebSocket);
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connect(): { socket: Socket; server: FakeWebSocket } {
  const socket = new Socket('ws://server/ws?room=r', {
    onOpen: () => told.push('open'),
    onNotification: (_, { method }) => told.push(method),
    onClosed: () => told.push('closed'),
  });
  return { socket, server: FakeWebSocket.latest };
}

function connected(): { socket: Socket; server: FakeWebSocket } {
  const both = connect();
  both.server.open();
  return both;
}

test('the socket is beside the calls, for one room', () => {
  expect(socketUrl('https://e.example/sfu/', 'a%2Fb+c')).toBe('wss://e.example/sfu/ws?room=a%252Fb%2Bc');
  expect(socketUrl('http://[::1]:7000/', 'r')).toBe('ws://[::1]:7000/ws?room=r');
});

test('calls are answered by their id, in any order', async () => {
  const { socket, server } = connected();
  const [first, second] = [socket.call('list', ['r']), socket.call('info', [])];
  server.say({ jsonrpc: '2.0', id: 2, result: 'second' });
  server.say({ jsonrpc: '2.0', id: 1, error: { code: 5002001, message: 'no peer' } });
  await expect(second).resolves.toBe('second');
  await expect(first).rejects.toEqual(new RpcError(5002001, 'no peer'));
});

test('notifications are handed on', () => {
  const { server } = connected();
  server.say({ jsonrpc: '2.0', method: 'draining', params: {} });
  expect(told).toEqual(['open', 'draining']);
});

test('a socket that does not open within 5 s is given up', () => {
  connect();
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(['closed']);
});

test('after 10 s of silence the server is asked, and without an answer for 5 s the socket is dead', () => {
  const { server } = connected();
  vi.advanceTimersByTime(10_000);
  expect(server.methods).toEqual(['ping']);
  server.answer({});
  vi.advanceTimersByTime(9_999);
  expect(server.methods).toEqual(['ping']);
  vi.advanceTimersByTime(1);
  expect(server.methods).toEqual(['ping', 'ping']);
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(['open', 'closed']);
});

test('a call fails when the socket breaks, when time is up and when there is no socket', async () => {
  const { socket, server } = connected();
  const slow = expect(socket.call('list', ['r'])).rejects.toBeInstanceOf(NoAnswerError);
  server.say({ jsonrpc: '2.0', method: 'draining', params: {} });
  await vi.advanceTimersByTimeAsync(9_999);
  server.say({ jsonrpc: '2.0', method: 'draining', params: {} });
  await vi.advanceTimersByTimeAsync(1);
  await slow;
  const broken = expect(socket.call('list', ['r'])).rejects.toBeInstanceOf(NoAnswerError);
  server.break();
  await broken;
  await expect(socket.call('list', ['r'])).rejects.toBeInstanceOf(NoAnswerError);
  expect(told.at(-1)).toBe('closed');
});

test('what no Kraken says ends the socket', () => {
  const { server } = connected();
  server.say('<html>');
  expect(told).toEqual(['open', 'closed']);
});
