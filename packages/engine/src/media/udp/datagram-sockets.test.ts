import dgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { compileKernel, instantiateKernel } from '../srtp/index.js';
import { kernelBytes } from '../srtp/testing/kernel-fixture.js';
import { TransmitQueue } from '../testing/transmit-queue.js';
import { BatchedSockets } from './batched-sockets.js';
import { DgramSockets } from './datagram-sockets.js';
import { hasBatchedCalls, loadLibC } from './libc.js';
import { readSocketAddress } from './socket-address.js';
import { type DatagramSockets, MAX_DATAGRAM, RECEIVE_BATCH, SocketError } from './sockets.js';

type Bind = readonly { readonly family: 'IPv4' | 'IPv6'; readonly address: string }[];

interface Kind {
  readonly name: string;
  makeMemory(): WorkerMemory;
  open(memory: WorkerMemory, bind: Bind, port: number): Promise<DatagramSockets>;
}

const dgramSockets: Kind = {
  name: 'DgramSockets',
  makeMemory: () => new WorkerMemory(128, null),
  open: (memory, bind, port) => DgramSockets.open(memory, bind, port),
};

function batchedSockets(): Kind {
  const calls = loadLibC();
  return {
    name: 'BatchedSockets',
    makeMemory: () => new WorkerMemory(128, calls.addressOf),
    open: async (memory, bind, port) => new BatchedSockets(calls, memory, bind, port),
  };
}

const BOTH_FAMILIES: Bind = [
  { family: 'IPv4', address: '127.0.0.1' },
  { family: 'IPv6', address: '::1' },
];
/** Ports that are tried until one is free for both families. */
const PORTS = Array.from({ length: 50 }, () => 20_000 + Math.floor(Math.random() * 30_000));
const kinds = hasBatchedCalls() ? [dgramSockets, batchedSockets()] : [dgramSockets];

interface Arrived {
  readonly from: ReturnType<typeof readSocketAddress>;
  readonly bytes: Buffer;
}

