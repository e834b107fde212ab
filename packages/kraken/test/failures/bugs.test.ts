/** No bug ends a service without a word. */
import { expect, test } from 'vitest';
import { ENGINE, FailingService } from './failing-service.js';

const MONITOR = '[monitor]\nsecret = "s"\n[rpc]\nhost = "127.0.0.1"\nport = 0\n';

test.each([
  ['engine', 'rejection', 'unhandled rejection'],
  ['engine', 'exception', 'uncaught exception'],
  ['monitor', 'rejection', 'unhandled rejection'],
] as const)('an %s logs an unhandled %s with its stack, and ends with 1', async (service, deed, message) => {
  const failing = await FailingService.start(service === 'engine' ? ENGINE : MONITOR, { service });
  failing.do(deed);
  expect(await failing.ended).toEqual({ exitCode: 1, signal: null });
  await expect
    .poll(() => failing.lines(message))
    .toEqual([
      expect.objectContaining({
        level: 60,
        err: expect.objectContaining({
          message: `marked ${deed}`,
          stack: expect.stringContaining('mischief'),
        }),
      }),
    ]);
});

test.each(['rejection', 'exception'] as const)(
  'a %s in a media worker is logged, and the engine goes on',
  async (deed) => {
    const engine = await FailingService.start(ENGINE.replace('workers = 1', 'workers = 2'));
    engine.do(deed, 0, 'media-0');
    await expect
      .poll(() => engine.lines('media worker died, its participants have to rejoin').length)
      .toBeGreaterThan(0);
    const [died] = engine.lines('media worker died, its participants have to rejoin');
    expect(died).toMatchObject({ err: { message: `marked ${deed}` } });
    expect(await engine.call('info')).toMatchObject({ active_peers: 0 });
  },
);
