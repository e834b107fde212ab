import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LEARNT, reportOf } from '../registry/cluster.fixture.js';
import { MemoryRegistry } from '../registry/memory-registry.js';
import { CallRouter } from './call-router.js';
import { EngineConnections } from './engine-connections.js';

/** An engine that answers calls with its name, or refuses them as one that drains and does not hold the room. */
class StandInEngine {
  readonly calls: string[] = [];
  drains = false;
  readonly #server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    this.calls.push(JSON.parse(body).method);
    if (this.drains) response.setHeader('kraken-refused', 'draining');
    response.end(JSON.stringify(this.drains ? { error: { code: 5003104 } } : { data: this.name }));
  });

  constructor(readonly name: string) {}

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}/`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const logger = pino({ level: 'silent' });
let now: number;
let registry: MemoryRegistry;
let connections: EngineConnections;
let router: CallRouter;
let engines: readonly [StandInEngine, StandInEngine];

beforeEach(async () => {
  now = 0;
  const clock = () => now;
  // Of two engines that are as busy the one drawn first takes a room.
  registry = new MemoryRegistry({
    limits: { load: 1, participants: 0 },
    nearest: {},
    random: () => 0,
    logger,
    now: clock,
  });
  now = LEARNT;
  connections = new EngineConnections();
  router = new CallRouter({ registry, connections, turn: null, region: 'eu', logger, now: clock });
  engines = [new StandInEngine('a'), new StandInEngine('b')];
  for (const engine of engines) {
    await registry.heartbeat(reportOf(engine.name, { url: await engine.listen() }));
  }
});
afterEach(async () => {
  await connections.close();
  await registry.close();
  for (const engine of engines) await engine.close();
});

async function call(method: string, ...params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ method, params });
  const answered = await router.answer({ call: { id: undefined, method, params }, body, headers: {} });
  return typeof answered === 'string' ? JSON.parse(answered) : answered;
}

test('a join that a draining engine refuses goes to another one, and so does all about that room', async () => {
  const [first, second] = engines;
  first.drains = true;
  expect(await call('publish', 'room', 'ann', '{}')).toEqual({ data: 'b' });
  expect(await call('subscribe', 'room', 'ann', 'cid')).toEqual({ data: 'b' });
  expect(first.calls).toEqual(['publish']);
  expect(second.calls).toEqual(['publish', 'subscribe']);
});

test('an engine that has refused a room is offered no other', async () => {
  const [first] = engines;
  first.drains = true;
  for (let i = 0; i < 5; i++) expect(await call('publish', `room-${i}`, 'ann', '{}')).toEqual({ data: 'b' });
  expect(first.calls).toHaveLength(1);
});

test('a join that all engines refuse is answered that none has room', async () => {
  for (const engine of engines) engine.drains = true;
  expect(await call('publish', 'room', 'ann', '{}')).toMatchObject({
    error: { code: 5003100, description: expect.stringContaining('2 draining') },
  });
});

test('a join that comes to an engine just as it has left the cluster goes to another one without delay', async () => {
  const [first] = engines;
  await first.close();
  const joining = call('publish', 'room', 'ann', '{}');
  await registry.remove('a');
  expect(await joining).toEqual({ data: 'b' });
});
