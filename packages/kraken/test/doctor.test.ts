/** `kraken doctor` on real ports, processes and servers. */
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { freePort } from '../../monitor/test/free-port.js';
import { RedisProcess } from '../../monitor/test/redis-process.js';
import { examine } from '../src/doctor/examine.js';
import type { Finding } from '../src/doctor/finding.js';
import { hasProblem } from '../src/doctor/report.js';

const SECRET = 'a secret of this test';
let directory: string;
const endings: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kraken-doctor-'));
});

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  rmSync(directory, { recursive: true });
});

function writeConfig(toml: string): string {
  const file = join(directory, `config-${endings.length}.toml`);
  endings.push(() => {});
  writeFileSync(file, toml);
  return file;
}

function diagnose(toml: string): Promise<readonly Finding[]> {
  return examine(writeConfig(toml), null);
}

function levelOf(findings: readonly Finding[], check: string): string {
  return findings
    .filter((finding) => finding.check === check)
    .map(({ level }) => level)
    .join();
}

function messageOf(findings: readonly Finding[], check: string): string {
  return findings.find((finding) => finding.check === check)?.message ?? '';
}

async function start(service: 'engine' | 'monitor', toml: string): Promise<KrakenProcess> {
  const kraken = new KrakenProcess('-c', writeConfig(toml), '-s', service);
  endings.push(() => kraken.stop('SIGINT'));
  await kraken.url();
  return kraken;
}

async function engineToml(more = ''): Promise<string> {
  const media = await freePort();
  return `[engine]\ninterface = "lo"\nworkers = 1\nport-min = ${media}\nport-max = ${media}\n[rpc]\nhost = "127.0.0.1"\nport = ${await freePort()}\n${more}`;
}

test('an engine that can start here has no problem', async () => {
  const report = await diagnose(await engineToml());
  expect(hasProblem(report)).toBe(false);
  for (const check of ['node', 'openssl', 'http', 'media', 'memory'])
    expect(levelOf(report, check)).toBe('ok');
  expect(levelOf(report, 'address')).toBe('warning,warning');
});

test('for people there is a line for each finding, what to change below it, and the sum', async () => {
  const { stdout, exitCode } = await new KrakenProcess('doctor', '-c', writeConfig(await engineToml())).ended;
  expect(stdout).toMatch(/^ok +node +Node\.js \d/);
  expect(stdout).toMatch(/\nwarning +address +127\.0\.0\.1 is announced.*\n +-> .*\[engine] address/);
  expect(stdout).toMatch(/\n0 problems, \d+ warnings?\n$/);
  expect(exitCode).toBe(0);
});

test('scripts get JSON, and exit code 1 when there is a problem', async () => {
  const file = writeConfig('[engine]\nport-min = "abc"\n');
  const { stdout, exitCode } = await new KrakenProcess('doctor', '--json', '-c', file).ended;
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, findings: [{ check: 'node', level: 'ok' }, {}, {}] });
  expect(exitCode).toBe(1);
});

test('a configuration that cannot be used is a problem that says what is wrong', async () => {
  const report = await diagnose('[engine]\nport-min = "abc"\n');
  expect(hasProblem(report)).toBe(true);
  expect(messageOf(report, 'file')).toContain('[engine] port-min = "abc": expected an integer');
});

test('an HTTP port that another program has is a problem', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  endings.push(() => server.close());
  const report = await diagnose(`[engine]\ninterface = "lo"\n[rpc]\nhost = "127.0.0.1"\nport = ${port}\n`);
  expect(levelOf(report, 'http')).toBe('problem');
  expect(messageOf(report, 'http')).toContain('another program');
});

test('ports that a running kraken has are no problem', async () => {
  const toml = await engineToml();
  await start('engine', toml);
  const report = await diagnose(toml);
  expect(hasProblem(report)).toBe(false);
  expect(messageOf(report, 'http')).toContain('a kraken that is up has it');
  expect(levelOf(report, 'media')).toBe('warning');
});

test('a media port that is taken for UDP is a problem when there is no other', async () => {
  const toml = await engineToml();
  const port = Number(/port-min = (\d+)/.exec(toml)?.[1]);
  const socket = createSocket('udp4');
  endings.push(() => socket.close());
  await new Promise<void>((fulfil) => socket.bind(port, '127.0.0.1', fulfil));
  const report = await diagnose(toml);
  expect(levelOf(report, 'media')).toBe('problem');
  expect(messageOf(report, 'media')).toContain(`UDP ${port} on 127.0.0.1: EADDRINUSE`);
});

test('a monitor is asked whether it takes the secret, and learns of no engine', async () => {
  const port = await freePort();
  const monitor = `[monitor]\nsecret = "${SECRET}"\n[rpc]\nhost = "127.0.0.1"\nport = ${port}\n`;
  await start('monitor', monitor);
  const member = (secret: string) =>
    engineToml(
      `[monitor]\nurl = "http://127.0.0.1:${port}"\nsecret = "${secret}"\npublic-url = "http://127.0.0.1:1/"\n`,
    );
  const right = await diagnose(await member(SECRET));
  expect(levelOf(right, 'monitor')).toBe('ok');
  expect(right.filter(({ check }) => check === 'clock')[0]?.message).toContain('the same as that of');
  const wrong = await diagnose(await member('another one'));
  expect(hasProblem(wrong)).toBe(true);
  expect(messageOf(wrong, 'monitor')).toContain('does not take the secret');
  const own = await diagnose(monitor);
  expect(hasProblem(own)).toBe(false);
  expect(messageOf(own, 'engines')).toBe('0 known, 0 of them serving');
});

test('a monitor that is not there, or an engine in its place, is a problem', async () => {
  const toml = await engineToml();
  await start('engine', toml);
  const port = /port = (\d+)\n$/.exec(toml)?.[1];
  const member = (url: string) =>
    engineToml(`[monitor]\nurl = "${url}"\nsecret = "s"\npublic-url = "http://127.0.0.1:1/"\n`);
  expect(messageOf(await diagnose(await member(`http://127.0.0.1:${port}`)), 'monitor')).toContain(
    'is no monitor',
  );
  const nobody = await diagnose(await member(`http://127.0.0.1:${await freePort()}`));
  expect(messageOf(nobody, 'monitor')).toContain('cannot be reached (ECONNREFUSED)');
});

test('a shared Redis is looked at: its version, and engines that do not know the secret', async () => {
  const redis = await RedisProcess.start();
  endings.push(() => redis.close());
  await start(
    'engine',
    await engineToml(
      `[monitor]\nredis = "${redis.url}"\nsecret = "${SECRET}"\npublic-url = "http://engine.test:1/"\n`,
    ),
  );
  const monitor = async (secret: string) =>
    `[monitor]\nsecret = "${secret}"\n[registry]\nredis = "${redis.url}"\n[rpc]\nport = ${await freePort()}\n`;
  await expect
    .poll(async () => messageOf(await diagnose(await monitor(SECRET)), 'engines'), { timeout: 20_000 })
    .toBe('1 known, all by this secret');
  const right = await diagnose(await monitor(SECRET));
  expect(hasProblem(right)).toBe(false);
  expect(messageOf(right, 'redis')).toMatch(/^Redis \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+ answers$/);
  const wrong = await diagnose(await monitor('another one'));
  expect(hasProblem(wrong)).toBe(true);
  expect(messageOf(wrong, 'secret')).toContain(
    '1 of 1 engines do not know this secret: http://engine.test:1/',
  );
  await redis.kill();
  expect(messageOf(await diagnose(await monitor(SECRET)), 'redis')).toContain(
    'cannot be asked (ECONNREFUSED)',
  );
});
