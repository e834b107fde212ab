import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { KrakenProcess, type Outcome } from './kraken-process.js';

const directory = mkdtempSync(join(tmpdir(), 'kraken-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

let running: KrakenProcess[] = [];
afterEach(async () => {
  await Promise.all(running.map((kraken) => kraken.stop('SIGKILL')));
  running = [];
});

function start(...args: readonly string[]): KrakenProcess {
  const kraken = new KrakenProcess(...args);
  running.push(kraken);
  return kraken;
}

function run(...args: readonly string[]): Promise<Outcome> {
  return start(...args).ended;
}

function configFile(toml: string): string {
  const path = join(directory, 'engine.toml');
  writeFileSync(path, toml);
  return path;
}

const LOOPBACK = '[engine]\ninterface = "lo"\n';

/** One line on stderr, nothing on stdout: no stack trace anywhere. */
function expectOneLine({ stdout, stderr }: Outcome, line: string): void {
  expect(stderr).toBe(`${line}\n`);
  expect(stdout).toBe('');
}

describe('a mistake in the configuration ends the program with 78 and one line', () => {
  test.each([
    ['[rpc]\nport = "abc"', '[rpc] port = "abc": expected an integer from 0 to 65535'],
    ['[rpc]\nport = 70000', '[rpc] port = 70000: expected an integer from 0 to 65535'],
    ['[rpc]\nprot = 7000', '[rpc] prot: unknown key (known: host, port, certificate, key, trusted-proxies)'],
    [
      '[engine]\nport-min = 8000\nport-max = 7000',
      '[engine] port-min = 8000: expected at most [engine] port-max, which is 7000',
    ],
    ['[engine]\ntcp = 1', '[engine] tcp = 1: expected true or false'],
  ])('%j', async (toml, problem) => {
    const path = configFile(toml);
    const outcome = await run('-c', path, '-s', 'engine');
    expectOneLine(outcome, `${path}: ${problem}`);
    expect(outcome.exitCode).toBe(78);
  });

  test('a file that is not there', async () => {
    const path = join(directory, 'none.toml');
    const outcome = await run('--config', path);
    expectOneLine(outcome, `${path}: no such file`);
    expect(outcome.exitCode).toBe(78);
  });

  test('broken TOML', async () => {
    const outcome = await run('-c', configFile('[rpc\nport = 7000'));
    expect(outcome.stderr).toMatch(/^[^\n]+engine\.toml: line 1, column \d+: broken TOML: [^\n]+\n$/);
    expect(outcome).toMatchObject({ exitCode: 78, stdout: '' });
  });

  test('a monitor without a secret', async () => {
    const outcome = await run('-s', 'monitor');
    expectOneLine(
      outcome,
      'default configuration: [monitor] secret = "": expected the secret that is shared with the engines',
    );
    expect(outcome.exitCode).toBe(78);
  });
});

describe('what the machine refuses ends the program with 1 and one line', () => {
  test('an interface that is not there, which may come later', async () => {
    const path = configFile('[engine]\ninterface = "nope0"');
    const outcome = await run('-c', path);
    expect(outcome.stderr).toMatch(/^[^\n]+: \[engine\] interface = "nope0": no such interface[^\n]+\n$/);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('a port of the API that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const path = configFile(`${LOOPBACK}[rpc]\nport = ${port}`);
    const outcome = await run('-c', path);
    other.close();
    expectOneLine(outcome, `${path}: [rpc] port = ${port}: the port is taken by another program`);
    expect(outcome.exitCode).toBe(1);
  });

  test('no port for media that is free', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address();
    const path = configFile(
      `${LOOPBACK}port-min = ${port}\nport-max = ${port}\nworkers = 1\n[rpc]\nport = 0`,
    );
    const outcome = await run('-c', path);
    other.close();
    expect(outcome.stderr).toMatch(/^[^\n]+\n$/);
    expect(outcome.stderr).toContain(`${path}: [engine] port-m`);
    expect(outcome.stderr).toContain(String(port));
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('the command line', () => {
  test('-h prints the usage', async () => {
    const { exitCode, stdout, stderr } = await run('-h');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('-c, --config FILE');
  });

  test('-v prints the version', async () => {
    expect(await run('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([[['-x'], "Unknown option '-x'"]])('%j ends with 64 and one line', async (args, problem) => {
    const outcome = await run(...args);
    expect(outcome.stderr).toMatch(/^[^\n]+\n$/);
    expect(outcome.stderr).toContain(problem);
    expect(outcome).toMatchObject({ exitCode: 64, stdout: '' });
  });
});

describe('the engine as a process', () => {
  async function startOnLoopback(): Promise<{ kraken: KrakenProcess; url: string }> {
    const kraken = start('-c', configFile(`${LOOPBACK}workers = 1\n[rpc]\nport = 0`), '-s', 'engine');
    return { kraken, url: await kraken.url() };
  }

  test('tells what to open, serves the page and the API there, and logs JSON lines', async () => {
    const { kraken, url } = await startOnLoopback();
    const page = await fetch(url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<title>');
    const call = { id: '1', method: 'list', params: ['room'] };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(call) });
    expect(await response.json()).toEqual({ id: '1', data: { peers: [] } });
    const { stdout } = await kraken.stop();
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines[0]).toMatchObject({ msg: 'engine started', url });
    expect(lines.at(-1)).toMatchObject({ msg: 'engine closed' });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order', async (signal) => {
    const { kraken, url } = await startOnLoopback();
    await fetch(url);
    expect(await kraken.stop(signal)).toMatchObject({ exitCode: 0 });
    await expect(fetch(url)).rejects.toThrow();
  });
});
