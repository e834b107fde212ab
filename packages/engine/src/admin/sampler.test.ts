import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WatchedWorker, WorkerReading } from './reading.js';
import { FRESHNESS, Sampler, UNWATCHED_INTERVAL, WATCH_LIFETIME, WATCHED_INTERVAL } from './sampler.js';

const worker: WatchedWorker = {
  index: 0,
  busy: 0,
  packetsPerSecond: 0,
  transports: 0,
  isAvailable: true,
  statistics: async () => null,
  participants: async () => [],
};

let taken: (readonly WorkerReading[])[];
let sampler: Sampler;
beforeEach(async () => {
  vi.useFakeTimers();
  taken = [];
  sampler = new Sampler({
    workers: [worker],
    take: (readings) => taken.push(readings),
    onError: () => {},
    now: () => Date.now(),
  });
  await sampler.start();
});
afterEach(() => {
  sampler.stop();
  vi.useRealTimers();
});

test('while nobody looks the workers are asked now and then', async () => {
  expect(taken).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10 * UNWATCHED_INTERVAL);
  expect(taken).toHaveLength(11);
});

test('while somebody looks they are asked often, and no longer', async () => {
  for (let asked = 0; asked < 5; asked++) {
    await sampler.watch();
    await vi.advanceTimersByTimeAsync(WATCHED_INTERVAL);
  }
  expect(taken).toHaveLength(6);
  await vi.advanceTimersByTimeAsync(WATCH_LIFETIME);
  const before = taken.length;
  await vi.advanceTimersByTimeAsync(4 * UNWATCHED_INTERVAL);
  expect(taken.length - before).toBe(4);
});

test('who looks gets fresh answers at once', async () => {
  await vi.advanceTimersByTimeAsync(UNWATCHED_INTERVAL - 1_000);
  await sampler.watch();
  expect(taken).toHaveLength(2);
});

test('however many look, the workers are not asked more often', async () => {
  for (let asked = 0; asked < 100; asked++) {
    await Promise.all([sampler.watch(), sampler.watch()]);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(taken.length).toBeLessThanOrEqual(1 + 10_000 / FRESHNESS);
});

test('who looks does not wait for long for a worker that does not answer', async () => {
  const stuck = new Sampler({
    workers: [{ ...worker, participants: () => new Promise(() => {}) }],
    take: () => {},
    onError: () => {},
    now: () => Date.now(),
  });
  let isAnswered = false;
  void stuck.watch().then(() => {
    isAnswered = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isAnswered).toBe(true);
  stuck.stop();
});

test('what fails once is tried again', async () => {
  const onError = vi.fn();
  const failing = new Sampler({
    workers: [worker],
    take: () => {
      throw new Error('once');
    },
    onError,
    now: () => Date.now(),
  });
  await failing.start();
  await vi.advanceTimersByTimeAsync(UNWATCHED_INTERVAL);
  expect(onError).toHaveBeenCalledTimes(2);
  failing.stop();
});

test('after the end nobody is asked any more, whoever looks', async () => {
  sampler.stop();
  await sampler.watch();
  await vi.advanceTimersByTimeAsync(10 * UNWATCHED_INTERVAL);
  expect(taken).toHaveLength(1);
});
