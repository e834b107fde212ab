import { once } from 'node:events';
import { createServer } from 'node:http';
import { ENGINE_SILENCE, type EngineReport, HEARTBEAT_INTERVAL } from '@kraken/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HEARTBEAT_TIMEOUT, HttpAnnouncer } from './http-announcer.js';
import { ClusterMembership } from './membership.js';

const REPORT: EngineReport = {
  engineId: 'engine-1',
  state: 'serving',
  version: '0.1.0',
  region: 'eu',
  url: 'http://127.0.0.1:1/',
  publicUrl: 'http://127.0.0.1:1/',
  cpu: 0,
  workers: [0],
  packetsPerSecond: 0,
  participants: 0,
  closedParticipants: 0,
  closedRooms: 0,
  residentBytes: 0,
  rooms: ['ours', 'theirs'],
};

const ANSWER = { lost: [], drain: false, hasRoom: true, registry: 'there' };

interface Request {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

let status = 200;
let answer: object = ANSWER;
let report = REPORT;
let drains = 0;
let requests: Request[] = [];
let closed: string[] = [];
let now = 0;
const logged: string[] = [];
const logger = pino({ level: 'info' }, { write: (line) => logged.push(line) });

const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  requests.push({
    line: `${request.method} ${request.url}`,
    authorization: request.headers.authorization,
    body,
  });
  response.writeHead(status).end(JSON.stringify(answer));
});
let membership: ClusterMembership;

beforeEach(async () => {
  status = 200;
  answer = ANSWER;
  report = REPORT;
  drains = 0;
  requests = [];
  closed = [];
  logged.length = 0;
  now = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  membership = new ClusterMembership({
    announcer: new HttpAnnouncer(`http://127.0.0.1:${port}/`, 'secret'),
    engineId: 'engine-1',
    report: () => report,
    closeRooms: (rids) => closed.push(...rids),
    drain: () => drains++,
    logger,
    now: () => now,
    random: () => 1,
  });
});
afterEach(async () => {
  await membership.leave();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((fulfil) => setTimeout(fulfil, 5));
}

test('the monitor is told of the engine, with the secret', async () => {
  membership.join();
  await until(() => requests.length > 0);
  expect(requests[0]).toEqual({
    line: 'POST /engines',
    authorization: 'Bearer secret',
    body: JSON.stringify(REPORT),
  });
});

test('an engine is a member once the monitor has heard it, and until it has been silent for too long', async () => {
  expect(membership.admission).toBe('nobody');
  membership.join();
  await until(() => membership.admission === 'everybody');
  now = ENGINE_SILENCE - 1;
  expect(membership.admission).toBe('everybody');
  now = ENGINE_SILENCE;
  expect(membership.admission).toBe('nobody');
});

test('while the registry is gone an engine keeps its rooms and opens none, from the first it hears of that', async () => {
  membership.join();
  await until(() => membership.admission === 'everybody');
  answer = { ...ANSWER, registry: 'gone' };
  now = ENGINE_SILENCE - 1;
  membership.hurry();
  await until(() => membership.admission === 'into its rooms');
  now = 2 * ENGINE_SILENCE - 2;
  expect(membership.admission).toBe('into its rooms');
  membership.hurry();
  await until(() => requests.length >= 3);
  answer = ANSWER;
  membership.hurry();
  await until(() => membership.admission === 'everybody');
});

test('an engine that was cut off for too long before the registry is gone takes nobody: its rooms may be elsewhere', async () => {
  membership.join();
  await until(() => membership.admission === 'everybody');
  answer = { ...ANSWER, registry: 'gone' };
  now = ENGINE_SILENCE;
  for (let beat = 2; beat < 5; beat++) {
    membership.hurry();
    await until(() => requests.length >= beat);
  }
  expect(membership.admission).toBe('nobody');
});

test('rooms that live on another engine are closed', async () => {
  answer = { ...ANSWER, lost: ['theirs'] };
  membership.join();
  await until(() => closed.length > 0);
  expect(closed).toEqual(['theirs']);
});

test('an engine that is asked to drain does, and one that is not does not', async () => {
  membership.join();
  await until(() => membership.admission === 'everybody');
  expect(drains).toBe(0);
  answer = { ...ANSWER, drain: true };
  membership.hurry();
  await until(() => drains === 1);
});

test('what has changed is told at once, also when a heartbeat is under way that does not tell it yet', async () => {
  membership.join();
  await until(() => requests.length >= 1);
  report = { ...REPORT, state: 'draining' };
  membership.hurry();
  await until(() => requests.length >= 2);
  expect(requests[1]?.body).toContain('draining');
  await until(() => membership.admission === 'everybody');
  membership.hurry();
  await until(() => requests.length >= 3);
});

test('only a draining engine that is heard knows of room elsewhere: before, it may be the room itself', async () => {
  membership.join();
  await until(() => membership.admission === 'everybody');
  expect(membership.isRoomElsewhere).toBe(false);
  report = { ...REPORT, state: 'draining' };
  membership.hurry();
  await until(() => membership.isRoomElsewhere);
  answer = { ...ANSWER, hasRoom: false };
  membership.hurry();
  await until(() => !membership.isRoomElsewhere);
  answer = ANSWER;
  membership.hurry();
  await until(() => membership.isRoomElsewhere);
  status = 500;
  membership.hurry();
  await until(() => !membership.isRoomElsewhere);
});

test('an engine that is refused is no member, and its log says why', async () => {
  status = 401;
  answer = { error: "the secret is not the cluster's" };
  membership.join();
  await until(() => logged.length > 0);
  expect(membership.admission).toBe('nobody');
  expect(logged[0]).toContain('HTTP status 401: {\\"error\\":\\"the secret is not the cluster\'s\\"}');
});

test('an answer that is none counts as no answer', async () => {
  answer = { lost: 'all' };
  membership.join();
  await until(() => logged.length > 0);
  expect(membership.admission).toBe('nobody');
  expect(closed).toEqual([]);
});

test('a heartbeat that the monitor does not answer is given up in time for the next', async () => {
  expect(HEARTBEAT_INTERVAL + HEARTBEAT_TIMEOUT).toBeLessThan(ENGINE_SILENCE - HEARTBEAT_TIMEOUT);
});

test('an engine that ends says so', async () => {
  membership.join();
  await until(() => membership.admission === 'everybody');
  await membership.leave();
  expect(requests.at(-1)?.line).toBe('DELETE /engines/engine-1');
  expect(membership.admission).toBe('nobody');
  const said = requests.length;
  await membership.leave();
  expect(requests).toHaveLength(said);
});
