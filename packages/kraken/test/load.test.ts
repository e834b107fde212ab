/** `kraken load` as operators run it: the built program against a real engine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { freePort } from '../../monitor/test/free-port.js';

let engine: KrakenProcess;
let url: string;

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'kraken-load-'));
  const config = join(directory, 'engine.toml');
  const media = await freePort();
  writeFileSync(
    config,
    `[engine]\ninterface = "lo"\nworkers = 1\nport-min = ${media}\nport-max = ${media}\n[rpc]\nhost = "127.0.0.1"\nport = 0\n`,
  );
  engine = new KrakenProcess('-c', config, '-s', 'engine');
  url = await engine.url();
  return async () => rmSync(directory, { recursive: true });
});

afterAll(() => engine.stop('SIGINT'));

test('rooms of participants join, hear each other, and leave nobody behind', async () => {
  const args = [
    '--rooms',
    '2',
    '--participants',
    '3',
    '--speakers',
    '2',
    '--seconds',
    '2',
    '--max-loss',
    '50',
  ];
  const { exitCode, stdout, stderr } = await new KrakenProcess('load', url, ...args).ended;
  expect(stdout).toMatch(/^participants {2}6 of 6 joined, in /);
  expect(stdout).toMatch(/\nlatency +[\d.]+ ms p50, /);
  expect(stdout).toMatch(/\nerrors +none\n/);
  expect(stdout).toMatch(/\nresult +passed\n$/);
  expect(stderr).toMatch(/^joining \[[# ]{20}] \d\/6 joined {2}/);
  expect(exitCode).toBe(0);
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ method: 'info', params: [] }) });
  expect(await answer.json()).toMatchObject({ data: { active_peers: 0, closed_peers: 6 } });
});

test('SIGINT ends it in order, which is no pass', async () => {
  const load = new KrakenProcess('load', url, '--participants', '2', '--seconds', '600');
  await expect.poll(() => load.stderr, { timeout: 30_000 }).toContain('2/2 joined');
  const { exitCode, stdout } = await load.stop('SIGINT');
  expect(stdout).toContain('2 of 2 joined');
  expect(exitCode).toBe(1);
});

test('a server that does not answer has failed, with what went wrong and how often', async () => {
  const port = await freePort();
  const args = ['--participants', '2', '--seconds', '1'];
  const { exitCode, stdout } = await new KrakenProcess('load', `http://127.0.0.1:${port}`, ...args).ended;
  expect(stdout).toContain(`errors        publish: connect ECONNREFUSED 127.0.0.1:${port} x2`);
  expect(stdout).toMatch(/\nresult +failed\n$/);
  expect(exitCode).toBe(1);
});

test('a server that is not this machine is not loaded unless that is said', async () => {
  const { exitCode, stdout, stderr } = await new KrakenProcess('load', 'http://192.0.2.77:7000').ended;
  expect(stderr).toContain('--yes-load-this-server');
  expect(stdout).toBe('');
  expect(exitCode).toBe(1);
});
