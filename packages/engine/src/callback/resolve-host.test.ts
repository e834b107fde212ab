import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveBy, resolveByDns } from './resolve-host.js';

const NEVER = new AbortController().signal;
/** RFC 1035: octets of the header, and the type of an IPv4 address. */
const HEADER_LENGTH = 12;
const TYPE_A = 1;

let server: Socket;
let isSilent = false;

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (query, { port, address }) => {
    if (!isSilent) server.send(answerTo(query), port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** Every name has the address 192.0.2.7, and none of IPv6. */
function answerTo(query: Buffer): Buffer {
  const typeAt = query.indexOf(0, HEADER_LENGTH) + 1;
  const question = query.subarray(HEADER_LENGTH, typeAt + 4);
  const hasAddress = query.readUInt16BE(typeAt) === TYPE_A;
  const header = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, hasAddress ? 1 : 0, 0, 0, 0, 0]);
  query.copy(header, 0, 0, 2);
  const record = Buffer.from([0xc0, HEADER_LENGTH, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
  return Buffer.concat([header, question, ...(hasAddress ? [record] : [])]);
}

function resolver(): Resolver {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return resolver;
}

test('a name has the addresses that DNS tells', async () => {
  isSilent = false;
  const found = await resolveBy(resolver(), 'hook.example', NEVER);
  expect(found).toEqual([{ address: '192.0.2.7', family: 4 }]);
});

test('a look-up of a silent name server is called off with its signal', async () => {
  isSilent = true;
  const ending = new AbortController();
  const look = resolveBy(resolver(), 'hook.example', ending.signal);
  setTimeout(() => ending.abort(), 50);
  await expect(look).rejects.toThrow('hook.example has no address');
}, 2_000);

test.each([
  ['192.0.2.1', 4],
  ['2001:db8::1', 6],
])('the address %s is its own', async (address, family) => {
  expect(await resolveByDns(address, NEVER)).toEqual([{ address, family }]);
});

test.each(['localhost', 'a.localhost', 'LOCALHOST.'])('%s is this host, whatever DNS says', async (host) => {
  expect(await resolveByDns(host, NEVER)).toEqual([{ address: '127.0.0.1', family: 4 }]);
});
