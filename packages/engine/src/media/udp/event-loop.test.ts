import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { eventLoopDescriptor } from './event-loop.js';
import { hasBatchedCalls, loadLibC, POLLFD_SIZE, POLLIN } from './libc.js';

describe.runIf(hasBatchedCalls())("the event loop's descriptor", () => {
  test('is the same every time', () => {
    const descriptor = eventLoopDescriptor();
    expect(descriptor).not.toBeNull();
    expect(eventLoopDescriptor()).toBe(descriptor);
  });

  test('becomes readable when the loop has work', async () => {
    const calls = loadLibC();
    const pollfd = Buffer.alloc(POLLFD_SIZE);
    pollfd.writeInt32LE(eventLoopDescriptor() ?? -1, 0);
    pollfd.writeInt16LE(POLLIN, 4);
    const { port1, port2 } = new MessageChannel();
    const received = new Promise<unknown>((resolve) => {
      port1.once('message', resolve);
    });
    port2.postMessage('work');
    expect(calls.poll(calls.addressOf(pollfd), 1, 10_000)).toBe(1);
    expect(pollfd.readInt16LE(6)).toBe(POLLIN);
    expect(await received).toBe('work');
    port1.close();
  });
});
