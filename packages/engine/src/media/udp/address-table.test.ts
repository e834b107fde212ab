import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABSENT, AddressTable, MAX_SOCKET_INDEX } from './address-table.js';
import { type AddressFamily, readSocketAddress, writeSocketAddress } from './socket-address.js';

const SEED = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function sockaddr(family: AddressFamily, address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(family === 'IPv4' ? 16 : 28);
  writeSocketAddress(bytes, 0, family, address, port);
  return bytes;
}

/** Few enough values that keys meet again, near enough that they differ in one field. */
const address = fc
  .record({
    ipv6: fc.boolean(),
    host: fc.integer({ min: 0, max: 5 }),
    port: fc.constantFrom(0, 1, 7100, 65535),
    socketIndex: fc.constantFrom(0, 1, MAX_SOCKET_INDEX),
  })
  .map(({ ipv6, host, port, socketIndex }) => ({
    bytes: ipv6 ? sockaddr('IPv6', `2001:db8::${host}`, port) : sockaddr('IPv4', `192.0.2.${host}`, port),
    socketIndex,
  }));

const operation = fc.oneof(
  fc.record({ kind: fc.constant('set'), address, value: fc.nat(0x7fffffff) }),
  fc.record({ kind: fc.constant('delete'), address, value: fc.constant(0) }),
  fc.record({ kind: fc.constant('lookup'), address, value: fc.constant(0) }),
);

describe('the address table', () => {
  test('does what a Map does', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const table = new AddressTable(SEED);
        const model = new Map<string, number>();
        for (const { kind, address, value } of operations) {
          const { bytes, socketIndex } = address;
          const key = JSON.stringify([readSocketAddress(bytes, 0), socketIndex]);
          if (kind === 'set') {
            table.set(bytes, 0, socketIndex, value);
            model.set(key, value);
          } else if (kind === 'delete') {
            expect(table.delete(bytes, 0, socketIndex)).toBe(model.delete(key));
          }
          expect(table.lookup(bytes, 0, socketIndex)).toBe(model.get(key) ?? ABSENT);
          expect(table.size).toBe(model.size);
        }
      }),
    );
  });

  test('keeps every other entry while it grows and shrinks', () => {
    const table = new AddressTable(SEED);
    const entries = Array.from({ length: 5000 }, (_, i) =>
      i % 2 === 0
        ? sockaddr('IPv4', `10.0.${i >> 8}.${i & 255}`, 5000)
        : sockaddr('IPv6', `fd00::${i.toString(16)}`, i),
    );
    for (const [i, bytes] of entries.entries()) table.set(bytes, 0, i % 3, i);
    for (const [i, bytes] of entries.entries()) if (i % 5 !== 0) table.delete(bytes, 0, i % 3);
    expect(table.size).toBe(1000);
    const wrong = entries.filter((bytes, i) => table.lookup(bytes, 0, i % 3) !== (i % 5 === 0 ? i : ABSENT));
    expect(wrong).toEqual([]);
  });

  test('does not rot under endless joining and leaving', () => {
    const table = new AddressTable(SEED);
    for (let i = 0; i < 20_000; i++) {
      table.set(sockaddr('IPv4', '192.0.2.1', i & 0xffff), 0, 0, i);
      if (i >= 20) expect(table.delete(sockaddr('IPv4', '192.0.2.1', (i - 20) & 0xffff), 0, 0)).toBe(true);
    }
    expect(table.size).toBe(20);
    for (let i = 20_000 - 20; i < 20_000; i++) {
      expect(table.lookup(sockaddr('IPv4', '192.0.2.1', i), 0, 0)).toBe(i);
    }
  });

  test('tells apart family, port, address, scope and socket', () => {
    const table = new AddressTable(SEED);
    const scoped = sockaddr('IPv6', 'fe80::1', 7100);
    scoped[24] = 2;
    const keys: [Uint8Array, number][] = [
      [sockaddr('IPv4', '192.0.2.1', 7100), 0],
      [sockaddr('IPv4', '192.0.2.1', 7100), 1],
      [sockaddr('IPv4', '192.0.2.1', 7101), 0],
      [sockaddr('IPv4', '192.0.2.2', 7100), 0],
      [sockaddr('IPv6', '::ffff:192.0.2.1', 7100), 0],
      [sockaddr('IPv6', 'c000:201::', 7100), 0],
      [sockaddr('IPv6', 'fe80::1', 7100), 0],
      [scoped, 0],
    ];
    for (const [i, [bytes, socketIndex]] of keys.entries()) table.set(bytes, 0, socketIndex, i);
    expect(table.size).toBe(keys.length);
    expect(keys.map(([bytes, socketIndex]) => table.lookup(bytes, 0, socketIndex))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  test('ignores flow information and the padding of sockaddr_in', () => {
    const table = new AddressTable(SEED);
    const labelled = sockaddr('IPv6', '2001:db8::1', 1);
    labelled.fill(0xab, 4, 8);
    table.set(labelled, 0, 0, 5);
    expect(table.lookup(sockaddr('IPv6', '2001:db8::1', 1), 0, 0)).toBe(5);
    const padded = sockaddr('IPv4', '192.0.2.1', 1);
    padded.fill(0xab, 8);
    table.set(padded, 0, 0, 6);
    expect(table.lookup(sockaddr('IPv4', '192.0.2.1', 1), 0, 0)).toBe(6);
  });

  test('reads an address anywhere in memory', () => {
    const table = new AddressTable(SEED);
    const memory = new Uint8Array(100).fill(0xcc);
    memory.set(sockaddr('IPv6', '2001:db8::1', 1), 33);
    table.set(memory, 33, 4, 9);
    expect(table.lookup(sockaddr('IPv6', '2001:db8::1', 1), 0, 4)).toBe(9);
  });

  test('what is no internet address is never found, and cannot be set', () => {
    const table = new AddressTable(SEED);
    for (const bytes of [
      new Uint8Array(28),
      new Uint8Array(28).fill(1),
      Uint8Array.of(2, 0, 1, 1),
      new Uint8Array(0),
    ]) {
      expect(table.lookup(bytes, 0, 0)).toBe(ABSENT);
      expect(table.delete(bytes, 0, 0)).toBe(false);
      expect(() => table.set(bytes, 0, 0, 1)).toThrow(RangeError);
    }
  });

  test('values and socket indices out of range and a short seed are refused', () => {
    const table = new AddressTable(SEED);
    const bytes = sockaddr('IPv4', '192.0.2.1', 1);
    for (const value of [-1, 2 ** 31, 1.5, Number.NaN])
      expect(() => table.set(bytes, 0, 0, value)).toThrow(RangeError);
    expect(() => table.set(bytes, 0, MAX_SOCKET_INDEX + 1, 1)).toThrow(RangeError);
    expect(() => table.lookup(bytes, 0, -1)).toThrow(RangeError);
    expect(() => new AddressTable(new Uint8Array(7))).toThrow(RangeError);
  });
});
