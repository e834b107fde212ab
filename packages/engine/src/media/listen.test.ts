import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { WorkerOptions } from '../contract/messages.js';
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

/** A port with some free ones behind it, most likely. */
function somePort(): number {
  return 20_000 + Math.floor(Math.random() * 30_000);
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
    const taken = await occupyUdp(0);
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
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const { port } = await listenAs(kind, options(address.port, address.port + 20), makeTcp());
    expect(port).toBeGreaterThan(address.port);
    expect(await occupyUdp(address.port)).toBe(address.port);
  });

  test('says which keys are at fault when the whole range is taken, and holds nothing', async () => {
    const taken = await occupyUdp(0);
    const message = `[engine] port-min = ${taken}, port-max = ${taken}: no port of this range is free on 127.0.0.1`;
    await expect(listenAs(kind, options(taken, taken), makeTcp())).rejects.toThrow(message);
    const server = net.createServer();
    server.listen(taken, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  test('says which address is at fault when it is not of this machine', async () => {
    const port = somePort();
    await expect(listenAs(kind, options(port, port + 5, ['203.0.113.1']), null)).rejects.toThrow(
      `cannot listen for media on 203.0.113.1 port ${port}: EADDRNOTAVAIL`,
    );
  });
});

test.runIf(calls !== null)(
  'what a dead worker left open is closed, and how it was woken goes on',
  async () => {
    const wanted = options(somePort(), 65_535);
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
    const wanted = options(somePort(), 65_535);
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
