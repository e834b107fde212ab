import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MediaPath, type PathSession } from './media-path.js';

class FakeSession implements PathSession {
  readonly cid = 'cid-1';
  isConnected = false;
  restarts = 0;
  fails = false;

  async restart(): Promise<void> {
    this.restarts += 1;
    if (this.fails) throw new Error('no answer');
  }
}

let session: FakeSession;
let path: MediaPath;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  told = [];
  session = new FakeSession();
  path = new MediaPath(session, {
    onChange: () => told.push(path.flows ? 'flows' : 'silent'),
    onAnswered: () => told.push('answered'),
    onFailed: () => told.push('failed'),
  });
  connect();
  told = [];
});
afterEach(() => {
  path.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function connect(): void {
  session.isConnected = true;
  path.take('connected');
}

function lose(state: 'disconnected' | 'failed'): void {
  session.isConnected = false;
  path.take(state);
}

test('a path that heals within 4 s is left alone', async () => {
  lose('disconnected');
  await vi.advanceTimersByTimeAsync(3_999);
  connect();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  expect(session.restarts).toBe(0);
});

test('one that does not is replaced after 4 s, a failed one at once', async () => {
  lose('disconnected');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(session.restarts).toBe(1);
  connect();
  await vi.advanceTimersByTimeAsync(0);
  lose('failed');
  await vi.advanceTimersByTimeAsync(0);
  expect(session.restarts).toBe(2);
  expect(told).toEqual(['silent', 'answered', 'flows', 'silent', 'answered']);
});

test('as long as no media flows another path is looked for every 8 s', async () => {
  lose('failed');
  await vi.advanceTimersByTimeAsync(24_000);
  expect(session.restarts).toBe(4);
  connect();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(session.restarts).toBe(4);
});

test('while the server does not answer it is asked less and less often', async () => {
  session.fails = true;
  lose('failed');
  await vi.advanceTimersByTimeAsync(500 + 1_000 + 2_000);
  expect(session.restarts).toBe(4);
  session.fails = false;
  await vi.advanceTimersByTimeAsync(4_000);
  connect();
  expect(told).toEqual(['silent', 'failed', 'failed', 'failed', 'failed', 'answered', 'flows']);
});

test('on another network a path is looked for although the old one seems good, and once is enough', async () => {
  path.renew();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(session.restarts).toBe(1);
});

test('news of the network cut short what is being waited for', async () => {
  session.fails = true;
  lose('failed');
  await vi.advanceTimersByTimeAsync(0);
  path.renew();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.restarts).toBe(2);
});

test('once stopped, it does nothing any more', async () => {
  lose('failed');
  await vi.advanceTimersByTimeAsync(0);
  path.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(session.restarts).toBe(1);
});
