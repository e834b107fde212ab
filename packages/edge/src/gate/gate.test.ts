import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ConnectionLimit } from './connection-limit.js';
import { Gate, type GatedRequest, type GateOptions } from './gate.js';
import { DEFAULT_HTTP_LIMITS } from './limits.js';
import { MonitorCheck, proofOfMonitor } from './monitor-proof.js';
import { RefusalCounts } from './refusal-counts.js';
import { TrustedProxies } from './trusted-proxies.js';

const warned: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line) => warned.push(line) });
let now = 0;
const servers: Server[] = [];
const clients: net.Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
  warned.length = 0;
});

function gateWith(options: Partial<GateOptions> = {}): Gate {
  now = 0;
  return new Gate({
    limits: { ...DEFAULT_HTTP_LIMITS, addressCalls: { perSecond: 2, burst: 3 }, socketsPerAddress: 2 },
    proxies: new TrustedProxies(['10.0.0.0/8']),
    monitor: null,
    refusals: new RefusalCounts(),
    logger,
    now: () => now,
    ...options,
  });
}

function requestFrom(remoteAddress: string, headers: IncomingHttpHeaders = {}): GatedRequest {
  const socket = new net.Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  return { httpVersion: '1.1', headers: { host: 'localhost:7000', ...headers }, socket };
}

/** @returns how many of so many calls are taken */
function taken(gate: Gate, calls: number, remoteAddress: string, headers?: IncomingHttpHeaders): number {
  let count = 0;
  for (let call = 0; call < calls; call++)
    if (gate.refuse(requestFrom(remoteAddress, headers)) === null) count++;
  return count;
}

