import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networkOf, plainAddress } from './address.js';
import { isNetwork, TrustedProxies } from './trusted-proxies.js';

const proxies = new TrustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);

describe('the client of a request', () => {
  test.each([
    ['without a proxy is who sends it', '198.51.100.1', undefined, '198.51.100.1'],
    ['is not who an untrusted sender names', '198.51.100.1', '203.0.113.1', '198.51.100.1'],
    ['is who a trusted proxy names', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['is found behind several proxies', '10.0.0.1', '203.0.113.1, 192.0.2.7, 10.9.9.9', '203.0.113.1'],
    ['is not what it says of itself', '10.0.0.1', '1.1.1.1, 203.0.113.1', '203.0.113.1'],
    ['is the proxy that names nobody', '10.0.0.1', undefined, '10.0.0.1'],
    ['is the last proxy that is known when rubbish follows', '10.0.0.1', 'rubbish, 10.0.0.2', '10.0.0.2'],
    ['is the proxy when all is rubbish', '10.0.0.1', ', ,,', '10.0.0.1'],
    ['may be named with a port', '10.0.0.1', '203.0.113.1:4711', '203.0.113.1'],
    ['may be of IPv6 in brackets', '2001:db8::1', '[2001:db9::2]:4711', '2001:db9::2'],
    ['may be of IPv6', '2001:db8::1', '2001:db9::2', '2001:db9::2'],
    ['may be mapped', '10.0.0.1', '::ffff:203.0.113.1', '203.0.113.1'],
  ])('%s', (_, address, forwarded, client) => {
    expect(proxies.clientOf(address, forwarded)).toBe(client);
  });

  test('is looked for behind so many proxies and no more', () => {
    const chain = Array<string>(1_000).fill('10.0.0.2').join(',');
    expect(proxies.clientOf('10.0.0.1', `203.0.113.1,${chain}`)).toBe('10.0.0.2');
  });

  test('is an address whatever the header holds', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const client = proxies.clientOf('10.0.0.1', header);
        expect(isNetwork(client)).toBe(true);
      }),
    );
  });
});

test.each([
  ['10.0.0.0/8', true],
  ['10.0.0.1', true],
  ['::1/128', true],
  ['fe80::/10', true],
  ['10.0.0.0/33', false],
  ['::/129', false],
  ['10.0.0', false],
  ['proxy.example', false],
  ['10.0.0.0/-1', false],
  ['', false],
])('%j as an address or network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1::2:3', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('an address is plain without its zone, and IPv4 where it is mapped', () => {
  expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
  expect(plainAddress('::FFFF:192.0.2.1')).toBe('192.0.2.1');
});
