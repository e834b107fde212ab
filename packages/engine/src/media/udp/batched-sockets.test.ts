import dgram from 'node:dgram';
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { BatchedSockets } from './batched-sockets.js';
import { eventLoopDescriptor } from './event-loop.js';
import { hasBatchedCalls, type LibC, loadLibC } from './libc.js';
import { SocketError } from './sockets.js';

/** Long enough that a test would notice if it were slept through. */
const LONG = 10_000;

/** On a port that is free, by calls of which some may be faked. */
function open(faked: Partial<LibC> = {}): BatchedSockets {
  const calls = { ...loadLibC(), ...faked };
  const memory = new WorkerMemory(32, calls.addressOf);
  for (let tries = 0; ; tries++) {
    try {
      const port = 20_000 + Math.floor(Math.random() * 30_000);
      return new BatchedSockets(calls, memory, [{ family: 'IPv4', address: '127.0.0.1' }], port);
    } catch (error) {
      if (!(error instanceof SocketError) || tries > 50) throw error;
    }
  }
}

describe.runIf(hasBatchedCalls())('the sleep', () => {
  let sockets: BatchedSockets;
  let peer: dgram.Socket;
  let port: number;
  beforeEach(async () => {
    sockets = open();
    port = sockets.addresses[0]?.port ?? 0;
    peer = dgram.createSocket('udp4');
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
  });
  afterEach(() => {
    sockets.close();
    peer.close();
  });

  async function send(): Promise<void> {
    await new Promise((resolve) => peer.send(Buffer.of(1), port, '127.0.0.1', resolve));
  }

  test('ends with a datagram, again and again until it is taken', async () => {
    await send();
    const start = performance.now();
    for (let i = 0; i < 3; i++) {
      sockets.wait(LONG);
      expect(sockets.isReadable(0)).toBe(true);
    }
    expect(sockets.receive(0)).toBe(1);
    expect(sockets.receive(0)).toBe(0);
    expect(performance.now() - start).toBeLessThan(LONG);
    sockets.wait(0);
    expect(sockets.isReadable(0)).toBe(false);
  });

  test('ends in time when nothing happens, and says whether the event loop has work', async () => {
    expect(eventLoopDescriptor()).toBeGreaterThanOrEqual(0);
    // What vitest itself has going on is done with by some turn.
    await expect
      .poll(() => {
        const start = performance.now();
        return !sockets.wait(20) && performance.now() - start >= 15;
      })
      .toBe(true);
  });

  test('ends when a message comes for this thread', async () => {
    const { port1, port2 } = new MessageChannel();
    const message = new Promise((resolve) => {
      port1.once('message', resolve);
    });
    port2.postMessage('wake up');
    expect(sockets.wait(LONG)).toBe(true);
    await message;
    port1.close();
  });

  test('ends when another thread wakes this one, and the next one lasts', () => {
    const other = open();
    const start = performance.now();
    for (let i = 0; i < 3; i++) {
      other.wake(sockets.wakeDescriptor);
      other.wake(sockets.wakeDescriptor);
      sockets.wait(LONG);
    }
    expect(performance.now() - start).toBeLessThan(LONG);
    expect(sockets.isReadable(0)).toBe(false);
    expect(other.isReadable(0)).toBe(false);
    // Only the event loop may end this one.
    const before = performance.now();
    expect(sockets.wait(20) || performance.now() - before >= 15).toBe(true);
    other.close();
  });
});

test.runIf(hasBatchedCalls())('an option that the system does not have keeps no socket from opening', () => {
  open({ setsockopt: () => -1 }).close();
});

describe.runIf(hasBatchedCalls())('calls that fail', () => {
  test('of poll leave nothing readable', () => {
    const sockets = open({ poll: () => -1 });
    expect(sockets.wait(LONG)).toBe(false);
    expect(sockets.isReadable(0)).toBe(false);
    sockets.close();
  });
});

describe.runIf(hasBatchedCalls())('a descriptor that somebody else has closed', () => {
  test('ends the thread instead of keeping it busy for ever', () => {
    const sockets = open();
    const [descriptor = -1] = sockets.descriptors.sockets;
    loadLibC().close(descriptor);
    expect(() => sockets.wait(LONG)).toThrow('closed');
    expect(() => sockets.receive(0)).toThrow('a media socket is gone: error 9');
    sockets.close();
  });

  test('and that has become something else, as well', () => {
    const sockets = open({ recvmmsg: () => -1, errno: () => 88 });
    expect(() => sockets.receive(0)).toThrow('a media socket is gone: error 88');
    sockets.close();
  });

  test('of its event loop or of who wakes it, too', () => {
    const sockets = open();
    loadLibC().close(sockets.wakeDescriptor);
    expect(() => sockets.wait(LONG)).toThrow('closed');
  });
});
