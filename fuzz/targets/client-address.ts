import { isIP } from 'node:net';
import { networkOf } from '@kraken/edge/gate/address';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { type FuzzTarget, promise } from '../target.js';

const PROXIES = new TrustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);
const PROXY = '10.0.0.1';
const STRANGER = '198.51.100.1';
const MAX_PROXIES = 16;
/** What a client may send to look like somebody else, before its proxy adds the address that it knows. */
const INVENTIONS = ['1.1.1.1', '10.0.0.3', 'rubbish', '', '1.1.1.1, 10.0.0.3'];
const NETWORK = /^(?:(?:0|[1-9a-f][0-9a-f]{0,3}):){3}(?:0|[1-9a-f][0-9a-f]{0,3})::\/64$/;

/** X-Forwarded-For: what a client writes into it itself is never believed. */
export const clientAddress: FuzzTarget = {
  name: 'client-address',
  maxLength: 300,
  seeds: () =>
    [
      '203.0.113.1, 192.0.2.7, 10.9.9.9',
      '[2001:db9::2]:4711',
      '1.2.3.4:80,10.0.0.2',
      '::ffff:203.0.113.1',
      'fe80::1%eth0, 2001:db8:1::2',
      ', ,,',
    ].map((text) => Buffer.from(text)),
  dictionary: [', ', '10.0.0.2', '192.0.2.7', '2001:db8::9', '203.0.113.5', '::', '[::1]', '%'],
  prepare: () => (input) => {
    const header = Buffer.from(input).toString('latin1');
    promise(PROXIES.clientOf(STRANGER, header) === STRANGER, 'a stranger is believed nothing');
    const client = PROXIES.clientOf(PROXY, header);
    promise(isIP(client) !== 0, 'a client has an address');
    promise(client === expectedClient(header), 'it is the first from the right that is no proxy');
    const counted = networkOf(client);
    promise(isIP(client) === 4 ? counted === client : NETWORK.test(counted), 'it is counted by its network');
    promise(networkOf(client.toUpperCase()) === counted, 'however it is written');
    for (const invented of INVENTIONS) {
      // The client's own proxy, which the input ends with, adds whom it was called by.
      promise(
        PROXIES.clientOf(PROXY, `${invented},${STRANGER}`) === STRANGER,
        'whom a proxy was called by counts',
      );
      if (!PROXIES.has(client))
        promise(PROXIES.clientOf(PROXY, `${invented},${header}`) === client, 'what stands left is not read');
    }
  },
};

/** From the right: each hop counts as long as all right of it are proxies. */
function expectedClient(header: string): string {
  let client = PROXY;
  let hops = 0;
  let rest: string | null = header;
  while (rest !== null && hops++ < MAX_PROXIES && PROXIES.has(client)) {
    const comma = rest.lastIndexOf(',');
    const address = addressIn(rest.slice(comma + 1).trim());
    if (address === null) break;
    client = address;
    rest = comma < 0 ? null : rest.slice(0, comma);
  }
  return client;
}

/** An address, or one with a port, as proxies write: the one of IPv6 in brackets then. */
function addressIn(hop: string): string | null {
  const [first = '', ...others] = hop.split(':');
  let host = hop;
  if (hop.startsWith('[')) {
    const [inner = '', behind = ''] = hop.slice(1).split(']');
    if (hop.split(']').length !== 2 || !isPort(behind)) return null;
    host = inner;
  } else if (others.length === 1 && isPort(`:${others[0]}`)) host = first;
  const [address = ''] = host.split('%');
  const mapped = /^::ffff:(\d+\..*)$/i.exec(address)?.[1] ?? address;
  return isIP(mapped) === 0 ? null : mapped;
}

function isPort(text: string): boolean {
  if (text === '') return true;
  return (
    text.startsWith(':') &&
    text.length > 1 &&
    [...text.slice(1)].every((digit) => digit >= '0' && digit <= '9')
  );
}
