import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { type CapturedDatagram, readMessage } from '../testing/captured-messages.js';
import { TransmitQueue } from '../testing/transmit-queue.js';
import { compileKernel, instantiateKernel, type Kernel } from './kernel.js';
import { DESTINATION_LAST_QUEUED, MAX_SEGMENT_LENGTH, MAX_SEGMENTS, MESSAGE_SIZE } from './layout.js';
import { kernelBytes } from './testing/kernel-fixture.js';

const BASE_ADDRESS = 0x7fff_0000_1000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = compileKernel(await kernelBytes());
}, 60_000);

let memory: WorkerMemory;
let kernel: Kernel;
let queue: TransmitQueue;
/** What a flush hands over, message by message. */
let messages: CapturedDatagram[][];
beforeEach(() => {
  memory = new WorkerMemory(256, () => BASE_ADDRESS);
  kernel = instantiateKernel(module, memory.memory);
  kernel.setMemoryBase(BASE_ADDRESS >>> 0, Math.floor(BASE_ADDRESS / 2 ** 32));
  messages = [];
  const send = (first: number, count: number) => {
    messages = Array.from({ length: count }, (_, i) => readMessage(memory, first + i * MESSAGE_SIZE));
    return messages.flat().length;
  };
  queue = new TransmitQueue(memory, send, {
    isPossible: () => true,
    mergeMessages: kernel.mergeMessages,
  });
});

/** Sends packets of these lengths to one destination. @returns the lengths that each message carries */
function merge(lengths: readonly number[]): number[][] {
  const destination = queue.destination('IPv4', '192.0.2.1', 9);
  lengths.forEach((length, i) => {
    queue.queue(destination, new Uint8Array(length).fill(i));
  });
  queue.transmitter.flush();
  expect(messages.flat().map(({ bytes }) => bytes[0])).toEqual(lengths.map((_, i) => i & 0xff));
  return messages.map((datagrams) => datagrams.map(({ bytes }) => bytes.length));
}

describe('packets to one destination', () => {
  test('of one length go as one message', () => {
    expect(merge([110, 110, 110])).toEqual([[110, 110, 110]]);
  });

  test('may end with a shorter one, which nothing follows', () => {
    expect(merge([110, 110, 60, 60, 60])).toEqual([
      [110, 110, 60],
      [60, 60],
    ]);
  });

  test('begin anew with a longer one', () => {
    expect(merge([60, 110, 110])).toEqual([[60], [110, 110]]);
  });

  test('are as many as a message can carry, then go on in the next', () => {
    expect(merge(new Array(2 * MAX_SEGMENTS + 1).fill(80)).map(({ length }) => length)).toEqual([
      MAX_SEGMENTS,
      MAX_SEGMENTS,
      1,
    ]);
  });

  test('that may need fragments go on their own', () => {
    const long = MAX_SEGMENT_LENGTH + 1;
    expect(merge([long, long, 60])).toEqual([[long], [long], [60]]);
    expect(merge([MAX_SEGMENT_LENGTH, MAX_SEGMENT_LENGTH])).toHaveLength(1);
  });
});

test('whatever is queued, each destination gets its packets in order, and nothing is left behind', () => {
  const address = fc.integer({ min: 0, max: 7 });
  const length = fc.oneof(fc.constantFrom(40, 110, 1200), fc.integer({ min: 1, max: 1400 }));
  const packets = fc.array(fc.tuple(address, length), { maxLength: 200 });
  const destinations = Array.from({ length: 8 }, (_, i) =>
    i % 2 === 0
      ? queue.destination('IPv4', '192.0.2.1', 1000 + i)
      : queue.destination('IPv6', '2001:db8::1', 1000 + i),
  );
  fc.assert(
    fc.property(packets, (queued) => {
      const expected: Record<string, string[]> = {};
      messages = [];
      queued.forEach(([place, length], i) => {
        const bytes = Buffer.alloc(length, i);
        queue.queue(destinations[place] ?? 0, bytes);
        const to = place % 2 === 0 ? `192.0.2.1:${1000 + place}` : `[2001:db8::1]:${1000 + place}`;
        expected[to] = [...(expected[to] ?? []), bytes.toString('latin1')];
      });
      const { packetsSent } = queue.transmitter;
      queue.transmitter.flush();
      expect(queue.transmitter.packetsSent - packetsSent).toBe(queued.length);
      const arrived: Record<string, string[]> = {};
      for (const { to, bytes } of messages.flat()) {
        arrived[to] = [...(arrived[to] ?? []), bytes.toString('latin1')];
      }
      expect(arrived).toEqual(expected);
      for (const destination of destinations) {
        expect(memory.view.getUint32(destination + DESTINATION_LAST_QUEUED, true)).toBe(0);
      }
    }),
  );
});
