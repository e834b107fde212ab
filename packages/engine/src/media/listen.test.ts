import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { WorkerOptions } from '../contract/worker-options.js';
import { Counters } from './counters.js';
import { type Listening, listen, usesBatchedCalls } from './listen.js';
import { WorkerMemory } from './memory.js';
import { TcpConnections } from './tcp/connections.js';
import { DEFAULT_TCP_LIMITS } from './tcp/limits.js';
import { hasBatchedCalls, loadLibC } from './udp/libc.js';

const calls = hasBatchedCalls() ? loadLibC() : null;
const memory = new WorkerMemory(128, calls === null ? null : calls.addressOf);
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function options(
  portMin: number,
  portMax: number,
  addresses: readonly string[] = ['127.0.0.1'],
): WorkerOptions {
  return {
    index: 0,
    bind: addresses.map((address) => ({
      family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
      address,
      announced: address,
    })),
    portMin,
    portMax,
    tcp: true,
    tcpLimits: DEFAULT_TCP_LIMITS,
    io: 'auto',
    recovery: { retransmission: true, redundancy: true },
    certificate: { certificate: new Uint8Array(0), privateKey: new Uint8Array(0) },
    inherited: null,
    heartbeat: null,
  };
}

function makeTcp(): TcpConnections {
  const tcp = new TcpConnections(memory, new Counters(), { onFrame: () => {}, onClosed: () => {} });
  open.push({ close: () => tcp.stop() });
  return tcp;
}

/** Below those that systems give to outgoing connections, which others would have at any time. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_000;

/** @returns a port that neither UDP nor TCP has; so are some behind it, most likely */
async function somePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const server = net.createServer();
    const socket = dgram.createSocket('udp4');
    try {
      const listening = once(server, 'listening');
      server.listen(port, '127.0.0.1');
      await listening;
      const bound = once(socket, 'listening');
      socket.bind(port, '127.0.0.1');
      await bound;
      return port;
    } catch {
      // Somebody has it.
    } finally {
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await new Promise<void>((resolve) => void socket.close(resolve));
    }
  }
}

async function occupyUdp(port: number, address = '127.0.0.1'): Promise<number> {
  const socket = dgram.createSocket('udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  open.push({ close: () => new Promise<void>((resolve) => void socket.close(resolve)) });
  return socket.address().port;
}

async function listenAs(kind: 'batched' | 'dgram', wanted: WorkerOptions, tcp: TcpConnections | null) {
  const listening: Listening = await listen(wanted, memory, kind === 'batched' ? calls : null, tcp);
  open.push({ close: () => listening.sockets.close() });
  return listening;
}

const kinds = hasBatchedCalls() ? (['dgram', 'batched'] as const) : (['dgram'] as const);

describe.each(kinds)('listening by %s', (kind) => {
  test('takes the first port that is free, for UDP and TCP on every address', async () => {
    const taken = await occupyUdp(await somePort());
    const { port, sockets } = await listenAs(
      kind,
      options(taken, taken + 20, ['127.0.0.1', '::1']),
      makeTcp(),
    );
    expect(port).toBeGreaterThan(taken);
    expect(sockets.addresses).toEqual([
      { family: 'IPv4', address: '127.0.0.1', port },
      { family: 'IPv6', address: '::1', port },
    ]);
    for (const host of ['127.0.0.1', '::1']) {
      const client = net.connect({ host, port });
      await once(client, 'connect');
      client.destroy();
    }
  });

  test('skips a port whose TCP is taken, and leaves its UDP free', async () => {
    const server = net.createServer();
    const taken = await somePort();
    server.listen(taken, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const { port } = await listenAs(kind, options(taken, taken + 20), makeTcp());
    expect(port).toBeGreaterThan(taken);
    expect(await occupyUdp(taken)).toBe(taken);
  });

  test('says which keys are at fault when the whole range is taken, and holds nothing', async () => {
    const taken = await occupyUdp(await somePort());
    const message = `[engine] port-min = ${taken}, port-max = ${taken}: no port of this range is free on 127.0.0.1`;
    await expect(listenAs(kind, options(taken, taken), makeTcp())).rejects.toThrow(message);
    const server = net.createServer();
    server.listen(taken, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  test('says which address is at fault when it is not of this machine', async () => {
    const port = await somePort();
    await expect(listenAs(kind, options(port, port + 5, ['203.0.113.1']), null)).rejects.toThrow(
      `cannot listen for media on 203.0.113.1 port ${port}: EADDRNOTAVAIL`,
    );
  });
});

test.runIf(calls !== null)(
  'what a dead worker left open is closed, and how it was woken goes on',
  async () => {
    const wanted = options(await somePort(), 65_535);
    const dead = await listenAs('batched', wanted, null);
    const inherited = dead.sockets.descriptors;
    if (inherited === null) throw new Error('sockets without descriptors');
    open.pop();
    const [portMin, portMax] = [dead.port, dead.port];
    const { sockets, port } = await listenAs('batched', { ...wanted, portMin, portMax, inherited }, null);
    expect(port).toBe(dead.port);
    expect(sockets.wakeDescriptor).toBe(inherited.wake);
    dead.sockets.wake(inherited.wake);
    const start = performance.now();
    sockets.wait(10_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  },
);

test.runIf(calls !== null)(
  'a descriptor of a dead worker that is something else by now stays open',
  async () => {
    const wanted = options(await somePort(), 65_535);
    const other = await listenAs('batched', wanted, null);
    const inherited = other.sockets.descriptors;
    if (inherited === null) throw new Error('sockets without descriptors');
    const { sockets, port } = await listenAs(
      'batched',
      { ...wanted, portMin: other.port + 1, inherited },
      null,
    );
    expect(port).toBeGreaterThan(other.port);
    expect(sockets.wait(0)).toBeDefined();
    expect(() => other.sockets.wait(0)).not.toThrow();
    await expect(listenAs('batched', options(other.port, other.port), null)).rejects.toThrow('no port');
  },
);

describe('the calls', () => {
  test('are chosen by configuration and system', () => {
    expect(usesBatchedCalls('dgram')).toBe(false);
    expect(usesBatchedCalls('auto')).toBe(hasBatchedCalls());
    if (hasBatchedCalls()) expect(usesBatchedCalls('batched')).toBe(true);
    else expect(() => usesBatchedCalls('batched')).toThrow('[engine] io = "batched"');
  });
});
