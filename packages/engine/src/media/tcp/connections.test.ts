import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Counters } from '../counters.js';
import { WorkerMemory } from '../memory.js';
import { TransmitQueue } from '../testing/transmit-queue.js';
import { readSocketAddress } from '../udp/socket-address.js';
import { SocketError } from '../udp/sockets.js';
import { TcpConnections, UNVALIDATED_TIMEOUT } from './connections.js';
import { FrameDecoder, MAX_FRAME_LENGTH, writeFrameHeader } from './framing.js';
import { DEFAULT_TCP_LIMITS, FRAME_BURST } from './limits.js';

interface Frame {
  readonly connection: number;
  readonly bytes: Buffer;
}

let drops: Counters;
let memory: WorkerMemory;
let tcp: TcpConnections;
let port: number;
let frames: Frame[];
let closed: number[];
const clients: net.Socket[] = [];

beforeEach(async () => {
  drops = new Counters();
  memory = new WorkerMemory(128, () => 0x7000_0000_0000);
  // Of this test alone: connections of an earlier one may be told closed late.
  const [taken, ended]: [Frame[], number[]] = [[], []];
  [frames, closed] = [taken, ended];
  tcp = new TcpConnections(memory, drops, {
    onFrame: (connection, bytes, offset, length) =>
      taken.push({ connection, bytes: Buffer.from(bytes.slice(offset, offset + length)) }),
    onClosed: (connection) => ended.push(connection),
  });
  port = await listenAnywhere();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await tcp.stop();
});

async function listenAnywhere(): Promise<number> {
  for (let tries = 0; ; tries++) {
    const candidate = 20_000 + Math.floor(Math.random() * 30_000);
    try {
      await tcp.listen('IPv4', '127.0.0.1', candidate);
      await tcp.listen('IPv6', '::1', candidate);
      return candidate;
    } catch (error) {
      await tcp.stop();
      if (!(error instanceof SocketError) || tries > 50) throw error;
    }
  }
}

async function connect(host = '127.0.0.1'): Promise<net.Socket> {
  const client = net.connect({ host, port, noDelay: true });
  client.on('error', () => {});
  clients.push(client);
  await once(client, 'connect');
  return client;
}

function frame(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(2 + bytes.length);
  writeFrameHeader(framed, 0, bytes.length);
  framed.set(bytes, 2);
  return framed;
}

/** Connects and sends one frame. @returns the number that the connection has */
async function introduce(host?: string): Promise<{ client: net.Socket; connection: number }> {
  const before = frames.length;
  const client = await connect(host);
  client.write(frame(Buffer.from('hello')));
  await expect.poll(() => frames.length).toBe(before + 1);
  return { client, connection: frames[before]?.connection ?? 0 };
}

function collect(client: net.Socket): Buffer[] {
  const received: Buffer[] = [];
  const decoder = new FrameDecoder();
  client.on('data', (chunk) => {
    decoder.push(Buffer.from(chunk), (bytes, offset, length) => {
      received.push(Buffer.from(bytes.slice(offset, offset + length)));
    });
  });
  return received;
}

