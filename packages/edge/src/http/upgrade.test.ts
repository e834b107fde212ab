import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { REFUSAL_TIMEOUT, refuseUpgrade, roomOfUpgrade, takeUpgrades } from './upgrade.js';

const PATIENCE = { timeout: 10_000 };

describe('the room of an upgrade', () => {
  test.each([
    ['/ws?room=a', { rid: 'a' }],
    ['/ws?room=a%2Bb%26c', { rid: 'a+b&c' }],
    ['/ws?room=a?b', { rid: 'a?b' }],
    ['/ws?other=x&room=a', { rid: 'a' }],
    ['/ws', { status: '400 Bad Request', error: 'room is missing in the query' }],
    ['/ws?room=a+b', { status: '400 Bad Request', error: 'room holds white space or control characters' }],
    ['/ws/?room=a', { status: '404 Not Found', error: 'not found' }],
    [undefined, { status: '404 Not Found', error: 'not found' }],
  ])('%s', (target, expected) => expect(roomOfUpgrade(target)).toEqual(expected));
});

describe('a request that offers an upgrade', () => {
  let server: Server;
  let socket: Socket;
  beforeEach(async () => {
    server = createServer(async (request, response) => {
      const body = await text(request);
      response.end(`${request.method} ${request.url} ${request.headers['x-name']} ${body.length}`);
    });
    takeUpgrades(server, (_request, duplex) => duplex.end('taken'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  });
  afterEach(() => {
    socket.destroy();
    server.close();
  });

  function offer(protocol: string, length: number): string {
    return (
      'POST /x?y HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n' +
      `Upgrade: ${protocol}\r\nX-Name: \xe4\r\nContent-Length: ${length}\r\n\r\n`
    );
  }

  test('to HTTP/2 is answered as without, however its body comes, and the connection goes on', async () => {
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.write(`${offer('h2c', 5)}hello`, 'latin1');
    await vi.waitUntil(() => received.includes('POST /x?y \xc3\xa4 5'), PATIENCE);
    socket.write(offer('h2c', 100_000) + 'x'.repeat(30_000), 'latin1');
    socket.write('x'.repeat(70_000));
    await vi.waitUntil(() => received.includes('POST /x?y \xc3\xa4 100000'), PATIENCE);
    expect(received).not.toContain('taken');
  });

  test.each(['h2c', 'WebSocket'])('to %s behind others gets its answer after theirs', async (protocol) => {
    socket.write(offer('h2c', 0).repeat(20) + offer(protocol, 0), 'latin1');
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    const last = protocol === 'h2c' ? 'POST /x?y \xc3\xa4 0' : 'taken';
    await vi.waitUntil(() => received.split('HTTP/1.1 200').length > 20 && received.endsWith(last), PATIENCE);
  });

  test('to WebSocket is handed over', async () => {
    socket.write(offer('WebSocket', 0), 'latin1');
    expect(await text(socket)).toBe('taken');
  });
});

test('a refused peer that reads nothing does not hold its connection', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const socket = new Duplex({ read() {}, write() {} });
  refuseUpgrade(socket, { status: '404 Not Found', error: 'not found' });
  vi.advanceTimersByTime(REFUSAL_TIMEOUT);
  vi.useRealTimers();
  expect(socket.destroyed).toBe(true);
});