describe.each(kinds)('$name', (kind) => {
  let memory: WorkerMemory;
  let sockets: DatagramSockets;
  let port: number;
  const peers: dgram.Socket[] = [];

  async function openAnywhere(bind: Bind): Promise<DatagramSockets> {
    for (const candidate of PORTS) {
      try {
        return await kind.open(memory, bind, candidate);
      } catch (error) {
        if (!(error instanceof SocketError) || error.code !== 'EADDRINUSE') throw error;
      }
    }
    throw new Error('no port is free');
  }

  async function openPeer(family: 'IPv4' | 'IPv6'): Promise<{ socket: dgram.Socket; address: AddressInfo }> {
    const socket = dgram.createSocket(family === 'IPv4' ? 'udp4' : 'udp6');
    peers.push(socket);
    socket.bind(0, family === 'IPv4' ? '127.0.0.1' : '::1');
    await once(socket, 'listening');
    return { socket, address: socket.address() };
  }

  /** Turns as the worker does until so many datagrams have come in by one socket. */
  async function receive(socketIndex: number, count: number): Promise<Arrived[]> {
    const arrived: Arrived[] = [];
    const end = performance.now() + 5_000;
    while (arrived.length < count && performance.now() < end) {
      sockets.wait(20);
      if (sockets.isReadable(socketIndex)) {
        const filled = sockets.receive(socketIndex);
        expect(filled).toBeLessThanOrEqual(RECEIVE_BATCH);
        for (let i = 0; i < filled; i++) {
          const start = sockets.batch.datagram(i);
          const kept = Math.min(sockets.batch.lengths[i] ?? 0, MAX_DATAGRAM);
          arrived.push({
            from: readSocketAddress(memory.bytes, sockets.batch.address(i)),
            bytes: Buffer.from(memory.bytes.slice(start, start + kept)),
          });
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    return arrived;
  }

  beforeEach(async () => {
    memory = kind.makeMemory();
    sockets = await openAnywhere(BOTH_FAMILIES);
    port = sockets.addresses[0]?.port ?? 0;
  });
  afterEach(() => {
    sockets.close();
    for (const peer of peers.splice(0)) peer.close();
  });

  test.each(BOTH_FAMILIES)('receives and sends over $family', async ({ family, address }) => {
    const socketIndex = family === 'IPv4' ? 0 : 1;
    const peer = await openPeer(family);
    for (let i = 0; i < 5; i++) peer.socket.send(Buffer.from([1, 2, i]), port, address);
    const arrived = await receive(socketIndex, 5);
    const sender = { family, address, port: peer.address.port };
    expect(arrived).toEqual([0, 1, 2, 3, 4].map((i) => ({ from: sender, bytes: Buffer.of(1, 2, i) })));
    expect(sockets.isReadable(1 - socketIndex)).toBe(false);

    const queue = new TransmitQueue(memory, (messages, count) => sockets.send(socketIndex, messages, count));
    queue.queue(queue.destination(family, address, peer.address.port), Buffer.from('an answer'));
    const answer = once(peer.socket, 'message');
    queue.transmitter.flush();
    expect(queue.transmitter.packetsSent).toBe(1);
    const [bytes, from] = await answer;
    expect(String(bytes)).toBe('an answer');
    expect(from).toMatchObject({ address, port });
  });

  test('packets of many lengths arrive each on its own and in order, merged on the way or not', async () => {
    const kernel = instantiateKernel(compileKernel(await kernelBytes()), memory.memory);
    kernel.setMemoryBase(memory.baseAddress >>> 0, Math.floor(memory.baseAddress / 2 ** 32));
    const queue = new TransmitQueue(memory, (messages, count) => sockets.send(0, messages, count), {
      isPossible: () => sockets.takesMerged(0),
      mergeMessages: kernel.mergeMessages,
    });
    const lengths = [110, 110, 110, 60, 60, 1400, 1400, 1200, 1200, 7, 110, 1];
    const both = [await openPeer('IPv4'), await openPeer('IPv4')];
    const heard = both.map(({ socket }) => {
      const packets: [number, number][] = [];
      socket.on('message', (bytes) => packets.push([bytes[0] ?? -1, bytes.length]));
      return packets;
    });
    const destinations = both.map(({ address }) => queue.destination('IPv4', '127.0.0.1', address.port));
    lengths.forEach((length, i) => {
      for (const destination of destinations) queue.queue(destination, Buffer.alloc(length, i));
    });
    queue.transmitter.flush();
    const all = lengths.map((length, i) => [i, length]);
    await expect.poll(() => heard).toEqual([all, all]);
    expect(queue.transmitter.packetsSent).toBe(2 * lengths.length);
  });

  test('takes more than a batch, a batch at a time', async () => {
    const peer = await openPeer('IPv4');
    const count = 2 * RECEIVE_BATCH + 3;
    for (let i = 0; i < count; i++) peer.socket.send(Buffer.from([i]), port, '127.0.0.1');
    const arrived = await receive(0, count);
    expect(arrived.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: count }, (_, i) => i & 0xff));
  });

  test('tells the longest datagram from one that is cut', async () => {
    const peer = await openPeer('IPv4');
    for (const length of [0, MAX_DATAGRAM, MAX_DATAGRAM + 1, 9_000, 1])
      peer.socket.send(Buffer.alloc(length, 5), port, '127.0.0.1');
    const lengths: number[] = [];
    while (lengths.length < 5) {
      const [one] = await receive(0, 1);
      if (one === undefined) break;
      lengths.push(...sockets.batch.lengths.slice(0, 5 - lengths.length));
    }
    expect(lengths.slice(0, 2)).toEqual([0, MAX_DATAGRAM]);
    expect(lengths.slice(2, 4).every((length) => length > MAX_DATAGRAM)).toBe(true);
  });

  test('sends the rest when one in the middle cannot go', async () => {
    const peer = await openPeer('IPv4');
    const queue = new TransmitQueue(memory, (messages, count) => sockets.send(0, messages, count));
    const good = queue.destination('IPv4', '127.0.0.1', peer.address.port);
    const bad = [
      queue.destination('IPv4', '127.0.0.1', 0),
      queue.destination('IPv6', '::1', peer.address.port),
    ];
    const heard: number[] = [];
    peer.socket.on('message', (bytes) => heard.push(bytes[0] ?? -1));
    for (let i = 0; i < 6; i++)
      queue.queue(i === 2 ? (bad[0] ?? 0) : i === 4 ? (bad[1] ?? 0) : good, Buffer.of(i));
    queue.transmitter.flush();
    expect(queue.transmitter.packetsSent).toBeLessThan(6);
    await expect.poll(() => heard).toEqual([0, 1, 3, 5]);
  });

  test('names the error when a port is taken, and leaves nothing open', async () => {
    const taken = kind.open(kind.makeMemory(), BOTH_FAMILIES, port);
    await expect(taken).rejects.toThrow(SocketError);
    await expect(taken).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `127.0.0.1 port ${port}: EADDRINUSE`,
    });
    // The first of two addresses is free, the second is not.
    const blocker = dgram.createSocket('udp4');
    peers.push(blocker);
    blocker.bind(0, '127.0.0.2');
    await once(blocker, 'listening');
    const half: Bind = [
      { family: 'IPv4', address: '127.0.0.3' },
      { family: 'IPv4', address: '127.0.0.2' },
    ];
    const { port: blocked } = blocker.address();
    await expect(kind.open(kind.makeMemory(), half, blocked)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const rest = await kind.open(kind.makeMemory(), half.slice(0, 1), blocked);
    rest.close();
  });

  test('names the error when an address is not of this machine', async () => {
    const elsewhere: Bind = [{ family: 'IPv4', address: '203.0.113.1' }];
    await expect(kind.open(kind.makeMemory(), elsewhere, port)).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
  });

  test('gives its ports back when it closes', async () => {
    sockets.close();
    sockets = await kind.open(kind.makeMemory(), BOTH_FAMILIES, port);
    expect(sockets.addresses.map((bound) => bound.port)).toEqual([port, port]);
  });

  test('does not sleep through work of the event loop', async () => {
    const worker = new Worker(
      'require("node:worker_threads").parentPort.once("message", (m) => { setTimeout(() => process.exit(m), 50); })',
      { eval: true },
    );
    await once(worker, 'online');
    const exit = once(worker, 'exit');
    let exited = false;
    void exit.then(() => {
      exited = true;
    });
    worker.postMessage(7);
    const start = performance.now();
    let turns = 0;
    while (!exited && performance.now() - start < 10_000) {
      turns++;
      sockets.wait(5_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await exit).toEqual([7]);
    expect(performance.now() - start).toBeLessThan(4_000);
    expect(turns).toBeGreaterThan(0);
  });
});
