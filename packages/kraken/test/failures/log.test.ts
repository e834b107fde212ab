/** What becomes of an engine whose log cannot be written. */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENGINE, FailingService } from './failing-service.js';

/** More calls than a pipe has room for log lines. */
const MANY_CALLS = 2_000;

test('with a full disk under its log an engine starts, answers, and ends in order', async () => {
  const full = openSync('/dev/full', 'w');
  const engine = await FailingService.start(ENGINE, { log: full });
  closeSync(full);
  expect(await engine.call('info')).toMatchObject({ active_peers: 0 });
  expect(await engine.stop()).toEqual({ exitCode: 0, signal: null });
});

test('an engine goes on when whoever reads its log is gone', async () => {
  const engine = await FailingService.start(ENGINE);
  engine.process.stdout?.destroy();
  engine.process.stderr?.destroy();
  for (let i = 0; i < 10; i++) expect(await engine.call('info')).toMatchObject({ active_peers: 0 });
  expect(await engine.stop()).toEqual({ exitCode: 0, signal: null });
});

test('an engine does not wait for a reader of its log that has stopped reading', async () => {
  const engine = await FailingService.start(ENGINE);
  engine.process.stdout?.pause();
  for (let i = 0; i < MANY_CALLS; i++) await engine.call('info');
  const read = engine.lines('call answered').length;
  expect(read).toBeLessThan(MANY_CALLS);
  engine.process.stdout?.resume();
  await expect.poll(() => engine.lines('call answered').length).toBe(MANY_CALLS);
  expect(await engine.stop()).toEqual({ exitCode: 0, signal: null });
});
