import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { DtlsRole } from '../../contract/messages.js';
import { DTLS_DROP_REASONS } from './drop-reason.js';
import { InMemoryPair, preparePairs } from './testing/in-memory-pair.js';
import { SeededRandom } from './testing/random.js';
import { buildRecord, epochOf, splitRecords } from './testing/records.js';

const options = await preparePairs();
const pairs: InMemoryPair[] = [];
const roles: readonly DtlsRole[] = ['server', 'client'];

function newPair(): InMemoryPair {
  const pair = new InMemoryPair(options);
  pairs.push(pair);
  return pair;
}

afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

/** Proves that the association still works: the other side hears close_notify. */
function expectAlive(pair: InMemoryPair, role: DtlsRole): void {
  const other = role === 'server' ? pair.client : pair.server;
  expect(pair.states()).toBe('connected/connected');
  pair.queue.length = 0;
  other.session.close();
  pair.pump();
  expect(pair.endpoint(role).closed).toEqual([
    { reason: 'dtls-closed', detail: 'the peer sent close_notify' },
  ]);
}

/** Bytes that look like a DTLS record to a varying degree. */
function recordLike(random: SeededRandom): Uint8Array {
  const body = random.octets(random.below(4) === 0 ? random.below(24) : random.below(1200));
  return buildRecord({
    type: 19 + random.below(6),
    version: random.below(8) === 0 ? random.below(0x10000) : 0xfefd + 2 * random.below(2),
    epoch: random.below(8) === 0 ? random.below(0x10000) : random.below(3),
    sequenceNumber: random.below(2 ** 31),
    body,
  });
}

/** A few octets changed, cut or added. */
function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const mutated = bytes.slice();
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    mutated[random.below(mutated.length)] = random.below(256);
  }
  if (random.below(4) === 0) return mutated.subarray(0, random.below(mutated.length));
  if (random.below(4) === 0) return new Uint8Array([...mutated, ...random.octets(random.below(50))]);
  return mutated;
}

describe('before the ClientHello', () => {
  it('garbage does not prevent the handshake', () => {
    const random = new SeededRandom(1);
    const pair = newPair();
    for (let count = 0; count < 3000; count++) {
      const garbage = count % 2 === 0 ? random.octets(1 + random.below(1500)) : recordLike(random);
      expect(pair.deliver('server', garbage)).not.toBeNull();
    }
    expect(pair.queue).toHaveLength(0);
    pair.connect();
    expect(pair.states()).toBe('connected/connected');
  });

  it('a ClientHello cut off anywhere does not prevent the handshake', () => {
    const pair = newPair();
    pair.client.session.start();
    const clientHello = pair.take();
    for (let length = 0; length < clientHello.length; length++) {
      expect(pair.deliver('server', clientHello.slice(0, length))).toBe('dtls-truncated');
    }
    pair.deliver('server', clientHello);
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
  });

  it('datagrams of the largest length are dropped', () => {
    const pair = newPair();
    for (const filling of [0, 0x16, 0xff]) {
      expect(pair.deliver('server', new Uint8Array(65_507).fill(filling))).not.toBeNull();
    }
    pair.connect();
    expect(pair.states()).toBe('connected/connected');
  });

  it('the flights of another association do not connect', () => {
    const recorded: Uint8Array[] = [];
    const original = newPair();
    original.client.session.start();
    original.pump(({ to, bytes }) => {
      if (to === 'server') recorded.push(bytes);
      return [bytes];
    });
    const replayed = newPair();
    for (const bytes of recorded) replayed.deliver('server', bytes);
    expect(replayed.server.session.state).not.toBe('connected');
    expect(replayed.server.keys).toHaveLength(0);
  });
});

