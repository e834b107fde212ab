/** What a clock that is set, forwards or backwards, changes. */
import { expect, test } from 'vitest';
import { freePort } from '../../../monitor/test/free-port.js';
import { TwoInACall } from './call.js';
import { ENGINE, FailingService } from './failing-service.js';

const DAY = 24 * 60 * 60 * 1_000;
const PEER_CLOSED = 5002002;
/** How long engine and monitor are watched after a step, in milliseconds. */
const WATCHED = 3_000;

const MONITOR = `[monitor]\nsecret = "s"\n[rpc]\nhost = "127.0.0.1"\nport = 0\n
[turn]\nhost = "turn.example.org:3478"\nsecret = "turn-secret"\n`;

test('a clock that leaps by days disturbs no call, no room and no cluster; credentials follow it', async () => {
  const monitor = await FailingService.start(MONITOR, { service: 'monitor' });
  const port = await freePort();
  const engine = await FailingService.start(
    `${ENGINE.replace('port = 0', `port = ${port}`)}[monitor]\nurl = "${monitor.url}"\nsecret = "s"\n` +
      `public-url = "http://127.0.0.1:${port}/"\n`,
  );
  await expect.poll(() => engine.lines('the monitor has heard us').length, { timeout: 10_000 }).toBe(1);
  await expect
    .poll(async () => (await fetch(new URL('readyz', monitor.url))).json(), { timeout: 15_000 })
    .toEqual({
      status: 'ready',
    });
  const call = await TwoInACall.start(monitor);
  const left = await TwoInACall.start(monitor, 'other');
  const [gone, stays] = left.participants;
  if (gone === undefined || stays === undefined) throw new Error('two are in a call');
  await gone.end();
  for (const step of [DAY, -2 * DAY]) {
    for (const service of [monitor, engine]) service.do('step-clock', step, 'all');
    const before = await call.received();
    await new Promise((fulfil) => setTimeout(fulfil, WATCHED));
    await call.untilBothHear(true);
    expect(await call.received()).toBeGreaterThan(before + (2 * WATCHED) / 20 / 2);
    expect((await monitor.call('list', 'room')).peers).toHaveLength(2);
    expect(await monitor.codeOf('subscribe', 'other', gone.uid, gone.cid)).toBe(PEER_CLOSED);
  }
  expect(engine.lines('the monitor does not hear us')).toEqual([]);
  const [turn] = await monitor.call('turn', 'alice');
  const expires = Number(turn?.username.split(':')[0]) * 1_000;
  expect(expires).toBeLessThan(Date.now());
});
