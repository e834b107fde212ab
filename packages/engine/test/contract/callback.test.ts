/** The callback, to an https server with a certificate of its own that the engine is told to trust. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ContractEngine } from './contract-engine.js';
import { WrtcParticipant } from './wrtc-participant.js';

const PEER_CLOSED = 5002002;

interface Notice {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

const directory = mkdtempSync(join(tmpdir(), 'kraken-callback-'));
const notices: Notice[] = [];
let answer = 200;
let server: Server;
let url = '';
let engine: ContractEngine;
let guarded: ContractEngine;

beforeAll(async () => {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  makeCertificate(key, certificate);
  server = createServer(
    { cert: readFileSync(certificate), key: readFileSync(key) },
    async (request, response) => {
      const body: unknown = JSON.parse(await text(request));
      notices.push({ method: request.method, contentType: request.headers['content-type'], body });
      response.writeHead(answer, { location: url }).end();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `https://localhost:${typeof address === 'object' ? address?.port : 0}/ontrack?app=1`;
  vi.stubEnv('NODE_EXTRA_CA_CERTS', certificate);
  engine = await ContractEngine.start('[callback]\nallow-private = true');
  guarded = await ContractEngine.start();
});
afterAll(async () => {
  await Promise.all([engine.stop(), guarded.stop()]);
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

let participants: WrtcParticipant[] = [];
afterEach(() => {
  for (const participant of participants) participant.close();
  participants = [];
  notices.length = 0;
});

async function speak(
  host: ContractEngine,
  rid: string,
  ...more: readonly unknown[]
): Promise<WrtcParticipant> {
  const participant = new WrtcParticipant(host, rid, "u%20'1");
  participants.push(participant);
  return participant.speak(...more);
}

function codeOf(host: ContractEngine, { rid, uid, cid }: WrtcParticipant): Promise<number> {
  return host.codeOf('subscribe', rid, uid, cid);
}

function untilClosed(host: ContractEngine, participant: WrtcParticipant): Promise<unknown> {
  const isClosed = async () => (await codeOf(host, participant)) === PEER_CLOSED;
  return vi.waitUntil(isClosed, { timeout: 15_000, interval: 50 });
}

function makeCertificate(key: string, certificate: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-days', '2', ...files], { stdio: 'ignore' });
}

test('when media first arrives the callback gets rid, uid, cid and ontrack, once, and 200 keeps the peer', async () => {
  answer = 200;
  const participant = await speak(engine, 'welcome', 0, url);
  await vi.waitUntil(() => notices.length > 0, { timeout: 15_000, interval: 50 });
  const { rid, uid, cid } = participant;
  expect(notices).toEqual([
    { method: 'POST', contentType: 'application/json', body: { rid, uid, cid, action: 'ontrack' } },
  ]);
  await participant.restart();
  await vi.waitUntil(() => participant.connection.connectionState === 'connected', { timeout: 10_000 });
  expect(await codeOf(engine, participant)).toBe(0);
  expect(notices).toHaveLength(1);
});

test.each([500, 403, 204, 302])('a callback that answers %i closes the peer', async (status) => {
  answer = status;
  const participant = await speak(engine, `refused-${status}`, 0, url);
  await untilClosed(engine, participant);
  expect(notices).toHaveLength(1);
  expect(await engine.call('list', participant.rid)).toEqual({ peers: [] });
});

test('with six params, or none, there is no callback', async () => {
  answer = 500;
  const six = await speak(engine, 'six', 0, url, 'more');
  const three = await speak(engine, 'three');
  for (const participant of [six, three]) {
    const listener = await new WrtcParticipant(engine, participant.rid, 'listener').listen();
    const isOffered = async () => (await listener.subscribe()).type === 'offer';
    await vi.waitUntil(isOffered, { timeout: 15_000, interval: 50 });
    expect(await codeOf(engine, participant)).toBe(0);
    listener.close();
  }
  expect(notices).toEqual([]);
});

test("a callback into the engine's own network is not called, and closes the peer", async () => {
  answer = 200;
  await untilClosed(guarded, await speak(guarded, 'guarded', 0, url));
  expect(notices).toEqual([]);
});
