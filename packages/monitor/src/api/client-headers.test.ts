import { createServer, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { MonitorCheck } from '@kraken/edge/gate/monitor-proof';
import { expect, test } from 'vitest';
import { openGate } from '../live/open-gate.fixture.js';
import { ClientHeaders } from './client-headers.js';
import { EngineConnections } from './engine-connections.js';
import { passedOf } from './passed-headers.js';

/** What a client may send to be taken for another one. */
const FORGED = { 'x-forwarded-for': '198.51.100.1', 'kraken-monitor': 'forged' };

/** @returns whom the engine counts a request for that has come by the monitor with these headers */
function clientAtEngine(headers: IncomingHttpHeaders): string | null {
  const gate = openGate({ monitor: new MonitorCheck('secret') });
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.1' });
  return gate.clientOf({ headers: passedOf(headers), httpVersion: '1.1', socket });
}

test('an engine counts a call for the client that the monitor has seen, whatever the client has said', () => {
  const clientHeaders = new ClientHeaders('secret');
  const headers: IncomingHttpHeaders = { ...FORGED };
  clientHeaders.write(headers, '192.0.2.1');
  expect(clientAtEngine(headers)).toBe('192.0.2.1');
  const local: IncomingHttpHeaders = { ...FORGED };
  clientHeaders.write(local, null);
  expect(clientAtEngine(local)).toBeNull();
});

test("without the cluster's secret an engine believes no such headers", () => {
  const headers: IncomingHttpHeaders = { ...FORGED };
  new ClientHeaders('another secret').write(headers, '192.0.2.1');
  expect(clientAtEngine(headers)).toBe('10.0.0.1');
});

test('the headers come to the engine', async () => {
  let seen: IncomingHttpHeaders = {};
  const engine = createServer(({ headers }, response) => {
    seen = headers;
    response.end('{}');
  });
  await new Promise<void>((fulfil) => engine.listen(0, '127.0.0.1', fulfil));
  const address = engine.address();
  const connections = new EngineConnections();
  const headers: IncomingHttpHeaders = { ...FORGED };
  new ClientHeaders('secret').write(headers, '192.0.2.1');
  const port = typeof address === 'object' ? address?.port : 0;
  await connections.post(`http://127.0.0.1:${port}/`, '{}', passedOf(headers));
  expect(seen['x-forwarded-for']).toBe('192.0.2.1');
  expect(new MonitorCheck('secret').accepts(seen['kraken-monitor'])).toBe(true);
  await connections.close();
  engine.closeAllConnections();
  engine.close();
});
