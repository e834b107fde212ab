/** `kraken doctor` against Debian's TURN server. */
import { createServer, type Server } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Coturn } from '../../../interop/coturn.js';
import { freePort } from '../../monitor/test/free-port.js';
import { checkTurnServer } from '../src/doctor/checks/turn-server.js';

let coturn: Coturn;
const servers: Server[] = [];

beforeAll(async () => {
  coturn = await Coturn.start();
  return () => coturn.stop();
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('an allocation is made over UDP and over TCP, and ended again', async () => {
  const findings = await checkTurnServer({ host: coturn.host, secret: coturn.secret });
  expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok']);
  expect(findings[0]?.message).toMatch(
    /^UDP at 127\.0\.0\.1:\d+ relays at 127\.0\.0\.1:\d+, [\d.]+ ms away$/,
  );
  expect(findings[1]?.message).toMatch(/^TCP at /);
  // What coturn says when a client refreshes with lifetime 0.
  await expect.poll(() => coturn.log.match(/refreshed, realm=<kraken\.test>.*lifetime=0/g)?.length).toBe(2);
});

test('another secret is a problem that names the key to change', async () => {
  const findings = await checkTurnServer({ host: coturn.host, secret: 'not the secret' });
  expect(findings.map(({ level }) => level)).toEqual(['problem', 'problem']);
  expect(findings[0]).toMatchObject({
    message: expect.stringContaining('refuses an allocation: 401'),
    advice: expect.stringContaining('[turn] secret'),
  });
});

test('a port at which nobody listens is a problem', async () => {
  const findings = await checkTurnServer({ host: `turn:127.0.0.1:${await freePort()}`, secret: 'any' });
  expect(findings.map(({ level }) => level)).toEqual(['problem', 'problem']);
  expect(findings[1]?.message).toContain('does not answer (ECONNREFUSED)');
});

test('a name that does not resolve is a problem', async () => {
  const [finding] = await checkTurnServer({ host: 'turn:no-such-host.invalid:3478', secret: 'any' });
  expect(finding).toMatchObject({ level: 'problem', message: expect.stringContaining('does not resolve') });
});

test('a server that is none of TURN is a problem, not an error', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  servers.push(server);
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const findings = await checkTurnServer({ host: `127.0.0.1:${port}`, secret: 'any' });
  expect(findings.map(({ level }) => level)).toEqual(['problem', 'problem']);
});
