/** Threads that stand still. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { TwoInACall } from './call.js';
import { ENGINE, FailingService } from './failing-service.js';

/** How long the threads stand still, in milliseconds. */
const BLOCK = 6_000;

test('an event loop that stands still is reported while it does, with how long it did behind that; media goes on', async () => {
  const engine = await FailingService.start(ENGINE.replace('workers = 1', 'workers = 2'));
  const call = await TwoInACall.start(engine);
  engine.do('block', BLOCK);
  const before = await call.received();
  const startedAt = performance.now();
  await expect.poll(() => engine.lines('a thread stands still'), { timeout: BLOCK }).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(BLOCK);
  await call.untilBothHear();
  expect(await call.received()).toBeGreaterThan(before);
  await expect.poll(() => engine.lines('a thread turns again'), { timeout: 2 * BLOCK }).toHaveLength(1);
  const [[still], [again]] = [engine.lines('a thread stands still'), engine.lines('a thread turns again')];
  expect(still).toMatchObject({ level: 50, thread: 'control', milliseconds: 2_000 });
  expect(again).toMatchObject({ level: 40, thread: 'control' });
  expect(again?.milliseconds).toBeGreaterThan(BLOCK / 2);
  const { text } = await engine.request('GET', '/metrics');
  expect(text).toContain('kraken_thread_blocks_total{thread="control"} 1\n');
  expect(text).toContain('kraken_thread_blocks_total{thread="media-0"} 0\n');
  const seconds = Number(/kraken_thread_blocked_seconds_total\{thread="control"\} (\S+)/.exec(text)?.[1]);
  expect(seconds * 1_000).toBe(again?.milliseconds);
});

test('media workers that stand still are reported by their names', async () => {
  const engine = await FailingService.start(ENGINE.replace('workers = 1', 'workers = 2'));
  engine.do('block', BLOCK, 'media');
  await expect
    .poll(
      () =>
        engine
          .lines('a thread stands still')
          .map(({ thread }) => thread)
          .sort(),
      { timeout: BLOCK },
    )
    .toEqual(['media-0', 'media-1']);
});

test('a process in which a thread does not turn again says so and ends, for its supervisor to start it anew', async () => {
  const script = `
    const { Watchdog } = await import('@kraken/edge/watchdog/watchdog');
    // What keeps the process, which the watchdog's thread does not. The rest of that comes up in the second.
    setInterval(() => {}, 1_000);
    process.once('worker', (thread) => thread.once('online', () => setTimeout(() => { for (;;); }, 1_000)));
    new Watchdog({ main: 'control', others: [], descriptor: 1, lowestLevel: 30, hopelessAfter: 2_500,
      onFailure: console.error }).start();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const [exitCode, signal] = await once(child, 'close');
  expect({ exitCode, signal }).toEqual({ exitCode: null, signal: 'SIGKILL' });
  expect(JSON.parse(log.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    level: 60,
    thread: 'control',
    milliseconds: 2_500,
    msg: 'a thread does not turn again, ending the process',
  });
});
