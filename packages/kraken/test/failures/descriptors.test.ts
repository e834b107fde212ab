/** An engine that may open no more files, and one of which strangers want too many. */
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { TwoInACall } from './call.js';
import { ENGINE, FailingService } from './failing-service.js';

/** Files that the engine may have open. */
const LIMIT = 512;
const CONNECTIONS = 40;
/** Files that the engine itself opens and closes, as for threads that come up behind the first answer. */
const OWN_CHANGES = 10;
/** How long a thread takes whatever is free, in milliseconds. */
const FIGHT = 4_000;
const RUNNER = ['prlimit', `--nofile=${LIMIT}:${LIMIT}`];

/** Connects as often as it is said, and says nothing. */
function knock(port: number, connections: number): net.Socket[] {
  const sockets = Array.from({ length: connections }, () => {
    const socket = net.connect(port, '127.0.0.1');
    // Refused or broken off, as is to be expected.
    socket.on('error', () => {});
    return socket;
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

/** Where it takes calls, and ICE-TCP. */
function portsOf(engine: FailingService): number[] {
  const [started] = engine.lines('engine started');
  const addresses: readonly { readonly transport: string; readonly port: number }[] = JSON.parse(
    JSON.stringify(started?.mediaAddresses ?? []),
  );
  const media = addresses.find(({ transport }) => transport === 'tcp');
  return [Number(new URL(engine.url).port), media?.port ?? 0];
}

test('without file descriptors connections are refused, calls go on, and all is well when there are some again', async () => {
  const engine = await FailingService.start(ENGINE, { runner: RUNNER });
  const call = await TwoInACall.start(engine);
  const ports = portsOf(engine);
  engine.do('fight-for-descriptors', FIGHT);
  await sleep(500);
  const before = await call.received();
  const sockets = [0, 1].flatMap(() => ports.flatMap((port) => knock(port, CONNECTIONS)));
  await sleep(2_000);
  await call.untilBothHear();
  expect(await call.received()).toBeGreaterThan(before + 100);
  expect(engine.process.exitCode).toBeNull();
  engine.do('free-descriptors');
  for (const socket of sockets) socket.destroy();
  await expect
    .poll(() => engine.call('info').catch(() => null), { timeout: 15_000 })
    .toMatchObject({ active_peers: 2 });
  await call.untilBothHear(true);
  expect(await engine.stop()).toEqual({ exitCode: 0, signal: null });
});

test('connections of strangers take half of the files that an engine may open, and no more', async () => {
  const engine = await FailingService.start(ENGINE, { runner: RUNNER });
  const openFiles = () => readdirSync(`/proc/${engine.process.pid}/fd`).length;
  const own = openFiles();
  const [port = 0] = portsOf(engine);
  knock(port, 2 * LIMIT);
  await expect.poll(openFiles).toBeGreaterThan(own + LIMIT / 2 - OWN_CHANGES);
  await sleep(500);
  expect(openFiles()).toBeLessThan(own + LIMIT / 2 + OWN_CHANGES);
  expect(engine.lines('connections cannot be accepted')).toHaveLength(1);
});
