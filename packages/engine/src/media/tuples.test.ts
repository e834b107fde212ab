import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OpenTransport } from '../contract/messages.js';
import { IceLiteAgent } from './ice/index.js';
import { WorkerMemory } from './memory.js';
import { exhaust } from './testing/scarcity.js';
import { newIceCredentials } from './testing/test-peer.js';
import { Transport } from './transport.js';
import { Tuples } from './tuples.js';
import { writeSocketAddress } from './udp/socket-address.js';

const RING = 640;
let memory: WorkerMemory;
let tuples: Tuples;
let transport: Transport;
let place: number;
beforeAll(reset);
afterEach(reset);

function reset(): void {
  memory = new WorkerMemory(2, null);
  tuples = new Tuples(memory, new Uint8Array(8).fill(3));
  place = memory.reserve(32);
  const ice = newIceCredentials();
  const description: OpenTransport = {
    type: 'open-transport',
    transportId: 1,
    roomId: 1,
    ice,
    dtlsRole: 'server',
    fingerprints: [],
    permissions: { publish: true, subscribe: true },
  };
  transport = new Transport(description, new IceLiteAgent(ice, () => {}), 1, 0);
}

function at(address: string, port: number): number {
  writeSocketAddress(memory.bytes, place, address.includes(':') ? 'IPv6' : 'IPv4', address, port);
  return place;
}

describe('tuples', () => {
  test('are found by the address and the socket that packets come by', () => {
    const first = tuples.addDatagram(transport, 0, at('192.0.2.1', 1000), RING);
    const second = tuples.addDatagram(transport, 1, at('2001:db8::1', 1000), RING);
    expect(tuples.ofDatagram(0, at('192.0.2.1', 1000))).toBe(first);
    expect(tuples.ofDatagram(1, at('2001:db8::1', 1000))).toBe(second);
    expect(tuples.ofDatagram(1, at('192.0.2.1', 1000))).toBeNull();
    expect(tuples.ofDatagram(0, at('192.0.2.1', 1001))).toBeNull();
    expect(tuples.ofDatagram(0, at('192.0.2.2', 1000))).toBeNull();
  });

  test('of TCP are found by their connection', () => {
    const tuple = tuples.addConnection(transport, 77, RING);
    expect(tuples.ofConnection(77)).toBe(tuple);
    expect(tuples.ofConnection(78)).toBeNull();
    if (tuple === null) throw new Error('memory is full');
    tuples.remove(tuple);
    expect(tuples.ofConnection(77)).toBeNull();
  });

  test('have ids that never come again, and places that do', () => {
    const ids = new Set<number>();
    const used = memory.used;
    for (let i = 0; i < 50; i++) {
      const promised = tuples.nextId;
      const tuple = tuples.addDatagram(transport, 0, at('192.0.2.1', 1000 + i), RING);
      if (tuple === null) throw new Error('memory is full');
      expect(tuple.id).toBe(promised);
      expect(tuple.slot).toBe(0);
      ids.add(tuple.id);
      tuples.remove(tuple);
      expect(tuples.ofDatagram(0, at('192.0.2.1', 1000 + i))).toBeNull();
    }
    expect(ids.size).toBe(50);
    expect(memory.used).toBe(used);
  });

  test('are not kept when memory is full, and nothing is found then', () => {
    const kept = tuples.addDatagram(transport, 0, at('192.0.2.1', 1000), RING);
    exhaust(memory);
    const promised = tuples.nextId;
    expect(tuples.addDatagram(transport, 0, at('192.0.2.1', 1001), RING)).toBeNull();
    expect(tuples.addConnection(transport, 5, RING)).toBeNull();
    expect(tuples.nextId).toBe(promised);
    expect(tuples.ofDatagram(0, at('192.0.2.1', 1001))).toBeNull();
    expect(tuples.ofConnection(5)).toBeNull();
    expect(tuples.ofDatagram(0, at('192.0.2.1', 1000))).toBe(kept);
  });
});
