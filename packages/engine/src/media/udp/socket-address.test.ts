import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSocketAddress, SocketAddressView, writeSocketAddress } from './socket-address.js';

const ipv6Text = fc.ipV6().filter((text) => !text.includes('%'));

describe('writing a socket address', () => {
  test('an IPv4 address becomes a sockaddr_in', () => {
    const bytes = new Uint8Array(20).fill(0xee);
    expect(writeSocketAddress(bytes, 2, 'IPv4', '192.0.2.1', 7100)).toBe(16);
    expect([...bytes]).toEqual([
      0xee, 0xee, 2, 0, 0x1b, 0xbc, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee,
    ]);
  });

  test('an IPv6 address becomes a sockaddr_in6', () => {
    const bytes = new Uint8Array(30).fill(0xee);
    expect(writeSocketAddress(bytes, 1, 'IPv6', '2001:DB8::1', 65535)).toBe(28);
    expect([...bytes]).toEqual([
      ...[0xee, 10, 0, 0xff, 0xff, 0, 0, 0, 0],
      ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      ...[0, 0, 0, 0, 0xee],
    ]);
  });

  test.each([
    ['IPv4', '192.0.2'],
    ['IPv4', '192.0.2.256'],
    ['IPv4', '192.0.2.01'],
    ['IPv4', '::1'],
    ['IPv4', ''],
    ['IPv6', '192.0.2.1'],
    ['IPv6', '1:2:3:4:5:6:7'],
    ['IPv6', '1:2:3:4:5:6:7:8:9'],
    ['IPv6', '1:2:3:4::5:6:7:8'],
    ['IPv6', '1::2::3'],
    ['IPv6', '::12345'],
    ['IPv6', ':::'],
    ['IPv6', ':1:2:3:4:5:6:7'],
    ['IPv6', '192.0.2.1::'],
    ['IPv6', 'fe80::1%eth0'],
    ['IPv6', ''],
  ] as const)('%s text %j is refused', (family, text) => {
    expect(() => writeSocketAddress(new Uint8Array(28), 0, family, text, 1)).toThrow(RangeError);
  });

  test('a port out of range and a place without room are refused', () => {
    expect(() => writeSocketAddress(new Uint8Array(28), 0, 'IPv4', '192.0.2.1', 65536)).toThrow(RangeError);
    expect(() => writeSocketAddress(new Uint8Array(28), 0, 'IPv4', '192.0.2.1', -1)).toThrow(RangeError);
    expect(() => writeSocketAddress(new Uint8Array(28), 13, 'IPv4', '192.0.2.1', 1)).toThrow(RangeError);
  });
});

describe('reading a socket address', () => {
  test.each([
    ['IPv4', '192.0.2.1', 'IPv4', '192.0.2.1'],
    ['IPv6', '2001:db8::1', 'IPv6', '2001:db8::1'],
    ['IPv6', '2001:DB8:0:0:1:0:0:1', 'IPv6', '2001:db8::1:0:0:1'],
    ['IPv6', '2001:db8:0:1:1:1:1:1', 'IPv6', '2001:db8:0:1:1:1:1:1'],
    ['IPv6', '::', 'IPv6', '::'],
    ['IPv6', '1::', 'IPv6', '1::'],
    ['IPv6', '::ffff:192.0.2.1', 'IPv4', '192.0.2.1'],
    ['IPv6', '64:ff9b::192.0.2.33', 'IPv6', '64:ff9b::c000:221'],
  ] as const)('%s %s is read as %s %s', (family, text, readFamily, address) => {
    const bytes = new Uint8Array(40);
    writeSocketAddress(bytes, 3, family, text, 7100);
    expect(readSocketAddress(bytes, 3)).toEqual({ family: readFamily, address, port: 7100 });
  });

  test('IPv4 text comes back as it was', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65535 }), (address, port) => {
        const bytes = new Uint8Array(16);
        writeSocketAddress(bytes, 0, 'IPv4', address, port);
        expect(readSocketAddress(bytes, 0)).toEqual({ family: 'IPv4', address, port });
      }),
    );
  });

  test('IPv6 text is read as node reads it', () => {
    fc.assert(
      fc.property(ipv6Text, (text) => {
        const bytes = new Uint8Array(28);
        writeSocketAddress(bytes, 0, 'IPv6', text, 1);
        const { family, address } = readSocketAddress(bytes, 0);
        const expected = new SocketAddress({ family: 'ipv6', address: text }).address;
        const shown = family === 'IPv4' ? `::ffff:${address}` : address;
        const again = new Uint8Array(28);
        writeSocketAddress(again, 0, 'IPv6', expected, 1);
        expect([...again]).toEqual([...bytes]);
        expect(new SocketAddress({ family: 'ipv6', address: shown }).address).toBe(expected);
      }),
    );
  });

  test('a family that is no internet address is refused', () => {
    expect(new SocketAddressView().read(new Uint8Array(28).fill(1), 0)).toBe(false);
    expect(() => readSocketAddress(new Uint8Array(28), 0)).toThrow(RangeError);
    expect(() => readSocketAddress(Uint8Array.of(2, 0, 1), 0)).toThrow(RangeError);
  });

  test('a view points at the address bytes', () => {
    const bytes = new Uint8Array(60);
    const view = new SocketAddressView();
    writeSocketAddress(bytes, 4, 'IPv6', '2001:db8::7', 9);
    expect(view.read(bytes, 4)).toBe(true);
    expect(view).toMatchObject({ family: 'IPv6', port: 9, addressOffset: 12 });
    writeSocketAddress(bytes, 4, 'IPv6', '::ffff:192.0.2.9', 10);
    expect(view.read(bytes, 4)).toBe(true);
    expect(view).toMatchObject({ family: 'IPv4', port: 10, addressOffset: 24 });
  });
});
