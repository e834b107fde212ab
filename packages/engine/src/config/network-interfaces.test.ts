import { describe, expect, test } from 'vitest';
import { parseConfig } from './load.js';
import { chooseAddresses, type NetworkInterfaces } from './network-interfaces.js';

function entry(address: string, internal = false): NonNullable<NetworkInterfaces[string]>[number] {
  const common = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

const loopback = [entry('127.0.0.1', true), entry('::1', true)];
const server: NetworkInterfaces = {
  lo: loopback,
  eth0: [entry('10.1.2.3'), entry('fe80::1'), entry('2001:db8::3')],
  eth1: [entry('169.254.7.7'), entry('10.9.9.9')],
  wg0: [entry('fe80::2')],
};

function choose(interfaces: NetworkInterfaces, engine = '') {
  return chooseAddresses(interfaces, parseConfig(`[engine]\n${engine}`, 'engine.toml'));
}

describe('with no interface named', () => {
  test('every address that is neither loopback nor link-local is taken', () => {
    expect(choose(server)).toEqual([
      { family: 'IPv4', address: '10.1.2.3', announced: '10.1.2.3' },
      { family: 'IPv6', address: '2001:db8::3', announced: '2001:db8::3' },
      { family: 'IPv4', address: '10.9.9.9', announced: '10.9.9.9' },
    ]);
  });

  test('the loopback is taken when nothing else is there', () => {
    expect(choose({ lo: loopback, wg0: [entry('fe80::2')] }).map(({ address }) => address)).toEqual([
      '127.0.0.1',
      '::1',
    ]);
  });

  test('a machine without any address is refused', () => {
    expect(() => choose({})).toThrow(
      'engine.toml: [engine] interface = "": this machine has no network address',
    );
  });
});

describe('with interfaces named', () => {
  test('all of its addresses but link-local IPv6 are taken', () => {
    expect(choose(server, 'interface = "lo"').map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
    expect(choose(server, 'interface = "eth1"').map(({ address }) => address)).toEqual([
      '169.254.7.7',
      '10.9.9.9',
    ]);
  });

  test('an interface named twice counts once', () => {
    expect(choose(server, 'interface = ["eth0", "lo", "eth0"]').map(({ address }) => address)).toEqual([
      '10.1.2.3',
      '2001:db8::3',
      '127.0.0.1',
      '::1',
    ]);
  });

  test('one that is not there is named, with those that are', () => {
    expect(() => choose(server, 'interface = "eth9"')).toThrow(
      'engine.toml: [engine] interface = "eth9": no such interface with an address; there are lo, eth0, eth1, wg0',
    );
    expect(() => choose(server, 'interface = "constructor"')).toThrow('no such interface');
  });

  test('one with link-local addresses only is refused', () => {
    expect(() => choose(server, 'interface = "wg0"')).toThrow(
      'interface = "wg0": it has link-local addresses only',
    );
  });
});

test('a configured address is announced in place of those of its family', () => {
  expect(choose(server, 'interface = "eth0"\naddress = "192.0.2.1"')).toEqual([
    { family: 'IPv4', address: '10.1.2.3', announced: '192.0.2.1' },
    { family: 'IPv6', address: '2001:db8::3', announced: '2001:db8::3' },
  ]);
  expect(choose(server, 'interface = "eth0"\naddress = ["192.0.2.1", "2001:db8::99"]')).toEqual([
    { family: 'IPv4', address: '10.1.2.3', announced: '192.0.2.1' },
    { family: 'IPv6', address: '2001:db8::3', announced: '2001:db8::99' },
  ]);
});