describe('calls of one address', () => {
  test('are taken up to a burst, and then at the rate', () => {
    const gate = gateWith();
    expect(taken(gate, 10, '192.0.2.1')).toBe(3);
    now += 1_000;
    expect(taken(gate, 10, '192.0.2.1')).toBe(2);
    expect(taken(gate, 10, '192.0.2.2')).toBe(3);
    expect(gate.refuse(requestFrom('192.0.2.1'))?.code).toBe(5005000);
  });

  test('of IPv6 are those of its network, and mapped ones are of IPv4', () => {
    const gate = gateWith();
    expect(taken(gate, 2, '2001:db8:1:2::1')).toBe(2);
    expect(taken(gate, 2, '2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(1);
    expect(taken(gate, 2, '2001:db8:1:3::1')).toBe(2);
    expect(taken(gate, 3, '::ffff:192.0.2.1')).toBe(3);
    expect(taken(gate, 3, '192.0.2.1')).toBe(0);
  });

  test('of programs on this machine are all taken, unless they are to be counted as well', () => {
    expect(taken(gateWith(), 100, '127.0.0.1')).toBe(100);
    const limits = { ...DEFAULT_HTTP_LIMITS, addressCalls: { perSecond: 1, burst: 1 }, loopback: true };
    expect(taken(gateWith({ limits }), 100, '127.0.0.1')).toBe(1);
  });

  test('of pages in a browser on this machine under a name of an attacker are counted', () => {
    expect(taken(gateWith(), 100, '127.0.0.1', { host: 'attacker.example' })).toBe(3);
  });

  test('by a proxy on this machine that is not trusted share one limit, and the log says why', () => {
    const gate = gateWith();
    expect(taken(gate, 2, '127.0.0.1', { 'x-forwarded-for': '192.0.2.1' })).toBe(2);
    expect(taken(gate, 2, '127.0.0.1', { 'x-forwarded-for': '192.0.2.2' })).toBe(1);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('[rpc] trusted-proxies');
  });

  test('by a trusted proxy are those of its clients', () => {
    const gate = gateWith();
    expect(taken(gate, 10, '10.1.2.3', { 'x-forwarded-for': '192.0.2.1' })).toBe(3);
    expect(taken(gate, 10, '10.1.2.3', { 'x-forwarded-for': '192.0.2.2' })).toBe(3);
    expect(taken(gate, 10, '192.0.2.1')).toBe(0);
  });

  test('cannot be passed off as those of others by whoever is no trusted proxy', () => {
    const gate = gateWith();
    for (let call = 0; call < 3; call++)
      taken(gate, 1, '192.0.2.1', { 'x-forwarded-for': `198.51.100.${call}` });
    expect(taken(gate, 1, '192.0.2.1', { 'x-forwarded-for': '198.51.100.99' })).toBe(0);
  });

  test('by the monitor are those of its clients, if it shows its proof', () => {
    const gate = gateWith({ monitor: new MonitorCheck('secret') });
    const by = (secret: string, client: string) => ({
      'kraken-monitor': proofOfMonitor(secret),
      'x-forwarded-for': client,
    });
    expect(taken(gate, 9, '192.0.2.9', by('secret', '198.51.100.1'))).toBe(3);
    expect(taken(gate, 9, '192.0.2.9', by('secret', '198.51.100.2'))).toBe(3);
    expect(taken(gate, 9, '192.0.2.9', by('guessed', '198.51.100.3'))).toBe(3);
    expect(taken(gate, 9, '192.0.2.9', by('guessed', '198.51.100.4'))).toBe(0);
    expect(taken(gate, 100, '192.0.2.9', { 'kraken-monitor': proofOfMonitor('secret') })).toBe(100);
  });
});

test('calls with tokens of one subject are limited wherever they come from', () => {
  const limits = { ...DEFAULT_HTTP_LIMITS, tokenCalls: { perSecond: 1, burst: 2 } };
  const gate = gateWith({ limits });
  const codes = [0, 1, 2].map(() => gate.refuseSubject('alice')?.code ?? null);
  expect(codes).toEqual([null, null, 5005000]);
  expect(gate.refuseSubject('bob')).toBeNull();
});

test('live sockets are limited in all and of each address, and places come free', () => {
  const limits = { ...DEFAULT_HTTP_LIMITS, sockets: 3, socketsPerAddress: 2 };
  const gate = gateWith({ limits });
  const open = (address: string) => gate.openSocket(requestFrom(address));
  const first = open('192.0.2.1');
  expect(open('192.0.2.1')).toHaveProperty('release');
  expect(open('192.0.2.1')).toMatchObject({ status: '429 Too Many Requests' });
  expect(open('192.0.2.2')).toHaveProperty('release');
  expect(open('192.0.2.3')).toMatchObject({ status: '503 Service Unavailable' });
  if ('release' in first) first.release();
  expect(open('192.0.2.1')).toHaveProperty('release');
  expect(gate.refusals.requests.get('too-many-sockets')).toBe(1);
  expect(gate.refusals.requests.get('too-many-sockets-of-address')).toBe(1);
});

describe('connections', () => {
  /** Of a server with that gate. */
  async function connectTo(gate: Gate): Promise<() => Promise<net.Socket>> {
    const server = createServer();
    servers.push(server);
    gate.watch(server);
    await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
    const { port } = server.address() as AddressInfo;
    return async () => {
      const client = net.connect(port, '127.0.0.1');
      clients.push(client);
      client.on('error', () => {});
      await once(client, 'connect');
      return client;
    };
  }

  test('of one address are closed beyond their number, and others come when they end', async () => {
    const limits = { ...DEFAULT_HTTP_LIMITS, connectionsPerAddress: 2, loopback: true };
    const gate = gateWith({ limits });
    const connect = await connectTo(gate);
    const [first] = [await connect(), await connect()];
    await once(await connect(), 'close');
    expect(gate.refusals.requests.get('too-many-connections-of-address')).toBe(1);
    first.destroy();
    await vi.waitFor(
      async () => {
        const another = await connect();
        await new Promise((fulfil) => setTimeout(fulfil, 50));
        expect(another.readableEnded || another.destroyed).toBe(false);
      },
      { timeout: 10_000 },
    );
  });

  test('that have a port of one whose end was not told yet count as well', () => {
    const limits = { ...DEFAULT_HTTP_LIMITS, connectionsPerAddress: 1 };
    const limit = new ConnectionLimit({
      limits,
      proxies: new TrustedProxies([]),
      refusals: new RefusalCounts(),
    });
    const server = createServer().removeAllListeners('connection');
    limit.watch(server);
    const connection = () => {
      const socket = new net.Socket();
      Object.defineProperty(socket, 'remoteAddress', { value: '192.0.2.1' });
      Object.defineProperty(socket, 'remotePort', { value: 4711 });
      server.emit('connection', socket);
      return socket;
    };
    const [former, later] = [connection(), connection()];
    former.emit('close');
    expect(limit.size).toBe(1);
    later.emit('close');
    expect(limit.size).toBe(0);
  });

  test('are closed beyond their number in all', async () => {
    const gate = gateWith({ limits: { ...DEFAULT_HTTP_LIMITS, connections: 1 } });
    const connect = await connectTo(gate);
    await connect();
    await once(await connect(), 'close');
    expect(gate.refusals.requests.get('too-many-connections')).toBe(1);
  });
});