describe('during the handshake', () => {
  it('garbage between the datagrams does no harm', () => {
    const random = new SeededRandom(2);
    for (let count = 0; count < 100; count++) {
      const pair = newPair();
      pair.client.session.start();
      pair.pump(({ bytes }) => [
        random.octets(1 + random.below(800)),
        bytes,
        random.octets(1 + random.below(20)),
      ]);
      expect(pair.states()).toBe('connected/connected');
    }
  });

  it('encrypted records that nobody sent do no harm, however many', () => {
    const random = new SeededRandom(3);
    const pair = newPair();
    pair.client.session.start();
    pair.pump(({ to, bytes }) => {
      for (let count = 0; count < 150; count++) {
        const body = random.octets(1 + random.below(100));
        const type = 20 + random.below(4);
        pair.deliver(to, buildRecord({ type, epoch: 1, sequenceNumber: random.below(1000), body }));
      }
      return [bytes];
    });
    expect(pair.states()).toBe('connected/connected');
  });

  it('mutated datagrams never throw, and never yield keys that differ', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(3), fc.boolean(), (seed, at, keep) => {
        const random = new SeededRandom(seed);
        const pair = newPair();
        pair.client.session.start();
        pair.pump(({ bytes }, index) => {
          if (index !== at) return [bytes];
          return keep ? [mutate(bytes, random), bytes] : [mutate(bytes, random)];
        });
        if (pair.states() === 'connected/connected') {
          expect(pair.server.keys[0]?.local).toEqual(pair.client.keys[0]?.remote);
        }
        for (const { closed } of [pair.server, pair.client]) {
          expect(closed.length).toBeLessThanOrEqual(1);
          for (const { detail } of closed) expect(detail).toMatch(/^[^\n]+$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(roles)('a connected %s', (role) => {
  it('outlives encrypted records too short to be decrypted', () => {
    const pair = newPair().connect();
    for (const type of [20, 21, 22]) {
      for (let length = 1; length < 24; length++) {
        const body = new Uint8Array(length).fill(0xab);
        const record = buildRecord({ type, epoch: 1, sequenceNumber: 100 + length, body });
        expect(pair.deliver(role, record)).toBe('dtls-short-ciphertext');
      }
    }
    expectAlive(pair, role);
  });

  it('outlives forged encrypted records', () => {
    const random = new SeededRandom(4);
    const pair = newPair().connect();
    for (let length = 24; length < 1200; length += 7) {
      const record = buildRecord({
        type: 20 + random.below(3),
        epoch: 1,
        sequenceNumber: 2 ** 40 + length,
        body: random.octets(length),
      });
      pair.deliver(role, record);
    }
    expectAlive(pair, role);
  });

  it('outlives plaintext alerts', () => {
    const pair = newPair().connect();
    for (const body of [
      Uint8Array.of(2, 40),
      Uint8Array.of(1, 0),
      Uint8Array.of(2, 0),
      Uint8Array.of(1, 100),
    ]) {
      const alert = buildRecord({ type: 21, epoch: 0, sequenceNumber: 99, body });
      expect(pair.deliver(role, alert)).toBe('dtls-wrong-epoch');
    }
    expectAlive(pair, role);
  });

  it('outlives the beginning of another handshake', () => {
    const pair = newPair().connect();
    const other = newPair();
    other.client.session.start();
    expect(pair.deliver(role, other.take())).toBe('dtls-wrong-epoch');
    expect(pair.queue).toHaveLength(0);
    expectAlive(pair, role);
  });

  it('outlives a replay of the whole handshake', () => {
    const recorded: Uint8Array[] = [];
    const pair = newPair();
    pair.client.session.start();
    pair.pump(({ bytes }) => {
      recorded.push(bytes);
      return [bytes];
    });
    for (const bytes of recorded) pair.deliver(role, bytes);
    expect(pair.queue).toHaveLength(0);
    expectAlive(pair, role);
  });

  it('outlives random, record-like and mutated bytes, and names a known reason for what it drops', () => {
    const reasons: readonly (string | null)[] = [...DTLS_DROP_REASONS, null];
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new SeededRandom(seed);
        const pair = newPair();
        const recorded: Uint8Array[] = [];
        pair.client.session.start();
        pair.pump(({ to, bytes }) => {
          if (to === role) recorded.push(bytes);
          return [bytes];
        });
        for (let count = 0; count < 60; count++) {
          const records = recorded.flatMap(splitRecords).filter((record) => epochOf(record) === 1);
          const known = records[random.below(records.length)] ?? new Uint8Array(1);
          const kinds = [random.octets(random.below(1500)), recordLike(random), mutate(known, random)];
          for (const bytes of kinds) expect(reasons).toContain(pair.deliver(role, bytes));
        }
        expectAlive(pair, role);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a datagram of several records', () => {
  it('is used as far as it is good, and the reason is that of the first record dropped', () => {
    const pair = newPair();
    pair.client.session.start();
    const clientHello = pair.take();
    const garbage = buildRecord({ type: 99, epoch: 0, body: new Uint8Array(10) });
    const tail = Uint8Array.of(22, 0xfe);
    const datagram = new Uint8Array(Buffer.concat([garbage, clientHello, tail]));
    expect(pair.deliver('server', datagram)).toBe('dtls-not-a-record');
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
  });

  it('is dropped from the record on that ends the session', () => {
    const pair = newPair().connect();
    pair.client.session.close();
    const closeNotify = pair.take();
    expect(pair.deliver('server', new Uint8Array([...closeNotify, ...closeNotify]))).toBe(
      'dtls-session-over',
    );
    expect(pair.server.session.state).toBe('closed');
  });
});
