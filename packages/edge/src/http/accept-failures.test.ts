import { createServer } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { surviveAcceptFailures, TOLD_INTERVAL } from './accept-failures.js';

function refusal(): Error {
  return Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' });
}

test('a server that cannot accept connections goes on, and says so once a minute', () => {
  const lines: string[] = [];
  let now = 0;
  const server = createServer();
  surviveAcceptFailures(server, pino({}, { write: (line: string) => lines.push(line) }), () => now);
  for (let i = 0; i < 3; i++) server.emit('error', refusal());
  now += TOLD_INTERVAL;
  server.emit('error', refusal());
  now += TOLD_INTERVAL;
  server.maxConnections = 7;
  server.emit('drop');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 50, reason: 'EMFILE', connections: 1 }),
    expect.objectContaining({ level: 50, reason: 'EMFILE', connections: 3 }),
    expect.objectContaining({ level: 50, reason: 'there are 7 already', connections: 1 }),
  ]);
});

test('that it cannot listen is told to who wanted it, and not logged', () => {
  const lines: string[] = [];
  const server = createServer();
  surviveAcceptFailures(server, pino({}, { write: (line: string) => lines.push(line) }));
  server.emit('error', Object.assign(new Error('taken'), { code: 'EADDRINUSE', syscall: 'listen' }));
  expect(lines).toEqual([]);
});