describe('frames', () => {
  test.each(['127.0.0.1', '::1'])('go both ways over %s', async (host) => {
    const { client, connection } = await introduce(host);
    const received = collect(client);
    const address = tcp.remoteAddress(connection);
    if (address === null) throw new Error('the connection is not known');
    const family = host === '::1' ? 'IPv6' : 'IPv4';
    expect(readSocketAddress(address, 0)).toEqual({ family, address: host, port: client.localPort });
    client.write(Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]));
    await expect.poll(() => frames.map(({ bytes }) => String(bytes))).toEqual(['hello', 'one', 'two']);

    const queue = new TransmitQueue(memory, (messages, count) => tcp.send(messages, count));
    const sent = [Buffer.from('back'), Buffer.alloc(1400, 3), Buffer.of(0)];
    const destination = queue.connection(connection);
    for (const bytes of sent) queue.queue(destination, bytes);
    queue.transmitter.flush();
    expect(queue.transmitter.packetsSent).toBe(3);
    await expect.poll(() => received).toEqual(sent);
  });

  test('of several connections are told apart', async () => {
    const [first, second] = [await introduce(), await introduce()];
    expect(first.connection).not.toBe(second.connection);
    const received = [first, second].map(({ client }) => collect(client));
    const queue = new TransmitQueue(memory, (messages, count) => tcp.send(messages, count));
    queue.queue(queue.connection(second.connection), Buffer.from('second'));
    queue.queue(queue.connection(first.connection), Buffer.from('first'));
    queue.transmitter.flush();
    await expect.poll(() => received.map((list) => list.map(String))).toEqual([['first'], ['second']]);
  });

  test('for a connection that is gone are refused, and the others go', async () => {
    const [gone, stays] = [await introduce(), await introduce()];
    const received = collect(stays.client);
    gone.client.destroy();
    await expect.poll(() => closed).toEqual([gone.connection]);
    expect(tcp.remoteAddress(gone.connection)).toBeNull();
    const queue = new TransmitQueue(memory, (messages, count) => tcp.send(messages, count));
    for (const { connection } of [gone, stays]) queue.queue(queue.connection(connection), Buffer.from('hey'));
    queue.transmitter.flush();
    expect(queue.taken).toEqual([1]);
    await expect.poll(() => received.map(String)).toEqual(['hey']);
  });
});

