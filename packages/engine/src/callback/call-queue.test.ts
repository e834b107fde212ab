import { expect, test } from 'vitest';
import { CallQueue } from './call-queue.js';

const NOTHING_ELSE = () => new Promise<void>((fulfil) => setImmediate(fulfil));

/** A call that is under way until it is let go. */
function call(queue: CallQueue, host: string, log: string[]): () => void {
  let letGo = () => {};
  const over = new Promise<void>((fulfil) => {
    letGo = fulfil;
  });
  if (!queue.hold(host)) throw new Error('full');
  void queue
    .run(host, () => {
      log.push(host);
      return over;
    })
    .finally(() => queue.release(host));
  return letGo;
}

test('a host that does not answer leaves others their calls', async () => {
  const queue = new CallQueue({ running: 3, runningPerHost: 2, held: 10, heldPerHost: 10 });
  const log: string[] = [];
  for (let count = 0; count < 4; count++) call(queue, 'slow', log);
  const letGo = call(queue, 'fast', log);
  call(queue, 'fast', log);
  await NOTHING_ELSE();
  expect(log).toEqual(['slow', 'slow', 'fast']);
  letGo();
  await NOTHING_ELSE();
  expect(log).toEqual(['slow', 'slow', 'fast', 'fast']);
});

test('hosts take turns', async () => {
  const queue = new CallQueue({ running: 1, runningPerHost: 1, held: 10, heldPerHost: 10 });
  const log: string[] = [];
  const ends = ['a', 'a', 'a', 'b', 'b'].map((host) => call(queue, host, log));
  for (const end of [ends[0], ends[1], ends[3], ends[2]]) {
    await NOTHING_ELSE();
    end?.();
  }
  await NOTHING_ELSE();
  expect(log).toEqual(['a', 'a', 'b', 'a', 'b']);
});

test('no more are held than there is room for, in all and of one host', async () => {
  const queue = new CallQueue({ running: 1, runningPerHost: 1, held: 3, heldPerHost: 2 });
  expect(['a', 'a', 'a', 'b', 'b', 'c'].map((host) => queue.hold(host))).toEqual([
    ...[true, true, false],
    ...[true, false, false],
  ]);
  queue.release('a');
  expect(queue.hold('c')).toBe(true);
  expect(queue.held).toBe(3);
});

test('an attempt that fails makes room for the next', async () => {
  const queue = new CallQueue({ running: 1, runningPerHost: 1, held: 2, heldPerHost: 2 });
  queue.hold('a');
  const failing = queue.run('a', () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await queue.run('a', async () => 'yes')).toBe('yes');
});
