import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FrameDecoder, writeFrameHeader } from './tcp/framing.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';
import type { TestPeer } from './testing/test-peer.js';
import { SocketError } from './udp/sockets.js';

const parts = await prepareBenches();
let bench: MediaBench;
let port: number;
const clients = new Map<TestPeer, net.Socket>();
beforeEach(async () => {
  bench = new MediaBench(parts);
  bench.uplink = (bytes, peer) => {
    const client = clients.get(peer);
    if (client === undefined) return [bytes];
    const header = Buffer.alloc(2);
    writeFrameHeader(header, 0, bytes.length);
    client.write(Buffer.concat([header, bytes]));
    return [];
  };
  port = await listenAnywhere();
});
afterEach(async () => {
  bench.close();
  for (const client of clients.values()) client.destroy();
  clients.clear();
  await bench.tcp.stop();
});

async function listenAnywhere(): Promise<number> {
  for (let tries = 0; ; tries++) {
    const candidate = 20_000 + Math.floor(Math.random() * 30_000);
    try {
      await bench.tcp.listen('IPv4', '127.0.0.1', candidate);
      return candidate;
    } catch (error) {
      if (!(error instanceof SocketError) || tries > 50) throw error;
    }
  }
}

/** Has all that a peer sends and gets go over a TCP connection from here on. */
async function dial(peer: TestPeer): Promise<net.Socket> {
  const client = net.connect({ host: '127.0.0.1', port, noDelay: true });
  client.on('error', () => {});
  await once(client, 'connect');
  const decoder = new FrameDecoder();
  client.on('data', (chunk) => {
    decoder.push(Buffer.from(chunk), (bytes, offset, length) => {
      peer.judge(Buffer.from(bytes.slice(offset, offset + length)))();
    });
  });
  clients.set(peer, client);
  return client;
}

async function joinByTcp(): Promise<TestPeer> {
  const peer = bench.admit();
  peer.keepsAlive = false;
  await dial(peer);
  peer.check();
  await expect.poll(() => peer.datagrams).toBe(1);
  peer.dtls.start();
  await expect.poll(() => peer.isConnected).toBe(true);
  return peer;
}

describe('a participant over TCP', () => {
  test('hears those over UDP, and they hear it', async () => {
    const overTcp = bench.publish(await joinByTcp());
    const overUdp = bench.publish(bench.join());
    bench.subscribe(overTcp.peer, overUdp);
    bench.subscribe(overUdp.peer, overTcp);
    const sent = [0, 1, 2].map(() => [overTcp.stream.send(), overUdp.stream.send()]);
    bench.pump();
    await expect
      .poll(() => overTcp.peer.heard.map(({ payload }) => payload))
      .toEqual(sent.map(([, udp]) => udp));
    await expect
      .poll(() => overUdp.peer.heard.map(({ payload }) => payload))
      .toEqual(sent.map(([tcp]) => tcp));
  });

  test('is kept beyond the time that a connection may stay unproven', async () => {
    const peer = await joinByTcp();
    const idle = net.connect({ host: '127.0.0.1', port });
    await once(idle, 'connect');
    const end = once(idle, 'close');
    bench.tcp.sweep(performance.now() + 60_000);
    await end;
    expect(clients.get(peer)?.readyState).toBe('open');
  });

  test('moves over to UDP, and back to another connection', async () => {
    const peer = await joinByTcp();
    const publication = bench.publish(bench.join());
    bench.subscribe(peer, publication);
    const first = clients.get(peer);
    clients.delete(peer);
    bench.advance(10_000);
    peer.check();
    publication.stream.send();
    bench.pump();
    expect(peer.heard).toHaveLength(1);
    const second = await dial(peer);
    bench.advance(10_000);
    peer.check();
    await expect.poll(() => second.bytesRead).toBeGreaterThan(0);
    const before = second.bytesRead;
    publication.stream.send();
    bench.pump();
    await expect.poll(() => peer.heard.length).toBe(2);
    expect(second.bytesRead).toBeGreaterThan(before);
    first?.destroy();
  });

  test('whose connection breaks gets nothing until it comes back, by another one', async () => {
    const peer = await joinByTcp();
    const publication = bench.publish(bench.join());
    bench.subscribe(peer, publication);
    publication.stream.send();
    bench.pump();
    await expect.poll(() => peer.heard.length).toBe(1);
    const used = bench.memory.used;
    clients.get(peer)?.destroy();
    await expect.poll(() => bench.memory.used).toBeLessThan(used);
    const before = bench.statistics().packetsOut;
    publication.stream.send();
    bench.pump();
    expect(bench.statistics().packetsOut).toBe(before);
    await dial(peer);
    peer.check();
    await expect.poll(() => bench.memory.used).toBe(used);
    publication.stream.send();
    bench.pump();
    await expect.poll(() => peer.heard.length).toBe(2);
  });

  test('is hung up on when its transport closes', async () => {
    const peer = await joinByTcp();
    const client = clients.get(peer);
    if (client === undefined) throw new Error('it is not connected');
    const end = once(client, 'close');
    bench.leave(peer);
    await end;
  });
});
