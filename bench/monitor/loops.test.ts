import { createServer, type RequestListener, type Server } from 'node:http';
import { randomOf } from '@kraken/load/random';
import { afterEach, expect, test } from 'vitest';
import { CallPool } from './call-pool.js';
import { type Calls, turnCalls } from './calls.js';
import { runClosedLoop } from './closed-loop.js';
import { runOpenLoop } from './open-loop.js';

const RIGHT = '{"id":"bench","data":[{"urls":"turn:a"}]}';
const CALLS: Calls = turnCalls();
const servers: Server[] = [];
const pools: CallPool[] = [];

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
  for (const server of servers.splice(0)) server.close();
});

async function poolTo(listener: RequestListener, connections: number): Promise<CallPool> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const pool = await CallPool.open(`http://127.0.0.1:${address.port}/`, connections);
  pools.push(pool);
  return pool;
}

test('a closed loop keeps each connection busy, and counts wrong answers', async () => {
  let underWay = 0;
  let most = 0;
  let answered = 0;
  const pool = await poolTo((_request, response) => {
    most = Math.max(most, ++underWay);
    setTimeout(() => {
      underWay--;
      response.end(answered++ === 0 ? '{"error":{}}' : RIGHT);
    }, 5);
  }, 3);
  const result = await runClosedLoop(pool, CALLS, 3, 0.2);
  expect(most).toBe(3);
  expect(result).toMatchObject({ calls: answered, failed: 1, failure: '200 {"error":{}}' });
  expect(result.latency.p50).toBeGreaterThan(4000);
});

test('an open loop keeps its rate, and a call counts from when it was due', async () => {
  const rate = 200;
  const pool = await poolTo((_request, response) => setTimeout(() => response.end(RIGHT), 20), 1);
  const result = await runOpenLoop(pool, CALLS, { rate, seconds: 0.5, random: randomOf(1) });
  expect(result.calls).toBeGreaterThan(rate / 4);
  // One connection carries 50 a second: all calls wait for those before them, and the last for most of the time.
  expect(result.latency.max).toBeGreaterThan(20_000 * (result.calls - 1) - 500_000);
  expect(result.seconds).toBeGreaterThan(0.019 * result.calls);
});

test('an open loop that the server follows shows the time of a call', async () => {
  const pool = await poolTo((_request, response) => setTimeout(() => response.end(RIGHT), 20), 20);
  const { latency, failed } = await runOpenLoop(pool, CALLS, {
    rate: 100,
    seconds: 0.5,
    random: randomOf(1),
  });
  expect(failed).toBe(0);
  expect(latency.p50).toBeGreaterThan(19_000);
  // One connection would keep the middle one of them waiting for longer.
  expect(latency.p50).toBeLessThan(250_000);
});

test('a connection that breaks ends the measurement', async () => {
  const broken = await poolTo((request) => request.socket.destroy(), 2);
  await expect(runClosedLoop(broken, CALLS, 2, 5)).rejects.toThrow('closed a connection');
  const broken2 = await poolTo((request) => request.socket.destroy(), 2);
  await expect(runOpenLoop(broken2, CALLS, { rate: 100, seconds: 5, random: randomOf(1) })).rejects.toThrow(
    'closed a connection',
  );
});