describe('a connection', () => {
  test('with a frame that is too long is closed', async () => {
    const { client, connection } = await introduce();
    const header = Buffer.alloc(2);
    writeFrameHeader(header, 0, MAX_FRAME_LENGTH + 1);
    client.write(Buffer.concat([frame(Buffer.of(1)), header, Buffer.alloc(100)]));
    await expect.poll(() => closed).toEqual([connection]);
    expect(drops.get('tcp-frame-too-long')).toBe(1);
    expect(frames).toHaveLength(2);
  });

  test('that takes nothing loses packets instead of filling memory', async () => {
    const { client, connection } = await introduce();
    client.pause();
    const queue = new TransmitQueue(memory, (messages, count) => tcp.send(messages, count));
    const destination = queue.connection(connection);
    // What the system itself holds for a socket is some megabytes.
    for (let i = 0; i < 20_000 && drops.get('tcp-write-backlog') === 0; i++) {
      for (let k = 0; k < 64; k++) queue.queue(destination, new Uint8Array(1400));
      queue.transmitter.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(drops.get('tcp-write-backlog')).toBeGreaterThan(0);
    expect(queue.transmitter.packetsRefused).toBe(drops.get('tcp-write-backlog'));
    // It is alive, and takes packets again when its peer does.
    client.resume();
    await expect
      .poll(() => {
        queue.queue(destination, Uint8Array.of(1));
        queue.transmitter.flush();
        return queue.taken.at(-1);
      })
      .toBe(1);
  });

  test('without a valid check is closed after a while, one with it is not', async () => {
    const [silent, valid] = [await introduce(), await introduce()];
    tcp.validate(valid.connection);
    tcp.validate(12_345);
    tcp.sweep(performance.now());
    tcp.sweep(performance.now() + UNVALIDATED_TIMEOUT - 5_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(closed).toEqual([]);
    tcp.sweep(performance.now() + UNVALIDATED_TIMEOUT + 1);
    await expect.poll(() => closed).toEqual([silent.connection]);
    expect(tcp.remoteAddress(valid.connection)).not.toBeNull();
  });

  test('is closed on demand, and that is told', async () => {
    const { client, connection } = await introduce();
    const end = once(client, 'close');
    tcp.close(connection);
    tcp.close(connection);
    tcp.close(12_345);
    await end;
    await expect.poll(() => closed).toEqual([connection]);
  });

  test('that is reset by its peer takes nothing with it', async () => {
    const { client, connection } = await introduce();
    client.resetAndDestroy();
    await expect.poll(() => closed).toEqual([connection]);
    await introduce();
  });
});

describe('a connection of which too much comes', () => {
  test('is closed beyond so many frames per second, however short they are, and others are not', async () => {
    const [hostile, other] = [await introduce(), await introduce()];
    tcp.validate(hostile.connection);
    const many = Buffer.concat(Array.from({ length: 10 * FRAME_BURST }, () => frame(Buffer.of(0x7f))));
    hostile.client.write(many);
    await expect.poll(() => closed).toEqual([hostile.connection]);
    expect(drops.get('tcp-too-frequent')).toBe(1);
    const taken = frames.filter(({ connection }) => connection === hostile.connection).length;
    expect(taken).toBeLessThan(2 * FRAME_BURST);
    other.client.write(frame(Buffer.from('others')));
    await expect.poll(() => String(frames.at(-1)?.bytes)).toBe('others');
  });

  test('for a while stays when it is no more than a participant may send', async () => {
    const { client, connection } = await introduce();
    tcp.validate(connection);
    client.write(Buffer.concat(Array.from({ length: FRAME_BURST / 2 }, () => frame(Buffer.of(0x7f)))));
    await expect.poll(() => frames.length).toBe(1 + FRAME_BURST / 2);
    expect(closed).toEqual([]);
  });
});

describe('before a valid check', () => {
  test('a connection is read no further than some octets, and with one it is', async () => {
    const [hostile, valid] = [await introduce(), await introduce()];
    tcp.validate(valid.connection);
    const packet = frame(new Uint8Array(1_000));
    for (let sent = 0; sent <= DEFAULT_TCP_LIMITS.octets; sent += packet.length) {
      hostile.client.write(packet);
      valid.client.write(packet);
    }
    await expect.poll(() => closed).toEqual([hostile.connection]);
    expect(drops.get('tcp-too-much-before-check')).toBe(1);
    const read = (connection: number) =>
      frames
        .filter((taken) => taken.connection === connection)
        .reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(read(hostile.connection)).toBeLessThanOrEqual(DEFAULT_TCP_LIMITS.octets);
    await expect.poll(() => read(valid.connection)).toBeGreaterThan(DEFAULT_TCP_LIMITS.octets);
  });

  test('one address has so many connections at most, and the valid ones do not count', async () => {
    let checks = 0;
    const few = new TcpConnections(
      memory,
      drops,
      {
        onFrame: (connection) => {
          few.validate(connection);
          checks++;
        },
        onClosed: () => {},
      },
      { ...DEFAULT_TCP_LIMITS, octets: 1_000, perAddress: 2 },
    );
    await tcp.stop();
    await few.listen('IPv4', '127.0.0.1', port);
    const held = [await connect(), await connect()];
    await once(await connect(), 'close');
    expect(drops.get('tcp-too-many-of-address')).toBe(1);
    for (const client of held) client.write(frame(Buffer.from('check')));
    await expect.poll(() => checks).toBe(2);
    (await connect()).write(frame(Buffer.from('check')));
    await expect.poll(() => checks).toBe(3);
    await few.stop();
  });
});

describe('the listener', () => {
  test('names the error when its port is taken', async () => {
    const second = new TcpConnections(memory, drops, { onFrame: () => {}, onClosed: () => {} });
    await expect(second.listen('IPv4', '127.0.0.1', port)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `127.0.0.1 port ${port}: EADDRINUSE`,
    });
    await second.stop();
  });

  test('ends all connections when it stops, and gives its port back', async () => {
    const { client } = await introduce();
    const end = once(client, 'close');
    await tcp.stop();
    await end;
    await tcp.listen('IPv4', '127.0.0.1', port);
  });

  test('refuses connections beyond its limit, and takes one again when another goes', async () => {
    let taken = 0;
    const few = new TcpConnections(
      memory,
      drops,
      { onFrame: () => taken++, onClosed: () => {} },
      { ...DEFAULT_TCP_LIMITS, connections: 3 },
    );
    await tcp.stop();
    await few.listen('IPv4', '127.0.0.1', port);
    const held: net.Socket[] = [];
    for (let i = 0; i < 3; i++) held.push(await connect());
    const refused = await connect();
    await once(refused, 'close');
    expect(drops.get('tcp-too-many-connections')).toBe(1);
    held[0]?.destroy();
    // Those are refused that come before the end of the first is told.
    await expect
      .poll(async () => {
        const again = await connect();
        again.write(frame(Buffer.from('hello')));
        return taken;
      })
      .toBeGreaterThan(0);
    await few.stop();
  });
});
