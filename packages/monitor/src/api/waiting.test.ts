import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MAX_WAITING, PATIENCE, Waiting } from './waiting.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('who asks while the registry learns gets the answer that there is then', async () => {
  const answers = ['learning', 'learning', 'engine'] as const;
  let asked = 0;
  const answer = new Waiting().onceLearnt(async () => answers[asked++] ?? 'engine');
  await vi.advanceTimersByTimeAsync(300);
  expect(await answer).toBe('engine');
  expect(asked).toBe(3);
});

test('more callers than there is patience for are told to come again, and those who wait are not disturbed', async () => {
  const waiting = new Waiting();
  let isLearnt = false;
  const ask = async () => (isLearnt ? 'engine' : 'learning');
  const patient = Array.from({ length: MAX_WAITING }, () => waiting.onceLearnt(ask));
  await vi.advanceTimersByTimeAsync(1);
  await expect(waiting.onceLearnt(ask)).rejects.toMatchObject({ name: 'REGISTRY_LEARNING' });
  isLearnt = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(new Set(await Promise.all(patient))).toEqual(new Set(['engine']));
  isLearnt = false;
  const next = waiting.onceLearnt(ask);
  isLearnt = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await next).toBe('engine');
});

test('nobody waits for ever', async () => {
  const answer = new Waiting().onceLearnt(async () => 'learning');
  const refused = expect(answer).rejects.toMatchObject({ name: 'REGISTRY_LEARNING' });
  await vi.advanceTimersByTimeAsync(2 * PATIENCE);
  await refused;
});
