import { ParticipantSocket, SocketMemory } from '@kraken/load/socket';
import { expect, test } from 'vitest';
import { DatagramBatch, LOOPBACK } from './datagram-batch.js';
import { KernelUnderTest } from './kernel-under-test.js';

test.each([1, 4])('a batch of messages of %i datagrams reaches every receiver', (segments) => {
  const memory = new SocketMemory();
  const open = () => new ParticipantSocket(memory, LOOPBACK, 9);
  const sender = open();
  const receivers = [open(), open(), open()];
  const batch = new DatagramBatch(memory, receivers, segments);
  expect(batch.send(sender)).toBe(3 * segments);
  expect(receivers.map((receiver) => receiver.receive())).toEqual([segments, segments, segments]);
  for (const socket of [sender, ...receivers]) socket.close();
});

test.each([1, 3])('the kernel takes what it has protected for groups of %i', (lanes) => {
  const kernel = new KernelUnderTest(100, lanes);
  kernel.protectAll();
  expect(kernel.unprotect()).toBe(true);
});
